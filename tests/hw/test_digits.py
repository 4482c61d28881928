"""Signed digits."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.hw.digits import signed_digits, signed_powers


def test_every_integer_of_ten_bits_in_its_fewest_digits():
    values = np.arange(-512, 512)
    digits = signed_digits(values)
    places = np.arange(digits.shape[1])
    np.testing.assert_array_equal(digits @ (1 << places), values)
    assert not (digits[:, 1:] * digits[:, :-1]).any()
    assert np.abs(digits).max() == 1


def test_zero_has_a_digit():
    assert signed_digits(np.zeros((2, 3), np.int64)).shape == (2, 3, 1)


def check_digits(value):
    digits = signed_powers(value)
    assert sum(sign << exponent for sign, exponent in digits) == value
    assert {sign for sign, _ in digits} <= {-1, 1}
    exponents = [exponent for _, exponent in digits]
    assert all(later - one >= 2 for one, later in pairwise(exponents))
    return digits


def test_digits_of_every_coefficient():
    assert max(len(check_digits(value)) for value in range(-128, 128)) == 4


@settings(deadline=None)
@given(st.integers(-(1 << 60), 1 << 60))
def test_digits_sum_to_the_value_and_no_two_are_adjacent(value):
    # Without adjacent digits the form is unique, and no other has fewer.
    digits = check_digits(value)
    assert len(digits) <= bin(abs(value)).count("1")
