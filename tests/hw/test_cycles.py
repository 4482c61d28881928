"""Cycles that the plans of every engine count: tests of the cores measure them, these keep them."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

MANY = {"channels": 18, "input_bits": 4}
LEVELS, EVERY = {"weights": "levels"}, {"every": True}
MODRELU = {"weights": "ternary", "activation": "modrelu", "biased": True}
# Seed of the model, its units, bits of its states, and what else it is drawn with; the plan, and
# what else that takes; cycles: a step, a logit, a readout, sequences of 1 and of 9 steps.
PLANS = [
    (0, 8, 5, {}, SerialPlan, (8,), (18, 47, 159, 178, 322)),
    (1, 8, 5, {}, SerialPlan, (2,), (46, 156, 528, 602, 970)),
    (3, 16, 8, {"block": 4}, SerialPlan, (2,), (94, 427, 1447, 1556, 2308)),
    (4, 12, 6, {"block": 4, "biased": True}, SerialPlan, (4,), (33, 142, 478, 514, 778)),
    (5, 16, 7, {"channels": 3}, SerialPlan, (4,), (58, 204, 688, 783, 1247)),
    (6, 16, 7, MANY, SerialPlan, (4,), (453, 204, 688, 783, 4407)),
    (8, 8, 6, {"vocabulary": 5, **EVERY}, SerialPlan, (8,), (19, 51, 173, 193, 1737)),
    (50, 16, 6, {"vocabulary": 7}, SerialPlan, (4, True), (97, 188, 632, 720, 1496)),
    (51, 16, 6, {"vocabulary": 300, "block": 4}, SerialPlan, (16,), (61, 56, 188, 206, 694)),
    (100, 6, 5, {"weights": "binary"}, GraphPlan, (3,), (29, 51, 154, 183, 415)),
    (103, 8, 6, {"weights": "ternary", "vocabulary": 5}, GraphPlan, (3,), (26, 56, 169, 195, 403)),
    (104, 8, 6, {"classes": 1, **LEVELS, **EVERY}, GraphPlan, (1,), (30, 61, 62, 92, 828)),
    (200, 8, 5, {}, PopcountPlan, (4, 2), (49, 32, 96, 145, 537)),
    (201, 12, 6, {"block": 4, "biased": True}, PopcountPlan, (6, 3, 2), (35, 17, 51, 86, 366)),
    (203, 10, 7, MODRELU, PopcountPlan, (4, 2, 3), (60, 22, 66, 126, 606)),
    (204, 8, 6, {"channels": 3, **LEVELS}, PopcountPlan, (4, 2), (207, 32, 96, 303, 1959)),
    (206, 6, 6, {"vocabulary": 5, **LEVELS, **EVERY}, PopcountPlan, (3, 3, 2),
     (61, 17, 51, 115, 1035)),
    (208, 8, 6, LEVELS | EVERY, PopcountPlan, (4, 2, 1, 0, True), (203, 32, 96, 305, 2745)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "hidden", "state_bits", "options", "kind", "sizes", "cycles"), PLANS
)
def test_cycles_add_up(seed, hidden, state_bits, options, kind, sizes, cycles):
    model = random_model(np.random.default_rng(seed), hidden, state_bits, **options)
    plan = kind(model, *sizes)
    counted = plan.step_cycles, plan.class_cycles, plan.readout_cycles
    assert (*counted, plan.sequence_cycles(1), plan.sequence_cycles(9)) == cycles
