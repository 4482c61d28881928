"""Estimates against what cores took on iCE40 UP5K (yosys 0.70, nextpnr 0.11.1, placer seed 1)."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.graph.plan import GraphPlan
from random_model import random_model

# hidden, weights, multiplier, logic cells, block RAMs: 8-bit states, one 8-bit input, ten logits.
MEASURED = [
    pytest.param(64, "binary", 1, 2670, 4, id="64-binary-power-of-two"),
    pytest.param(64, "binary", 46341, 3363, 16, id="64-binary"),
    pytest.param(32, "binary", 46341, 1496, 8, id="32-binary"),
    pytest.param(64, "ternary", 46341, 4071, 16, id="64-ternary"),
    pytest.param(32, "levels", 46341, 2680, 8, id="32-of-4-bits"),
]


def planned(hidden, weights, multiplier):
    model = random_model(np.random.default_rng(1), hidden, 8, weights=weights, classes=10)
    old = model.recurrence
    new = Dense(old.weights.copy(), old.bits, multiplier, 20, old.guard, old.activation)
    return GraphPlan(replace(model, recurrence=new))


@pytest.mark.parametrize(("hidden", "weights", "multiplier", "cells", "rams"), MEASURED)
def test_is_close_to_what_was_measured(hidden, weights, multiplier, cells, rams):
    estimate = planned(hidden, weights, multiplier).cost()
    assert estimate.cells == pytest.approx(cells, rel=0.06)
    assert estimate.rams == rams


def test_constants_take_block_rams():
    rng = np.random.default_rng(2)
    plain = random_model(rng, 16, 8, weights="binary")
    biased = replace(plain, bias=np.ones((1, 16), np.int64))
    assert GraphPlan(biased).cost().rams == GraphPlan(plain).cost().rams + 1
    assert GraphPlan(biased).cost().cells > GraphPlan(plain).cost().cells


def test_plans_come_with_their_cost():
    model = random_model(np.random.default_rng(3), 8, 8, weights="ternary")
    found = list(GraphPlan.plans(model, asked=False))
    assert found[0] == GraphPlan(model)
    assert len({plan.cycle for plan in found}) == len(found)
