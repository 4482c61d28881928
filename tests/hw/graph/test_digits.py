"""Signed digits."""

import numpy as np

from qrnn_hw.hw.graph.digits import signed_digits


def test_every_integer_of_ten_bits_in_its_fewest_digits():
    values = np.arange(-512, 512)
    digits = signed_digits(values)
    places = np.arange(digits.shape[1])
    np.testing.assert_array_equal(digits @ (1 << places), values)
    assert not (digits[:, 1:] * digits[:, :-1]).any()
    assert np.abs(digits).max() == 1


def test_zero_has_a_digit():
    assert signed_digits(np.zeros((2, 3), np.int64)).shape == (2, 3, 1)
