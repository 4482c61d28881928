"""Constants from the memory, as words of any length."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.constants import Constants
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.sim.random_model import random_model

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
