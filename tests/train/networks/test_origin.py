"""Rounding the origin."""

import numpy as np
import pytest

from qrnn_hw.train.networks.origin import round_origin


@pytest.mark.parametrize("bits", range(2, 9))
def test_the_step_is_a_power_of_two_fraction_with_the_least_error(bits):
    origin = np.random.default_rng(bits).standard_normal(64) * 0.3
    levels = round_origin(origin, 11.7, bits)
    exponent = np.log2(11.7 / levels.step)
    assert exponent == pytest.approx(round(exponent), abs=1e-12)
    top = 2 ** (bits - 1)
    errors = []
    for m in range(-4, 20):
        step = 11.7 / 2.0**m
        errors.append(
            np.square(np.clip(np.rint(origin / step), 1 - top, top - 1) * step - origin).sum()
        )
    assert np.square(levels.value - origin).sum() == pytest.approx(min(errors))
    assert levels.bits == bits
    # Hardware stores the negative, which must have as many bits.
    assert np.abs(levels.levels).max() < top


def test_an_outlier_is_clipped_where_that_helps_the_rest():
    origin = np.concatenate([np.linspace(-1, 1, 255), [2.2]])
    levels = round_origin(origin, 8.0, 5)
    assert levels.step == 8 / 2**6
    assert levels.levels[-1] == 15


def test_an_origin_of_zeros_stays():
    levels = round_origin(np.zeros(4), 2.0, 5)
    assert levels.levels.tolist() == [0, 0, 0, 0]
    assert levels.step == 2 / 16
