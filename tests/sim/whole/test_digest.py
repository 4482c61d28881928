"""A digest tells any difference of one unit, and does not know of the others' order."""

import numpy as np

from qrnn_hw.sim.whole.digest import CHAIN, chained, digests, factors, of_set


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


def test_a_chain_is_what_the_bench_makes_step_by_step():
    values = np.random.default_rng(3).integers(-(2**62), 2**62, 50)
    digest = 0
    for value in values.tolist():
        digest = (digest * CHAIN + value) % 2**64
    assert chained(values) == digest and chained(values[:0]) == 0


def test_parts_of_a_set_add_up():
    found = [3, 2**63, 17, 2**64 - 1, 5]
    assert (of_set(found[:2], 0) + of_set(found[2:], 2)) % 2**64 == of_set(found, 0)
    assert of_set(found[::-1], 0) != of_set(found, 0)


def test_swapped_units_show():
    values = np.arange(8)
    assert digests(values, factors(8)) != digests(values[::-1], factors(8))
