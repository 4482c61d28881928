"""Inputs and constants as serial words."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.words import Constants, Streams
from random_model import random_model

LENGTH = 20


@pytest.mark.parametrize("options", [{"vocabulary": 5, "biased": True}, {"biased": True}])
def test_sends_rows(trace, options):
    rng = np.random.default_rng(74)
    plan = GraphPlan(random_model(rng, 6, 8, weights="ternary", **options))
    rows = rng.integers(0, len(plan.constants), 4)
    dut = Constants(plan)
    shift, period = plan.constant_shift, LENGTH + 5
    row, take, stop = [], [], []
    for number in rows:
        for cycle in range(period):
            row.append(int(number))
            take.append(cycle == 1 + shift)
            stop.append(cycle == 1 + LENGTH)
    inputs = [(dut.row, row), (dut.take, take), (dut.stop, stop)]
    words = trace(dut, 4 * period, inputs, [dut.o])
    bit = np.array([[word >> lane & 1 for lane in range(6)] for (word,) in words])
    bit = bit.reshape(4, period, 6)
    place = np.arange(LENGTH - 1)[:, None]
    sums = (bit[:, 3 : LENGTH + 2] << place).sum(1) - (bit[:, LENGTH + 2] << LENGTH - 1)
    np.testing.assert_array_equal(sums, plan.constants[rows])
    assert not bit[:, LENGTH + 3 :].any()
    assert not bit[1:, :3].any()


@pytest.mark.parametrize(("count", "bits", "length"), [(1, 5, 9), (3, 4, 6), (2, 7, 7)])
def test_sends_words(trace, count, bits, length):
    rng = np.random.default_rng([73, count])
    x = rng.integers(-(1 << bits - 1), 1 << bits - 1, (3, count))
    dut = Streams(count, bits, length)
    period = length + 2
    words = [sum((int(v) & (1 << bits) - 1) << k * bits for k, v in enumerate(row)) for row in x]
    value = [words[c // period] if c % period == 0 else 0 for c in range(3 * period)]
    take = [c % period == 0 for c in range(3 * period)]
    rows = trace(dut, 3 * period, [(dut.value, value), (dut.take, take)], [dut.o])
    bit = np.array([[row >> k & 1 for k in range(count)] for (row,) in rows]).reshape(3, period, -1)
    place = np.arange(length - 1)[:, None]
    sums = (bit[:, 1:length] << place).sum(1) - (bit[:, length] << length - 1)
    np.testing.assert_array_equal(sums, x)
    assert not bit[:, 0].any()
    assert not bit[:, -1].any()
