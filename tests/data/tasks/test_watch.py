"""Exercises from a small file in the format of the task."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.watch import watch
from qrnn_hw.export.errors import DataError

LENGTHS = np.array([25, 9, 40, 31, 30, 33, 20, 28])


def write(root, **changes):
    arrays = {
        "x": np.random.default_rng(7).normal(size=(LENGTHS.sum(), 6)),
        "lengths": LENGTHS,
        "y": np.arange(8) % 2,
        "subject": np.arange(1, 9),
        "classes": np.array(["up", "down"]),
    }
    np.savez(root / "w.npz", **(arrays | changes))
    return root / "w.npz"


def test_windows_overlap_and_persons_do_not_meet(tmp_path, consistent):
    # Windows of 10 every 5 steps; persons 7 and 8 test, 5 and 6 validate.
    dataset = consistent(watch(write(tmp_path), steps=10))
    counts = [max((length - 10) // 5 + 1, 0) for length in LENGTHS]
    assert counts[1] == 0
    assert dataset.sizes == {
        "train": sum(counts[:4]),
        "val": sum(counts[4:6]),
        "test": sum(counts[6:]),
    }
    assert dataset.classes == ("up", "down")
    assert np.bincount(dataset.y_test).tolist() == counts[6:]
    assert dataset.channels == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"x": np.zeros((216, 6), int)}, "x must be finite floats (steps, channels)", id="x"
        ),
        pytest.param({"y": np.zeros(7, int)}, "lengths must be integers, one for each", id="y"),
        pytest.param({"lengths": LENGTHS + 1}, "lengths must sum to the 216 steps of x", id="sum"),
        pytest.param({"classes": np.array(["up"])}, "y must be 0..0, not up to 1", id="classes"),
        pytest.param(
            {"subject": np.arange(8) // 3},
            "more than 4 persons must have recordings of 200 steps",
            id="persons",
        ),
    ],
)
def test_wrong_contents(tmp_path, changes, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}"):
        watch(write(tmp_path, **changes))
