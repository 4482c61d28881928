"""The digits of scikit-learn as sequences."""

import sys

import numpy as np
import pytest

from qrnn_hw.data.tasks.digits import digits
from qrnn_hw.export.errors import ToolError


def test_the_digits_are_images_of_five_bits(consistent):
    dataset = consistent(digits())
    assert dataset.name == "digits"
    assert dataset.sizes == {"train": 1079, "val": 359, "test": 359}
    assert (dataset.steps, dataset.channels) == (64, 1)
    assert (dataset.input_bits, dataset.input_signed, dataset.input_step) == (5, False, 1 / 16)
    pixels = np.concatenate([dataset.x_train, dataset.x_val, dataset.x_test])
    assert (pixels.min(), pixels.max()) == (0, 16)
    assert len(np.unique(dataset.y_test)) == len(dataset.classes) == 10


def test_the_permutation_moves_pixels_only():
    plain, permuted = digits(), digits(permuted=True)
    assert permuted.name == "permuted digits"
    assert np.array_equal(plain.x_test[:, permuted.order], permuted.x_test)
    assert np.array_equal(plain.y_test, permuted.y_test)
    assert plain.sha256 == permuted.sha256


def test_without_scikit_learn_there_are_no_digits(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ToolError, match="scikit-learn") as caught:
        digits()
    assert caught.value.hint == "pip install 'qrnn-hw[train]'"
