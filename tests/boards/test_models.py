"""Boards that hold each kind of model, through their UART pins: golden results."""

import numpy as np
import pytest

from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export import golden
from qrnn_hw.hw.popcount.core import PopcountCore
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model
from simulated_port import SimulatedPort

CLOCKS_PER_BIT = 4  # fewer than any board has, as every one is simulated
MODELS = {
    "channels": {"channels": 3, "input_bits": 5, "input_signed": True},
    "wide-channels": {"channels": 40, "input_bits": 13, "input_signed": True},
    "tokens-every-step": {"vocabulary": 10, "every": True, "weights": "ternary"},
    "decision": {"classes": 1, "weights": "levels", "activation": "relu", "channels": 2},
    "decision-every-step": {"classes": 1, "every": True, "block": 4},
    "many-classes": {"classes": 90, "v_bits": 8, "state_bits": 10},
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n == "many-classes" else []) for n in MODELS],
)
def test_a_board_of_each_kind_is_golden(name):
    rng = np.random.default_rng(9)
    model = random_model(rng, 8, **{"state_bits": 7} | MODELS[name])
    identity = Identity.of(model)
    assert (identity.parts > 1) == (name == "many-classes")
    design = System(PopcountCore(PopcountPlan(model, 8, 4)), Link(identity, CLOCKS_PER_BIT))
    sequences = [random_sequence(rng, model, steps) for steps in (4, 1)]
    expected = []
    for sequence in sequences:
        run = golden.run(model, sequence[None])
        classes = tuple(run.classes.reshape(-1).tolist())
        logits = tuple(map(tuple, run.logits.reshape(-1, model.classes).tolist()))
        expected.append(Result(classes, logits))
    host = Host(SimulatedPort(design, CLOCKS_PER_BIT))
    assert host.identify() == identity
    assert list(host.classify_many(sequences)) == expected
    assert len({y for result in expected for y in result.logits}) >= 2
