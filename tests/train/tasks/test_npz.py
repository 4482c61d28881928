"""A user's own sequences, and what is said of wrong ones."""

import re

import numpy as np
import pytest

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.tasks.npz import npz


def write(path, **arrays):
    np.savez(path / "d.npz", **arrays)
    return path / "d.npz"


def integers(count=20, steps=7):
    x = np.random.default_rng(2).integers(-4, 5, size=(count, steps))
    x[0, :2] = -4, 4
    return x


def labels(count=20):
    return np.arange(count) % 2


def test_integers_pass_unchanged_and_are_split_by_class(tmp_path, consistent):
    dataset = consistent(npz(write(tmp_path, x=integers(), y=labels())))
    assert dataset.sizes == {"train": 12, "val": 4, "test": 4}
    assert dataset.classes == ("0", "1")
    assert (dataset.input_bits, dataset.input_signed, dataset.input_step) == (4, True, 1.0)
    together = np.concatenate([dataset.x_train, dataset.x_val, dataset.x_test])
    assert sorted(together[:, :, 0].tolist()) == sorted(integers().tolist())
    assert "integers as given" in dataset.notes


def test_floats_are_rounded_and_the_notes_say_so(tmp_path, consistent):
    path = write(tmp_path, x=integers()[:, :, None] / 3, y=labels())
    dataset = consistent(npz(path, input_bits=6))
    assert (dataset.input_bits, dataset.input_signed) == (6, True)
    assert dataset.input_step == pytest.approx(
        np.abs(dataset.x_train).max() * dataset.input_step / 31
    )
    assert dataset.notes[1].startswith("floats rounded to 6 signed bits, ")


def test_a_given_test_split_stays(tmp_path):
    arrays = {"x_test": integers(6), "y_test": labels(6)}
    dataset = npz(write(tmp_path, x=integers(), y=labels(), **arrays))
    assert dataset.sizes == {"train": 16, "val": 4, "test": 6}
    assert np.array_equal(dataset.x_test[:, :, 0], integers(6))


def nan():
    x = integers() / 2
    x[3, 5] = np.nan
    return x


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        pytest.param(
            {"x": np.full((20, 7), "a")}, "x must hold integers or floats, not <U1", id="text"
        ),
        pytest.param(
            {"x": np.zeros((20, 7, 3, 1))},
            "x must be (n, T) or (n, T, channels), not (20, 7, 3, 1)",
            id="dimensions",
        ),
        pytest.param(
            {"x": np.zeros((20, 7, 65))},
            "x must be of 64 channels or fewer, not 65",
            id="channels",
        ),
        pytest.param(
            {"x": np.zeros((0, 7))},
            "x must be (n, T) or (n, T, channels), not (0, 7)",
            id="empty",
        ),
        pytest.param({"x": nan()}, "x must be finite, and x[3, 5, 0] is nan", id="nan"),
        pytest.param(
            {"y": labels(19)},
            "y must be integers (20,), one class a sequence, not int64 (19,)",
            id="labels missing",
        ),
        pytest.param(
            {"y": labels() * 1.0},
            "y must be integers (20,), one class a sequence, not float64 (20,)",
            id="float labels",
        ),
        pytest.param({"y": labels() - 1}, "y must be 0 or more, not -1", id="negative label"),
        pytest.param(
            {"y": labels() * 2},
            "y must number its classes 0..2 without gaps, 3 sequences or more each; class 1 has 0",
            id="gap",
        ),
        pytest.param(
            {"y": labels() * 0},
            "y must have two classes or more, and all of it is class 0",
            id="one class",
        ),
        pytest.param(
            {"x_test": integers(6)},
            "x_test and y_test must come together; y_test is missing",
            id="half a test split",
        ),
        pytest.param(
            {"x_test": integers(6, 8), "y_test": labels(6)},
            "x_test must be (n, 7, 1) of int64 as x is, not (n, 8, 1) of int64",
            id="another length",
        ),
        pytest.param(
            {"x_test": integers(6) / 2, "y_test": labels(6)},
            "x_test must be (n, 7, 1) of int64 as x is, not (n, 7, 1) of float64",
            id="another kind",
        ),
        pytest.param(
            {"x_test": integers(6), "y_test": labels(6) + 1},
            "y_test must be 0..1 as y is, not up to 2",
            id="new class",
        ),
        pytest.param(
            {"lengths": np.full(19, 7)},
            "lengths must be integers (20,), steps of each sequence, not int64 (19,)",
            id="lengths missing",
        ),
        pytest.param(
            {"lengths": np.arange(20)}, "lengths must be 1..7, not 0..19", id="lengths out of range"
        ),
        pytest.param(
            {"lengths": np.full(20, 7), "x_test": integers(6), "y_test": labels(6)},
            "lengths and lengths_test must come together, and one is missing",
            id="half the lengths",
        ),
    ],
)
def test_wrong_contents(tmp_path, arrays, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        npz(write(tmp_path, **({"x": integers(), "y": labels()} | arrays)))


def test_channels_and_lengths(tmp_path, consistent):
    generator = np.random.default_rng(4)
    x, lengths = generator.normal(size=(20, 7, 3)) * (1, 10, 100), np.arange(20) % 7 + 1
    x[np.arange(7) >= lengths[:, None]] = np.nan
    dataset = consistent(npz(write(tmp_path, x=x, y=labels(), lengths=lengths)))
    assert (dataset.channels, dataset.input_step) == (3, 1 / 127)
    assert dataset.x_train.min(axis=(0, 1)).min() < -60
    ratios = np.array(dataset.channel_steps) / dataset.channel_steps[0]
    assert 2 < ratios[1] < 50 < ratios[2] < 500
    together = [*dataset.lengths_train, *dataset.lengths_val, *dataset.lengths_test]
    assert sorted(together) == sorted(lengths)


def test_a_decision_takes_two_classes(tmp_path, consistent):
    path = write(tmp_path, x=integers(), y=labels())
    assert consistent(npz(path, decision=True)).decision
    assert not npz(path).decision
    path = write(tmp_path, x=integers(), y=np.arange(20) % 3)
    with pytest.raises(DataError, match=r"^y must have two classes for a decision, not 3$"):
        npz(path, decision=True)
