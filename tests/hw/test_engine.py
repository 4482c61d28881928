"""Every engine: a plan, its core, and the streams of that core."""

import json
from typing import get_args

import numpy as np
import pytest
from amaranth.hdl import Fragment
from amaranth.lib import wiring

from qrnn_hw.hw.engine import CORES, Plan, core
from qrnn_hw.hw.ports import input_layout, output_layout
from qrnn_hw.sim.random_model import random_model

# What a plan takes beside its model, and which weights that must have.
NUMBERS = {"serial": (4,), "graph": (), "popcount": (4, 2)}
WEIGHTS = {"serial": "hadamard", "graph": "ternary", "popcount": "levels"}


@pytest.fixture(params=CORES.items(), ids=lambda item: item[0].engine)
def engine(request):
    """Return a plan of a small model, and the class of its core."""
    kind, made = request.param
    weights = WEIGHTS[kind.engine]
    model = random_model(np.random.default_rng(1), 8, 6, input_bits=5, weights=weights)
    return kind(model, *NUMBERS[kind.engine]), made


def test_every_plan_has_a_name_and_a_core():
    assert set(get_args(Plan) or (Plan,)) == set(CORES)
    assert {kind.engine for kind in CORES} <= set(NUMBERS)


def test_the_core_of_a_plan_speaks_in_streams(engine):
    plan, kind = engine
    made = core(plan)
    Fragment.get(made, None)  # elaborates it
    assert isinstance(made, kind)
    assert made.x.payload.shape() == input_layout(plan.model)
    assert made.y.payload.shape() == output_layout(plan.model)
    ends = {"x": wiring.In, "y": wiring.Out, "busy": wiring.Out}
    assert {name: made.signature.members[name].flow for name in ends} == ends


def test_a_plan_tells_what_verification_and_reports_read(engine):
    plan, _ = engine
    for number in (plan.lanes, plan.step_cycles, plan.class_cycles, plan.sequence_cycles(1)):
        assert number >= 1
    assert plan.sequence_cycles(7) > plan.sequence_cycles(3)
    written = json.loads(json.dumps(plan.to_dict()))
    assert (written["engine"], written["lanes"]) == (plan.engine, plan.lanes)


def test_what_is_no_plan_has_no_core():
    with pytest.raises(KeyError):
        core(object())
