"""Batches hold every sequence once, and are as short as they may be."""

import numpy as np
import pytest

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.whole import batch
from qrnn_hw.sim.whole.batch import batches
from random_model import random_model


@pytest.fixture(scope="module")
def plan():
    return SerialPlan(random_model(np.random.default_rng(7), 16, 6), 4)


@pytest.mark.parametrize("most", [1, 900, 1 << 24])
def test_every_sequence_is_in_one_batch(plan, monkeypatch, most):
    monkeypatch.setattr(batch, "STATES", most)
    lengths = np.random.default_rng(2).integers(1, 20, 50)
    parts = batches(plan, lengths)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert parts[-1].stop == 50
    for part in parts:
        size = int(lengths[part].max()) * (part.stop - part.start) * plan.model.hidden
        assert size <= most or part.stop - part.start == 1
    assert len(parts) == {1: 50, 1 << 24: 1}.get(most, len(parts))


def test_long_simulations_are_parted(plan, monkeypatch):
    monkeypatch.setattr(batch, "CYCLES", 3 * plan.sequence_cycles(7))
    parts = batches(plan, np.full(10, 7))
    assert [part.stop - part.start for part in parts] == [3, 3, 3, 1]


def test_nothing_is_no_batch(plan):
    assert batches(plan, np.zeros(0, np.int64)) == []
