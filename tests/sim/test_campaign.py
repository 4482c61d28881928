"""Real and hostile sequences reach the simulation together."""

import numpy as np
import pytest

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim import campaign
from qrnn_hw.sim.core.adversarial import STEPS
from random_model import random_model


@pytest.mark.parametrize(("count", "pushed"), [(3, 17), (0, STEPS)])
def test_hostile_sequences_push_as_long_as_real_ones_last(monkeypatch, count, pushed):
    seen = {}

    def simulate(plan, sequences, *, verilog, seed, told):
        seen.update(plan=plan, sequences=sequences, verilog=verilog, seed=seed, told=told)
        return "result"

    monkeypatch.setattr(campaign, "verify_rtl", simulate)
    model = random_model(np.random.default_rng(4), 8, 6)
    plan = SerialPlan(model, 4)
    longest = [np.full((steps, 1), model.input_range[1]) for steps in (17, 3, 9)]
    real = longest[:count]
    result, hostile = campaign.verify_core(plan, real, seed=5, verilog="text")
    assert result == "result"
    assert hostile > 0
    assert (seen["plan"], seen["verilog"], seen["seed"]) == (plan, "text", 5)
    assert len(seen["sequences"]) == count + hostile
    assert all(row is kept for row, kept in zip(real, seen["sequences"]))
    assert [len(row) for row in seen["sequences"][count : count + 2]] == [pushed, pushed]
