"""Real and hostile sequences reach the simulation together."""

import numpy as np
import pytest

from qrnn_hw.sim import campaign
from qrnn_hw.sim.adversarial import STEPS
from qrnn_hw.sim.random_model import random_model


@pytest.mark.parametrize(("count", "pushed"), [(3, 17), (0, STEPS)])
def test_hostile_sequences_push_as_long_as_real_ones_last(monkeypatch, count, pushed):
    seen = {}

    def simulate(model, lanes, sequences, *, verilog, seed):
        seen.update(lanes=lanes, sequences=sequences, verilog=verilog, seed=seed)
        return "result"

    monkeypatch.setattr(campaign, "verify_rtl", simulate)
    model = random_model(np.random.default_rng(4), 8, 6)
    real = np.full((count, 17), model.input_range[1])
    result, hostile = campaign.verify_core(model, 4, real, seed=5, verilog="text")
    assert result == "result"
    assert hostile > 0
    assert (seen["lanes"], seen["verilog"], seen["seed"]) == (4, "text", 5)
    assert len(seen["sequences"]) == count + hostile
    assert all((row == kept).all() for row, kept in zip(real, seen["sequences"]))
    assert [len(row) for row in seen["sequences"][count : count + 2]] == [pushed, pushed]
