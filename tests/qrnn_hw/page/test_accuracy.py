"""How good the integers are, from what is best founded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.models import OpenModel, open_model
from qrnn_hw.page.accuracy import accuracy, error
from qrnn_hw.page.answer import verdict
from qrnn_hw.page.subject import Subject
from qrnn_hw.train.result.tally import tally, wilson

DIGITS = Path(__file__).parents[3] / "examples/digits.pt"


@pytest.fixture(scope="module")
def opened():
    return open_model(DIGITS)


def carded(opened, **card):
    """Return a subject whose network has other entries in its card."""
    network = replace(opened.trained, card=opened.trained.card | card)
    return Subject(OpenModel(opened.model, opened.samples, network), opened.samples)


def test_training_tested_more_than_the_file_holds(opened):
    found = accuracy(carded(opened))
    assert (found.share, found.count) == (
        opened.trained.card["test_integers"]["12"]["accuracy"],
        359,
    )
    assert found.interval == wilson(347, 359) and "in training" in found.basis


def test_integers_that_training_did_not_test_are_tested_here(opened):
    narrow = open_model(opened.trained, 10)
    subject = Subject(narrow, narrow.samples)
    right = int((subject.run.classes == narrow.samples.y).sum())
    assert accuracy(subject).share == right / 200 and "the model's file" in accuracy(subject).basis
    other = replace(carded(opened), source="mine.csv")
    assert accuracy(other).count == 200 and "mine.csv" in accuracy(other).basis
    unknown = replace(narrow.samples, y=None)
    assert accuracy(Subject(narrow, unknown)) is None


def judged(opened, right, count=100, **more):
    answers = np.where(np.arange(count) < right, np.arange(count) % 10, (np.arange(count) + 1) % 10)
    found = tally(np.arange(count) % 10, answers, 10)
    entry = {"split": "test", "state_bits": 12, "references": {}, **found, **more}
    return carded(opened, judged=entry)


def test_a_judgement_counts_only_for_its_own_integers(opened):
    assert accuracy(judged(opened, 90)).share == 0.9
    assert accuracy(judged(opened, 90, state_bits=8)).share != 0.9
    other = carded(opened, judged=judged(opened, 90).card["judged"], transform={"chosen": "halved"})
    assert accuracy(other).share != 0.9


def test_the_verdict_compares(opened):
    assert verdict(judged(opened, 90)).startswith("Well above chance")
    assert "no better than chance" in verdict(judged(opened, 12))
    rival = {"nearest_neighbour": {"accuracy": 0.99, "interval": [0.95, 1.0], "recall": []}}
    assert "the nearest neighbour does better" in verdict(judged(opened, 90, references=rival))
    weak = {"nearest_neighbour": {"accuracy": 0.5, "interval": [0.4, 0.6], "recall": []}}
    assert "does better" not in verdict(judged(opened, 90, references=weak))
    assert "never answered: 9" in verdict(judged(opened, 90, never_answered=[9]))


def test_the_error_of_numbers_is_in_their_unit(trained):
    number = trained(decision=True, classes=("y",), answer_scale=20.0, answer_offset=7.0)
    card = {"test_integers": {"12": {"accuracy": 0.1, "loss": 0.04}},
            "judged": {"references": {"mean": {"loss": 0.25}}}}  # fmt: skip
    opened = open_model(replace(number, card=card))
    found = error(Subject(opened, opened.samples))
    assert (found.size, found.mean) == (pytest.approx(4), pytest.approx(10))
    assert "2.5 times better" in verdict(Subject(opened, opened.samples))
