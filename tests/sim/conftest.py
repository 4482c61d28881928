"""One small core, simulated once for every test that judges recordings."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.order import free_running
from qrnn_hw.sim.core.recording import Recording
from qrnn_hw.sim.core.simulation import simulation
from random_model import random_model


class Case(NamedTuple):
    """A core and what it did, free running."""

    model: IntegerModel
    plan: SerialPlan
    verilog: str
    sequences: list
    recording: Recording


@pytest.fixture(scope="session")
def case():
    """Simulate 16 units in 4 words: sequences of 5, 1, 3 and 2 steps."""
    rng = np.random.default_rng(7)
    model = random_model(rng, 16, 6)
    plan = SerialPlan(model, 4, trusts=False)
    sequences = [random_sequence(rng, model, steps) for steps in (5, 1, 3, 2)]
    verilog = core_verilog(plan)
    with simulation(plan, verilog) as bench:
        recording = bench.run(free_running(plan, sequences))
    return Case(model, plan, verilog, sequences, recording)


@pytest.fixture(scope="session")
def examples():
    """Return the folder of the trained examples."""
    return Path(__file__).parents[2] / "examples"
