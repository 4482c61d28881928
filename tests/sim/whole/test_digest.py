"""A digest tells any difference of one unit, and does not know of the others' order."""

import numpy as np

from qrnn_hw.sim.whole.digest import digests, factors


def test_a_difference_of_any_unit_shows():
    factor = factors(1000)
    assert (factor % 2 == 1).all() and np.unique(factor).size == 1000
    rng = np.random.default_rng(1)
    values = rng.integers(-2048, 2048, (3, 1000)).astype(np.int32)
    right = digests(values, factor)
    assert right.shape == (3,)
    for unit, change in zip(rng.integers(0, 1000, 40), rng.integers(1, 4096, 40)):
        wrong = values.copy()
        wrong[1, unit] += change
        assert (digests(wrong, factor) != right).tolist() == [False, True, False]


def test_swapped_units_show():
    values = np.arange(8)
    assert digests(values, factors(8)) != digests(values[::-1], factors(8))
