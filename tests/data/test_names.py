"""The names of arrays, and the splits that they make."""

import re

import numpy as np
import pytest

from qrnn_hw.data.names import KNOWN, meant, read_names
from qrnn_hw.data.readers.npz import Archive
from qrnn_hw.export.errors import DataError

CLOSE = {
    "X": "x", "Y": "y", "xs": "x", "X_test": "x_test", "x_Test": "x_test", "X_TRAIN": "x_train",
    "xtest": "x_test", "XTest": "x_test", "x-test": "x_test", "x.test": "x_test",
    "y_tests": "y_test", "ys_test": "y_test", "y_tets": "y_test", "y_tst": "y_test",
    "test_x": "x_test", "train_y": "y_train", "y_validation": "y_val", "x_valid": "x_val",
    "x_dev": "x_val", "lenghts": "lengths", "length": "lengths", "Lengths": "lengths",
    "lenght": "lengths", "len": "lengths", "lens_test": "lengths_test", "lengths_tests":
    "lengths_test", "labels": "y", "label": "y", "targets_test": "y_test", "inputs": "x",
}  # fmt: skip


@pytest.mark.parametrize(("name", "known"), CLOSE.items())
def test_a_slip_is_known_for_what_it_means(name, known):
    assert meant(name) == known


@pytest.mark.parametrize(
    "name",
    ["time", "subject", "t", "z", "z_test", "ids", "classes", "weights", "fs", "arr_0", "\n"],
)
def test_other_names_are_others(name):
    assert meant(name) is None
    assert meant("lengths_of_feet") is None


@pytest.mark.parametrize("name", KNOWN)
def test_known_names_are_their_own(name):
    assert meant(name) == name


@pytest.fixture
def read(tmp_path):
    """Return a function that writes arrays of these names and looks through them."""

    def write(*names):
        np.savez(tmp_path / "d.npz", **{name: np.zeros(1) for name in names})
        return read_names(Archive(tmp_path / "d.npz"))

    return write


def test_splits_and_what_is_not_read(read):
    assert read("x", "y").splits == ("",)
    found = read("x_test", "x_train", "y_train", "subject", "fs")
    assert found.splits == ("_train", "_test")
    assert found.chosen == "_test"
    assert found.notes == ("not read: subject, fs",)
    assert found.choice == (f"x_test of {found.archive.path} is taken", *found.notes)
    assert list(found.read("_train")) == ["x", "y"]


def test_another_word_beside_the_known_one_is_only_told(read):
    assert read("x", "y", "labels").notes == ("not read: labels",)
    with pytest.raises(DataError, match=r"holds 'Y', which is no name that is read: 'y' is$"):
        read("x", "y", "Y")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("x", "y_tests"), "holds 'y_tests', which is no name that is read: 'y_test' is"),
        (("x", "y", "x_test", "lenghts"), "which is no name that is read: 'lengths' is"),
        (("y", "z"), "must hold x or x_test, and holds y, z"),
        ((), "must hold x or x_test, and holds nothing"),
        (("x", "y", "y_test"), "holds y_test and must hold the x of it, and does not"),
        (("x", "lengths_val"), "holds lengths_val and must hold the x of it, and does not"),
        (("x", "lengths", "x_test"), "of all of its splits or of none, and lacks lengths_test"),
    ],
)
def test_what_would_be_a_guess_is_refused(read, names, message):
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        read(*names)
    assert caught.value.hint
