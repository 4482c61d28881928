"""Cycles that the plans of every engine count: tests of the cores measure them, these keep them."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
from random_model import random_model

MANY = {"channels": 18, "input_bits": 4}
LEVELS, EVERY = {"weights": "levels"}, {"every": True}
MODRELU = {"weights": "ternary", "activation": "modrelu", "biased": True}
# Seed of the model, its units, bits of its states, and what else it is drawn with; the plan, and
# what else that takes; cycles: a step, a logit, a readout, sequences of 1 and of 9 steps.
PLANS = [
    (0, 8, 5, {}, SerialPlan, (8,), (12, 54, 181, 202, 298)),
    (1, 8, 5, {}, SerialPlan, (2,), (39, 174, 643, 718, 1030)),
    (3, 16, 8, {"block": 4}, SerialPlan, (2,), (88, 461, 1630, 1740, 2444)),
    (4, 12, 6, {"block": 4, "biased": True}, SerialPlan, (4,), (27, 145, 488, 526, 742)),
    (5, 16, 7, {"channels": 3}, SerialPlan, (4,), (50, 223, 823, 920, 1320)),
    (6, 16, 7, MANY, SerialPlan, (4,), (457, 223, 823, 920, 4576)),
    (8, 8, 6, {"vocabulary": 5, **EVERY}, SerialPlan, (8,), (20, 58, 195, 217, 1953)),
    (50, 16, 6, {"vocabulary": 7}, SerialPlan, (4, True), (97, 207, 764, 854, 1630)),
    (51, 16, 6, {"vocabulary": 300, "block": 4}, SerialPlan, (16,), (61, 63, 210, 230, 718)),
    (100, 6, 5, {"weights": "binary"}, GraphPlan, (3,), (29, 54, 163, 192, 424)),
    (103, 8, 6, {"weights": "ternary", "vocabulary": 5}, GraphPlan, (3,), (26, 59, 178, 204, 412)),
    (104, 8, 6, {"classes": 1, **LEVELS, **EVERY}, GraphPlan, (1,), (30, 64, 65, 95, 855)),
    (200, 8, 5, {}, PopcountPlan, (4, 2), (49, 34, 102, 151, 543)),
    (201, 12, 6, {"block": 4, "biased": True}, PopcountPlan, (6, 3, 2), (36, 21, 63, 99, 387)),
    (203, 10, 7, MODRELU, PopcountPlan, (4, 2, 3), (60, 24, 72, 132, 612)),
    (204, 8, 6, {"channels": 3, **LEVELS}, PopcountPlan, (4, 2), (207, 34, 102, 309, 1965)),
    (206, 6, 6, {"vocabulary": 5, **LEVELS, **EVERY}, PopcountPlan, (3, 3, 2),
     (61, 20, 59, 123, 1107)),
    (208, 8, 6, LEVELS | EVERY, PopcountPlan, (4, 2, 1, 0, True), (203, 34, 102, 311, 2799)),
    (300, 8, 5, {}, WordPlan, (2,), (70, 23, 69, 139, 699)),
    (301, 16, 8, {"block": 4, "channels": 3}, WordPlan, (4,), (147, 39, 117, 264, 1440)),
    (302, 12, 6, {"block": 4, "vocabulary": 5, "biased": True, **EVERY}, WordPlan, (4,),
     (63, 31, 93, 156, 1404)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "hidden", "state_bits", "options", "kind", "sizes", "cycles"), PLANS
)
def test_cycles_add_up(seed, hidden, state_bits, options, kind, sizes, cycles):
    model = random_model(np.random.default_rng(seed), hidden, state_bits, **options)
    plan = kind(model, *sizes)
    counted = plan.step_cycles, plan.class_cycles, plan.readout_cycles
    assert (*counted, plan.sequence_cycles(1), plan.sequence_cycles(9)) == cycles
