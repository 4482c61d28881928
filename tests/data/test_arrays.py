"""Sequences of a script, side by side."""

import numpy as np
import pandas
import pytest
import torch

from qrnn_hw.data.arrays import array_of, side_by_side
from qrnn_hw.export.errors import DataError

X = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    "given",
    [X, X.tolist(), list(X), tuple(X), pandas.DataFrame(X), torch.tensor(X), list(torch.tensor(X)),
     torch.tensor(X, requires_grad=True), pandas.Series(list(X))],
    ids=["numpy", "lists", "arrays", "tuple", "pandas", "torch", "tensors", "gradient", "series"],
)  # fmt: skip
def test_what_is_of_one_length_is_an_array(given):
    found, lengths = side_by_side(given)
    assert lengths is None
    assert np.array_equal(found, X)


@pytest.mark.parametrize("wrap", [list, pandas.Series, lambda parts: [*map(pandas.Series, parts)]])
def test_several_lengths_are_padded_with_zeros(wrap):
    found, lengths = side_by_side(wrap([np.array([1, 2, 3]), np.array([4])]))
    assert lengths.tolist() == [3, 1]
    assert found.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert found.dtype.kind == "i"


def test_sequences_of_channels():
    found, lengths = side_by_side([np.ones((2, 3)), np.ones((4, 3), np.float32)])
    assert found.shape == (2, 4, 3)
    assert lengths.tolist() == [2, 4]


@pytest.mark.parametrize(
    "given",
    [[np.ones((2, 3)), np.ones((2, 4))], [np.ones(2), np.ones((2, 1))], [np.ones(2), np.ones(0)]],
    ids=["channels", "axes", "empty"],
)
def test_what_differs_in_more_than_lengths_is_refused(given):
    with pytest.raises(DataError, match=r"x\[1\] must have shape"):
        side_by_side(given)


def test_numbers_are_no_sequences():
    assert side_by_side([1, 2, 3])[0].shape == (3,)
    assert side_by_side([])[0].shape == (0,)
    assert array_of(5).shape == ()
