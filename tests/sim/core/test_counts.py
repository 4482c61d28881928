"""Counts add up, and know when they are empty."""

import numpy as np
import pytest

from qrnn_hw.sim.core.counts import Counts, laid_out, readouts
from random_model import random_model


def test_they_add_up():
    assert Counts(1, 2, 3, 4, 5) + Counts(10, 20, 30, 40, 50) == Counts(11, 22, 33, 44, 55)


def test_a_report_has_pools_where_there_are_any():
    assert list(laid_out(Counts(1, 2, 3, 4, 5))) == [
        "sequences", "steps", "values", "logits", "saturated"
    ]  # fmt: skip
    assert laid_out(Counts(1, 2, 3, 4, 5, 6) + Counts(pools=1))["pools"] == 7


@pytest.mark.parametrize("name", ["sequences", "steps", "values", "logits"])
def test_one_kind_missing_is_empty(name):
    full = {"sequences": 1, "steps": 1, "values": 1, "logits": 1}
    assert not Counts(**full).empty
    assert Counts(**{**full, name: 0}).empty


@pytest.mark.parametrize(("every", "count"), [(False, 1), (True, 7)])
def test_readouts_are_one_a_sequence_or_a_step(every, count):
    model = random_model(np.random.default_rng(1), 8, 6, every=every)
    assert readouts(model, np.zeros((7, 1))) == count
