"""Every engine: what its plans tell, and the streams of their cores."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Fragment
from amaranth.lib import wiring

from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.ports import WEIGHT_BITS, input_layout, output_layout
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
from random_model import random_model

ROOT = Path(__file__).parents[2]


def drawn(**options):
    return random_model(np.random.default_rng(1), 8, 6, input_bits=5, **options)


# A line for what an engine can have beside its streams x and y.
PLANS = {
    "serial": SerialPlan(drawn(), 4),
    "serial, fetches": SerialPlan(drawn(vocabulary=9), 4, True),
    "graph": GraphPlan(drawn(weights="ternary")),
    "popcount": PopcountPlan(drawn(weights="levels"), 4, 2),
    "popcount, loaded": PopcountPlan(drawn(weights="levels"), 4, 2, load=True),
    "word": WordPlan(drawn(channels=2), 4),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def plan(request):
    return request.param


def test_every_engine_is_here():
    assert {type(plan) for plan in PLANS.values()} == set(ENGINES.values())


def test_a_plan_has_all_that_the_protocol_says(plan):
    names = {name for name in vars(Plan) if not name.startswith("_")} | set(Plan.__annotations__)
    assert {"core", "trace", "engine"} <= names
    assert [name for name in sorted(names) if not hasattr(plan, name)] == []
    assert ENGINES[plan.engine] is type(plan)
    assert 0 < plan.room <= 1
    assert plan.cost().cells > 0
    assert any(
        one.sizes == plan.sizes for one in ENGINES[plan.engine].plans(plan.model, asked=True)
    )


def test_the_core_of_a_plan_speaks_in_streams(plan):
    made = plan.core()
    Fragment.get(made, None)  # elaborates it
    assert made.x.payload.shape() == input_layout(plan.model)
    assert made.y.payload.shape() == output_layout(plan.model)
    assert made.trace.word.shape() == plan.trace.shape
    ends = {"x": wiring.In, "y": wiring.Out, "busy": wiring.Out}
    assert {name: made.signature.members[name].flow for name in ends} == ends


def test_a_plan_tells_what_its_core_needs_from_outside(plan):
    made = plan.core()
    Fragment.get(made, None)
    members, words, table = made.signature.members, plan.loaded_words(), plan.flash_table()
    assert plan.load == ("w" in members) == bool(words)
    assert all(0 <= word < 1 << WEIGHT_BITS for word in words)
    assert (plan.row_bytes > 0) == ("ask" in members) == ("row" in members)
    assert plan.row_bytes == (0 if table is None else table.layout.row_bytes)
    assert plan.cost().flash == (0 if table is None else table.layout.size)


def test_a_plan_tells_what_verification_and_reports_read(plan):
    for number in (plan.lanes, plan.folds, plan.step_cycles, plan.class_cycles):
        assert number >= 1
    assert plan.sequence_cycles(7) > plan.sequence_cycles(3)
    assert pace(plan) == plan.step_cycles
    written = json.loads(json.dumps(plan.to_dict()))
    assert (written["engine"], written["lanes"]) == (plan.engine, plan.lanes)


def test_nothing_else_asks_which_engine_it_is():
    asks = re.compile(r"isinstance\([^)]*Plan\b|\.engine [!=]= |type\(plan\)")
    found = [
        f"{path}: {line.strip()}"
        for folder in ("hw", "sim", "boards", "sweep", "qrnn_hw")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text().splitlines()
        if asks.search(line)
    ]
    assert [line for line in found if "hw/choice.py" not in line] == []
