"""Which number of lanes is chosen, and why larger ones are not."""

import numpy as np
import pytest

from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.serial import planner
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.planner import block_rams, candidates, choose, cost, logic_cells, plans
from qrnn_hw.sim.random_model import random_model

LINK = {"link_cells": 400, "link_rams": 4}


@pytest.fixture
def model():
    return random_model(np.random.default_rng(30), 64, 8)


def test_all_lanes_where_there_is_room(model):
    plan, refused = choose(model, 1 << 20, 1 << 10, **LINK)
    assert plan == SerialPlan(model, 64)
    assert refused == []


def test_the_most_lanes_that_have_room(model):
    for lanes in (4, 8, 16, 32, 64):
        need = logic_cells(SerialPlan(model, lanes)) + LINK["link_cells"]
        cells = int(np.ceil(need / planner.ROOM))
        plan, refused = choose(model, cells, 1 << 10, **LINK)
        assert plan.lanes == lanes
        assert len(refused) == 6 - lanes.bit_length() + 1
        if lanes > 4:
            fewer, _ = choose(model, cells - 2, 1 << 10, **LINK)
            assert fewer.lanes == lanes // 2


def test_block_rams_can_be_what_is_scarce(model):
    all_lanes = block_rams(SerialPlan(model, 64)) + LINK["link_rams"]
    plan, refused = choose(model, 1 << 20, all_lanes - 1, **LINK)
    assert plan.lanes < 64
    assert refused[0] == f"64 lanes: {all_lanes} block RAMs of {all_lanes - 1}"


def test_a_reason_for_every_plan_that_has_no_room(model):
    need = logic_cells(SerialPlan(model, 64)) + LINK["link_cells"]
    plans = list(candidates(model, 1000, 1 << 10, **LINK))
    assert [plan.lanes for plan, _ in plans] == [64, 32, 16, 8, 4, 2, 1]
    assert plans[0][1] == f"about {need} logic cells, of which 900 can be placed"


@pytest.mark.parametrize(
    ("hidden", "most", "options"),
    [
        pytest.param(96, 32, {"block": 16}, id="not-a-power-of-two"),
        pytest.param(64, 64, {"vocabulary": 10, "every": True}, id="tokens"),
        pytest.param(64, 64, {"channels": 9, "biased": True}, id="channels"),
        pytest.param(64, 64, {"channels": 45}, id="many-channels"),
    ],
)
def test_every_kind_of_model_is_planned(hidden, most, options):
    kind = random_model(np.random.default_rng(31), hidden, 8, **options)
    plan, _ = choose(kind, 1 << 20, 1 << 10, **LINK)
    assert plan.lanes == most
    found = dict(plans(kind))
    assert [one.lanes for one in found] == [most >> k for k in range(most.bit_length())]
    assert (
        found[plan]
        == cost(plan)
        == Cost(logic_cells(plan), block_rams(plan), int(plan.accumulates))
    )
    assert found[plan].cells > 9 * most
    assert found[plan].rams >= most // 16


def test_no_plans_for_what_the_engine_does_not_take():
    dense = random_model(np.random.default_rng(32), 8, 8, weights="ternary")
    with pytest.raises(ModelError, match=r"^the serial engine must have hadamard weights"):
        next(plans(dense))


# Synthesised for the iCE40 UP5K: cells and block RAMs of cores of random_model(default_rng(5), ...)
MEASURED = [
    pytest.param(64, 12, 64, {"vocabulary": 10, "classes": 9, "every": True}, 1917, 10, id="copy"),
    pytest.param(128, 12, 128, {"vocabulary": 10, "classes": 9, "every": True}, 3699, 18, id="128"),
    pytest.param(128, 12, 32, {"channels": 9, "classes": 6}, 3477, 8, id="nine-channels"),
    pytest.param(128, 12, 64, {"channels": 45, "classes": 19}, 2924, 21, id="45-channels"),
    pytest.param(64, 10, 32, {"channels": 2, "biased": True, "classes": 4}, 1595, 7, id="bias"),
    pytest.param(256, 10, 16, {"classes": 5}, 1539, 9, id="16-words"),
]


@pytest.mark.parametrize(("hidden", "state_bits", "lanes", "options", "cells", "rams"), MEASURED)
def test_estimates_are_near_synthesis(hidden, state_bits, lanes, options, cells, rams):
    model = random_model(np.random.default_rng(5), hidden, state_bits, **options)
    plan = SerialPlan(model, lanes)
    assert logic_cells(plan) == pytest.approx(cells, rel=0.1)
    assert rams <= block_rams(plan) <= rams + 1


def test_not_even_one_lane(model):
    need = logic_cells(SerialPlan(model, 1)) + LINK["link_cells"]
    message = (
        f"^the model must fit 500 logic cells and 32 block RAMs; 1 lanes: about {need} logic "
        "cells, of which 450 can be placed$"
    )
    with pytest.raises(FitError, match=message) as caught:
        choose(model, 500, 32, **LINK)
    assert caught.value.hint == "use fewer hidden units, fewer classes, or a larger board"
    assert caught.value.exit_code == 5


def test_more_lanes_take_more_cells_and_fewer_cycles(model):
    plans = [SerialPlan(model, 1 << k) for k in range(7)]
    # With very few lanes, the words that these choose by cost what lanes save.
    cells = [logic_cells(plan) for plan in plans[2:]]
    cycles = [plan.sequence_cycles(100) for plan in plans]
    assert cells == sorted(set(cells))
    assert cycles == sorted(set(cycles), reverse=True)


@pytest.mark.parametrize(
    ("choices", "count"),
    [
        pytest.param([(1, 1, 1, 1)], 0, id="the-same-in-all-words"),
        pytest.param([(1, 2)], 1, id="two-words"),
        pytest.param([(1, 2), (1, 2), (2, 1)], 2, id="shared-between-lanes"),
        pytest.param([(1, 2, 3, 4)], 3, id="four-words"),
        pytest.param([(1, 2, 1, 2)], 1, id="shared-within-a-lane"),
    ],
)
def test_multiplexers_are_counted_once(choices, count):
    assert planner._multiplexers(choices) == count
