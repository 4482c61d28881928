"""What serial cores are estimated to take."""

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.cost import Cost, blocks
from qrnn_hw.hw.serial import cost as costs
from qrnn_hw.hw.serial.cost import block_rams, cost, logic_cells, masked
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model


@pytest.fixture
def model():
    return random_model(np.random.default_rng(30), 64, 8)


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
    found = list(SerialPlan.plans(kind, asked=True))
    plan = found[0]
    lanes = [most >> k for k in range(most.bit_length())]
    ways = 2 if kind.inputs.channels == 9 or kind.inputs.vocabulary else 1
    assert [one.lanes for one in found] == lanes * ways
    taken = Cost(logic_cells(plan), block_rams(plan), int(plan.accumulates))
    assert plan.cost() == cost(plan) == taken
    assert taken.cells > 9 * most
    assert taken.rams >= most // 16


def test_tables_inside_come_before_tables_outside():
    def outside(vocabulary):
        words = random_model(np.random.default_rng(33), 16, 8, vocabulary=vocabulary)
        found = SerialPlan.plans(words, asked=True)
        return [(one.fetches, one.lanes, one.cost().flash > 0) for one in found]

    lanes = [16, 8, 4, 2, 1]
    stored, fetched = ([(where, one, where) for one in lanes] for where in (False, True))
    assert outside(256) == stored + fetched
    assert outside(257) == fetched


def test_channels_that_lanes_select_come_before_those_that_are_summed():
    def ways(channels):
        model = random_model(np.random.default_rng(34), 16, 8, channels=channels)
        return [one.accumulates for one in SerialPlan.plans(model, asked=True)]

    assert ways(1) == 5 * [False]
    assert ways(2) == ways(16) == 5 * [False] + 5 * [True]
    assert ways(17) == 5 * [True]
    words = random_model(np.random.default_rng(35), 8, 8, vocabulary=9)
    with pytest.raises(ModelError, match=r"^inputs that are summed must be numbers$"):
        SerialPlan(words, 4, accumulates=True)


def test_no_plans_for_what_the_engine_does_not_take():
    dense = random_model(np.random.default_rng(32), 8, 8, weights="ternary")
    with pytest.raises(ModelError, match=r"^the serial engine must have hadamard weights"):
        next(SerialPlan.plans(dense, asked=True))


BLOCKS = {"block": 16, "classes": 6}
PLAIN = {**BLOCKS, "origin_bits": 0}
# Synthesised for the iCE40 UP5K: cells and block RAMs of cores of random_model(default_rng(5), ...)
MEASURED = [
    pytest.param(64, 12, 64, {"vocabulary": 10, "classes": 9, "every": True}, 1917, 10, id="copy"),
    pytest.param(128, 12, 128, {"vocabulary": 10, "classes": 9, "every": True}, 3699, 18, id="128"),
    pytest.param(128, 12, 32, {"channels": 9, "classes": 6}, 3477, 8, id="nine-channels"),
    pytest.param(128, 12, 64, {"channels": 45, "classes": 19}, 2629, 21, id="45-channels"),
    pytest.param(64, 10, 32, {"channels": 2, "biased": True, "classes": 4}, 1595, 7, id="bias"),
    pytest.param(256, 10, 16, {"classes": 5}, 1539, 9, id="16-words"),
    pytest.param(64, 12, 64, {"classes": 4, "origin_bits": 0}, 1669, 5, id="no-origin"),
    pytest.param(128, 12, 32, {**BLOCKS, "decays": (5, 3)}, 1479, 4, id="decay"),
    pytest.param(128, 12, 32, {**BLOCKS, "layer": 16}, 1370, 6, id="layer"),
    pytest.param(128, 12, 32, {**PLAIN, "pool": Pool("mean", 128, 0)}, 1267, 4, id="mean"),
    pytest.param(128, 12, 32, {**PLAIN, "pool": Pool("mean", 65536, 0)}, 1343, 5, id="long-mean"),
    pytest.param(128, 12, 32, {**PLAIN, "pool": Pool("count", 128, 0)}, 1215, 4, id="count"),
    pytest.param(128, 12, 32, {**PLAIN, "pool": Pool("mean", 0, 7)}, 1408, 4, id="mean-leaks"),
    pytest.param(128, 12, 32, {**PLAIN, "pool": Pool("count", 0, 5)}, 1359, 4, id="count-leaks"),
    pytest.param(
        64, 12, 64, {"vocabulary": 10000, "classes": 9, "every": True}, 1853, 10, id="outside"
    ),
]


@pytest.mark.parametrize(("hidden", "state_bits", "lanes", "options", "cells", "rams"), MEASURED)
def test_estimates_are_near_synthesis(hidden, state_bits, lanes, options, cells, rams):
    model = random_model(np.random.default_rng(5), hidden, state_bits, **options)
    plan = SerialPlan(model, lanes)
    assert logic_cells(plan) == pytest.approx(cells, rel=0.1)
    assert rams <= block_rams(plan) <= rams + 1


# As yosys mapped networks for permuted MNIST: of 64 units, reads of two bits take more block RAMs,
# which saves it choices among them.
@pytest.mark.parametrize(("units", "lanes", "rams"), [(64, 16, 30), (60, 32, 28)])
def test_block_rams_of_many_units_are_those_of_synthesis(units, lanes, rams):
    model = random_model(np.random.default_rng(5), 256, 12, layer=units, classes=10)
    plan = SerialPlan(model, lanes)
    written = sum(blocks(*each[:2]) for each in masked(plan))
    assert (block_rams(plan), written) == (rams, 24 if units == 64 else 20)


def test_more_lanes_take_more_cells_and_fewer_cycles(model):
    plans = [SerialPlan(model, 1 << k) for k in range(7)]
    # With very few lanes, the memories between words, and what chooses by words, cost more.
    cells = [logic_cells(plan) for plan in plans[3:]]
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
    assert costs._multiplexers(choices) == count
