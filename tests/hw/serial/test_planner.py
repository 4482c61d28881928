"""Which number of lanes is chosen, and why larger ones are not."""

import numpy as np
import pytest

from qrnn_hw.export.errors import FitError
from qrnn_hw.hw import planner
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.planner import block_rams, candidates, choose, logic_cells
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
    for lanes in (1, 2, 4, 8, 16, 32, 64):
        need = logic_cells(SerialPlan(model, lanes)) + LINK["link_cells"]
        cells = int(np.ceil(need / planner.ROOM))
        plan, refused = choose(model, cells, 1 << 10, **LINK)
        assert plan.lanes == lanes
        assert len(refused) == 6 - lanes.bit_length() + 1
        if lanes > 1:
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
    cells = [logic_cells(plan) for plan in plans]
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
