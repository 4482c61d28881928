"""Counts add up, and know when they are empty."""

import pytest

from qrnn_hw.sim.counts import Counts


def test_they_add_up():
    assert Counts(1, 2, 3, 4, 5) + Counts(10, 20, 30, 40, 50) == Counts(11, 22, 33, 44, 55)


@pytest.mark.parametrize("name", ["sequences", "steps", "values", "logits"])
def test_one_kind_missing_is_empty(name):
    full = {"sequences": 1, "steps": 1, "values": 1, "logits": 1}
    assert not Counts(**full).empty
    assert Counts(**{**full, name: 0}).empty
