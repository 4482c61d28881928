"""Multiples by constants: exact, and of few adders."""

import numpy as np
import pytest

from qrnn_hw.hw.digits import signed_digits
from qrnn_hw.hw.graph.multiple import MOST, multiple


def adders(number):
    graphs = multiple(number)
    x = np.random.default_rng(3).integers(-99, 99, (6, 1))
    for graph in graphs:
        np.testing.assert_array_equal(graph.evaluate(x), x * number)
        assert len(graph.adders) == len(graphs[0].adders)
    assert len(graphs) <= MOST
    return len(graphs[0].adders)


@pytest.mark.parametrize("number", [1, 3, 5, 7, 9, 11, 13, 15, 21, 27, 45, 51, 85, 105, 255])
def test_small_numbers_take_the_fewest_adders(number):
    one = {(1 << k) + sign for k in range(1, 12) for sign in (1, -1)} - {1}
    two = {abs((a << k) + sign * b) for a in one | {1} for b in one | {1} for k in range(12)
           for sign in (1, -1)
           if a == b or 1 in (a, b)}  # fmt: skip
    wanted = 0 if number == 1 else 1 if number in one else 2 if number in two else 3
    assert adders(number) == wanted


@pytest.mark.parametrize("seed", range(12))
def test_any_multiplier_of_16_bits(seed):
    number = int(np.random.default_rng([71, seed]).integers(0, 1 << 15)) * 2 + 1
    digits = int(np.abs(signed_digits(np.array([number]))).sum())
    assert adders(number) <= max(0, digits - 1)


def test_numbers_beyond_four_adders_are_summed_digit_by_digit():
    assert adders(54049) == 6
