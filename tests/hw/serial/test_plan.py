"""The plan's cycles, as measured on the emitted Verilog; sim/pace.py measures them again."""

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.random_model import random_model

# units, lanes, state bits, input bits, classes; cycles: a step, a logit, sequences of 1 and 9
MEASURED = [
    (4, 4, 4, 1, 2, (15, 38, 108, 228)),
    (4, 1, 16, 16, 3, (85, 315, 1236, 1916)),
    (8, 8, 6, 16, 2, (24, 51, 147, 339)),  # bound by the multiplication of the input
    (16, 4, 8, 8, 3, (62, 220, 846, 1342)),
    (64, 64, 12, 5, 10, (29, 88, 942, 1174)),
    (128, 16, 10, 8, 10, (156, 590, 6379, 7627)),
]


@pytest.mark.parametrize(
    ("hidden", "lanes", "state_bits", "input_bits", "classes", "cycles"), MEASURED
)
def test_cycles_are_the_measured_ones(hidden, lanes, state_bits, input_bits, classes, cycles):
    model = random_model(
        np.random.default_rng(0), hidden, state_bits, input_bits=input_bits, classes=classes
    )
    plan = SerialPlan(model, lanes)
    given = (plan.step_cycles, plan.class_cycles, plan.sequence_cycles(1), plan.sequence_cycles(9))
    assert given == cycles


@pytest.mark.parametrize("lanes", [0, 3, 32])
def test_lanes_must_divide_the_units(lanes):
    model = random_model(np.random.default_rng(0), 16, 8)
    with pytest.raises(ModelError, match=f"lanes must be a power of two from 1 to 16, not {lanes}"):
        SerialPlan(model, lanes)
