"""Rounding, overflow, and the order of writes."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.update import GraphUpdate
from random_model import random_model


def made(fraction, state_bits, guard=0):
    model = random_model(np.random.default_rng(75), 8, state_bits, weights="levels")
    recurrence = Dense(model.recurrence.weights.copy(), 4, 5, fraction, guard, "linear")
    return GraphPlan(replace(model, recurrence=recurrence))


def written(trace, plan, products):
    """Pass products, one a lane, through, and list the writes."""
    dut = GraphUpdate(plan)
    phases = range(plan.step_cycles)
    bits = []
    for phase in phases:
        bit = phase - plan.product_phase
        passing = 0 <= bit < plan.word
        bits.append(sum((int(p) >> bit & 1) << lane for lane, p in enumerate(products))
                    if passing else 0)  # fmt: skip
    inputs = [
        (dut.clock.active, [*[1] * len(phases), 0]),
        (dut.clock.phase, [*phases, 0]),
        (dut.products, [*bits, 0]),
    ]
    rows = trace(dut, len(phases) + 3, inputs, [dut.write.en, dut.write.addr, dut.write.data])
    return [(address, data) for enable, address, data in rows if enable]


@pytest.mark.parametrize("guard", [0, 2])
@pytest.mark.parametrize(("fraction", "state_bits"), [(0, 6), (1, 8), (7, 4), (12, 9)])
def test_rounds_and_flags(trace, fraction, state_bits, guard):
    plan = made(fraction, state_bits, guard)
    rng = np.random.default_rng([76, fraction])
    top, half = 1 << state_bits - 1, 1 << fraction >> 1
    largest = (1 << plan.word - 1) - half - 1
    near = top << fraction
    products = np.array([-near - half, near - half - 1, near - half, -near - half - 1,
                         *rng.integers(-near, near, 2), largest, -largest])  # fmt: skip
    products = np.clip(products, -largest, largest)
    writes = written(trace, plan, products)
    assert [address for address, _ in writes] == [*range(2, state_bits + 1), 0, 1]
    *planes, sign, flag = [np.array([word >> k & 1 for k in range(8)]) for _, word in writes]
    rounded = products + half >> fraction
    saturated = (rounded < -top) | (rounded >= top)
    np.testing.assert_array_equal(flag, saturated)
    np.testing.assert_array_equal(sign, rounded < 0)
    low = sum(plane << place for place, plane in enumerate(planes))
    np.testing.assert_array_equal(low[~saturated], rounded[~saturated] & top - 1)
    assert saturated.any() or plan.word == fraction + state_bits
    assert not saturated.all()
