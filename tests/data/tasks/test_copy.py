"""The copy task, against its definition."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.data.tasks.copy import copy
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.model_file import load
from qrnn_hw.train.batch import Split
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.rounding.ranges import score_integers

EXAMPLE = Path(__file__).parents[3] / "examples" / "copy128.pt"


@pytest.mark.parametrize(
    ("convention", "steps", "total"),
    [
        pytest.param("total", 60, 60, id="HadamRNN"),
        pytest.param(None, 60, 60, id="default"),
        pytest.param("blanks", 60, 80, id="QORNN"),
        pytest.param("total", 20, 20, id="no blanks"),
    ],
)
def test_symbols_blanks_marker_and_recall(consistent, convention, steps, total):
    dataset = consistent(copy(convention, steps, train_size=50))
    assert dataset.sizes == {"train": 50, "val": 2000, "test": 2000}
    assert dataset.steps == total
    assert dataset.every
    assert len(dataset.vocabulary) == 10
    assert len(dataset.classes) == 9
    x, y = dataset.x_train[:, :, 0], dataset.y_train
    assert (x[:, :10].min(), x[:, :10].max()) == (1, 8)
    assert not x[:, 10:-10].any()
    assert (x[:, -10] == 9).all()
    assert not x[:, -9:].any()
    assert not y[:, :-10].any()
    assert np.array_equal(y[:, -10:], x[:, :10])


def test_the_default_is_that_of_the_papers():
    dataset = copy(train_size=1)
    assert dataset.steps == 1000
    assert (
        "1000 of 1000 steps scored; without memory the cross-entropy is 10 ln 8 / 1000 = 0.0208"
        in (dataset.notes[2])
    )


def test_recall_only(consistent):
    whole, part = (copy(steps=30, train_size=5, recall_only=only) for only in (False, True))
    consistent(part)
    assert np.array_equal(whole.x_train, part.x_train)
    assert (part.y_test[:, :-10] == -1).all()
    assert np.array_equal(part.y_test[:, -10:], whole.y_test[:, -10:])
    assert part.notes[2].endswith("10 ln 8 / 10 = 2.0794")


def test_held_out_sequences_do_not_depend_on_the_size_of_training(same):
    few, many = copy(steps=30, train_size=5), copy(steps=30, train_size=9)
    assert np.array_equal(few.x_test, many.x_test)
    assert few.sha256 != many.sha256
    assert same(few, copy(steps=30, train_size=5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"convention": "t0"},
            "the convention must be total or blanks, not 't0'",
            id="convention",
        ),
        pytest.param(
            {"steps": 19}, "the copy task must have 20 steps or more in all, not 19", id="short"
        ),
        pytest.param({"train_size": 0}, "train_size must be 1 or more, not 0", id="none"),
        pytest.param(
            {"train_size": 10**7, "steps": 10**6},
            "all sequences must have 2,147,483,648 steps or fewer together, not 10,004,000,000,000",
            id="too-many",
        ),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        copy(**options)


def cross_entropy(model, sequences, bits):
    """Score the integers that hardware computes at all 1000 steps of test sequences, in nats."""
    dataset = copy(train_size=1)
    return score_integers(integer_model(model, bits), Split(dataset, "test", sequences),
                          Objective(dataset))  # fmt: skip


@pytest.mark.parametrize(
    ("sequences", "bits"),
    [
        (10, 12),
        (10, 10),
        pytest.param(2000, 12, marks=pytest.mark.slow),
        pytest.param(2000, 10, marks=pytest.mark.slow),
    ],
)
def test_the_example_recalls_in_integers(sequences, bits):
    model = load(EXAMPLE)
    score = cross_entropy(model, sequences, bits)
    assert score.loss < 1e-3
    assert score.accuracy > 0.9999


def test_the_example_without_its_marker_does_not_recall():
    model = load(EXAMPLE)
    table = model.inputs.table.levels.copy()
    table[9] = 0
    deaf = replace(model.inputs, table=replace(model.inputs.table, levels=table))
    assert cross_entropy(replace(model, inputs=deaf), 10, 12).loss > 0.02


def test_the_example_is_what_training_promises():
    model = load(EXAMPLE)
    assert model.card["test_loss"] < 1e-4
    assert (model.inputs.table.bits, model.readout.v.bits, model.recurrence.block) == (4, 4, 64)
    dataset = copy(train_size=1)
    assert len(model.samples_x) <= 64
    np.testing.assert_array_equal(model.samples_x, dataset.x_test[: len(model.samples_x)])
