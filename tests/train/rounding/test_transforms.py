"""Which sums validation advises."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.train.pipeline import train_network
from qrnn_hw.train.rounding import transforms
from qrnn_hw.train.rounding.transforms import transform_record


@pytest.fixture
def trained(dataset, recipe):
    """Return a trained network, and its task."""
    task = dataset("plain")
    return train_network(task, recipe(), lambda epoch: None), task


def record(trained, asked="", bits=12):
    return transform_record(*trained, bits, asked, False)


def test_few_answers_tell_nothing(trained):
    told = record(trained)
    assert (told["chosen"], told["answers"]) == ("exact", 60)
    assert "too few" in told["reason"]
    assert trained[0].card["transform"] == told


@pytest.mark.parametrize("asked", ["exact", "halved"])
def test_what_is_asked_for_is_chosen(trained, asked):
    assert record(trained, asked) == {
        "chosen": asked, "reason": "asked for in training", "state_bits": 12
    }  # fmt: skip


def test_halved_sums_that_do_as_well_are_advised(trained, monkeypatch):
    monkeypatch.setattr(transforms, "ENOUGH", 60)
    monkeypatch.setattr(transforms, "DEVIATIONS", 3)
    told = record(trained, bits=14)
    assert (told["chosen"], told["answers"], told["wrapped"]) == ("halved", 60, 0)
    assert told["halved"]["accuracy"] >= told["exact"]["accuracy"] - 0.05


def test_halved_sums_that_lose_or_wrap_are_not(trained, monkeypatch):
    monkeypatch.setattr(transforms, "ENOUGH", 60)
    run = golden.run

    def noisy(model, *given, **options):
        found = run(model, *given, **options)
        return replace(
            found, logits=np.roll(found.logits, 1, -1) if model.halvings else found.logits
        )

    monkeypatch.setattr(golden, "run", noisy)
    assert record(trained)["reason"] == "halved sums do worse in validation"
    monkeypatch.setattr(golden, "run", lambda *given: replace(run(*given), wrapped=3))
    assert (record(trained)["chosen"], record(trained)["wrapped"]) == ("exact", 3)
    assert record(trained)["reason"] == "3 halved sums wrap"


def test_a_network_without_halved_sums_says_so(dataset, recipe):
    task = dataset("plain")
    model = train_network(task, recipe(cell="block-hadamrnn", block=4), lambda epoch: None)
    told = model.card["transform"]
    assert told["chosen"] == "exact"
    assert "blocks of 8 units or more" in told["reason"]
