"""The copy task, against its definition."""

import re

import numpy as np
import pytest

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.tasks.copy import copy


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
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        copy(**options)
