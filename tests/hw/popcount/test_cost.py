"""Estimates against synthesised cores."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.hw.popcount.cost import block_rams, cost, logic_cells, multipliers
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model


def target(weights, hidden, **options):
    """Draw a network of 12-bit states, 8-bit inputs and 10 classes."""
    rng = np.random.default_rng(1)
    settings = {"w_bits": 4, "input_bits": 8, "u_bits": 4, "v_bits": 4, "classes": 10,
                "biased": True, "origin_bits": 0}  # fmt: skip
    return random_model(rng, hidden, 12, weights=weights, **{**settings, **options})


# Cores alone: logic cells, block RAMs and multipliers of a UP5K, as `build --board none` counts
# them: yosys 0.70 and the packer of nextpnr, less the shift registers in place of pins.
MEASURED = [
    pytest.param("binary", 128, {}, (32, 8, 3), 3332, 24, 2, id="binary-128-on-32x8x3"),
    pytest.param("levels", 128, {}, (32, 8, 2), 2567, 24, 2, id="levels-128-on-32x8x2"),
    pytest.param(
        "binary",
        64,
        {"vocabulary": 32},
        (32, 4, 1),
        1135,
        16,
        0,
        id="binary-64-on-32x4x1-vocabulary",
    ),
    pytest.param("ternary", 128, {}, (32, 4, 3), 1945, 24, 2, id="ternary-128-on-32x4x3"),
    pytest.param("binary", 128, {}, (15, 5, 12), 3469, 21, 2, id="binary-128-on-15x5x12"),
    pytest.param("levels", 64, {}, (16, 2, 1), 781, 8, 3, id="levels-64-on-16x2x1"),
    pytest.param(
        "ternary", 64, {"channels": 9}, (32, 2, 1), 1007, 14, 3, id="ternary-64-on-32x2x1-channels"
    ),
    pytest.param(
        "levels",
        64,
        {"activation": "modrelu"},
        (32, 4, 1),
        1312,
        13,
        3,
        id="levels-64-on-32x4x1-modrelu",
    ),
    pytest.param(
        "hadamard",
        64,
        {"origin_bits": 5},
        (64, 4, 2),
        2288,
        26,
        1,
        id="hadamard-64-on-64x4x2-origin_bits",
    ),
    pytest.param("binary", 128, {}, (64, 4, 1), 1547, 22, 2, id="binary-128-on-64x4x1"),
    pytest.param("levels", 64, {}, (32, 8, 2), 2527, 22, 3, id="levels-64-on-32x8x2"),
]


@pytest.mark.parametrize(
    ("weights", "hidden", "options", "parts", "cells", "rams", "dsps"), MEASURED
)
def test_estimates_what_synthesis_takes(weights, hidden, options, parts, cells, rams, dsps):
    plan = PopcountPlan(target(weights, hidden, **options), *parts)
    assert logic_cells(plan) == pytest.approx(cells, rel=0.1)
    assert block_rams(plan) == rams
    assert multipliers(plan) >= dsps


def test_lists_every_plan_with_what_it_takes():
    model = target("ternary", 24)
    found = [(plan, cost(plan)) for plan in PopcountPlan.plans(model, asked=False)]
    assert all(plan.cost() == one for plan, one in found)
    assert len({plan for plan, _ in found}) == len(found)
    fastest = min(found, key=lambda pair: pair[0].step_cycles)
    smallest = min(found, key=lambda pair: pair[1].cells)
    assert fastest[1].cells > 2 * smallest[1].cells
    assert fastest[0].step_cycles * 2 < smallest[0].step_cycles


def test_loaded_weights_take_large_rams_and_no_blocks():
    found = PopcountPlan.plans(target("levels", 64), asked=False)
    loaded = [(plan, plan.cost()) for plan in found if plan.load]
    assert loaded
    for plan, one in loaded:
        assert one.sprams == plan.load_words * -(-plan.weight_depth(plan.readout_rows) // 16384)
        assert one.rams < cost(replace(plan, load=False)).rams
