"""The clocks that a build may have, and the cores that are fast enough at them."""

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.export.errors import BoardError, FitError, OptionError
from qrnn_hw.order import Order
from random_model import random_model

BOARD = board("icebreaker")


@pytest.fixture(scope="module")
def model():
    return random_model(np.random.default_rng(1), 64, 8)


def room(**asked):
    order = Order(**asked)
    return order.room(order.target())


def test_the_fastest_clock_is_left_to_the_router(model):
    found = room()
    best = found.plans(model)[0][0]
    assert found.clocks(best.plan, BOARD) == BOARD.clocks()
    assert found.mhz(best.plan) == clock_mhz(best.plan, BOARD.part)


def test_the_lowest_clock_is_enough_and_no_slower_one_is(model):
    rate = 1_500_000
    found = room(steps_per_second=rate, clock="lowest")
    best = found.plans(model)[0][0]
    (clock,) = found.clocks(best.plan, BOARD)
    slower = [each.mhz for each in BOARD.clocks() if each.mhz < clock.mhz]
    fastest = room().plans(model)[0][0]
    assert slower[-1] * 1e6 / fastest.pace < rate <= clock.mhz * 1e6 / best.pace
    smaller = room(steps_per_second=rate).plans(model)[0][0]
    assert smaller.cost.cells <= best.cost.cells


def test_what_is_slow_needs_no_pll(model):
    found = room(steps_per_second=1, clock="lowest")
    best = found.plans(model)[0][0]
    assert found.clocks(best.plan, BOARD) == [BOARD.clock(12)]
    assert best.cost.cells == min(one.cost.cells for one in room().plans(model)[0])


def test_a_rate_beyond_every_clock_is_refused(model):
    found = room(steps_per_second=1e9, clock="lowest")
    with pytest.raises(FitError, match="a step must take 0 cycles or fewer"):
        found.plans(model)
    with pytest.raises(FitError, match=r"^the clock must be \d+ MHz for 1e\+09 steps a second"):
        found.clocks(room().plans(model)[0][0].plan, BOARD)


def test_a_fixed_clock_is_the_nearest_of_the_pll(model):
    found = room(clock_mhz=40)
    assert (found.clock.mhz, found.mhz(None)) == (39.75, 39.75)
    assert found.clocks(room().plans(model)[0][0].plan, BOARD) == [found.clock]


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"clock_mhz": 14}, BoardError, "the clock must be 12 MHz, or near one that the PLL makes"),
        ({"clock_mhz": 16.5}, BoardError, "baud must be within 2 % of a clock of 16.5 MHz"),
        ({"clock": "slow"}, OptionError, "clock: 'slow' is not one of 'fastest', 'lowest'"),
        ({"clock": "lowest"}, OptionError, "--clock lowest needs --steps-per-second"),
        (
            {"clock": "lowest", "clock_mhz": 36, "steps_per_second": 9},
            OptionError,
            "--clock-mhz fixes it",
        ),
        (
            {"clock": "lowest", "steps_per_second": 9, "board": "none"},
            OptionError,
            "--board none has none",
        ),
        (
            {"clock": "lowest", "steps_per_second": 9, "verilog_only": True},
            OptionError,
            "--verilog-only sets none",
        ),
    ],
)
def test_what_cannot_be_is_refused(asked, error, message):
    with pytest.raises(error, match=message.replace("(", r"\(")):
        room(**asked)


def test_a_table_in_flash_bounds_the_clock():
    model = random_model(np.random.default_rng(4), 8, 6, vocabulary=300)
    plan = room().plans(model)[0][0].plan
    assert room().clocks(plan, BOARD)[-1].mhz == 48
    with pytest.raises(BoardError, match="must have a clock of 48 MHz or less, not 54 MHz"):
        room(clock_mhz=54).clocks(plan, BOARD)


def test_a_board_that_vivado_routes_keeps_its_clock(model):
    found = room(board="arty")
    best = found.plans(model)[0][0]
    assert [each.mhz for each in found.clocks(best.plan, board("arty"))] == [75]


def test_the_fastest_is_the_one_of_most_steps_a_second(model, monkeypatch):
    """Not the one of the fewest cycles, if its clock is so much slower."""
    monkeypatch.setattr("qrnn_hw.room.clock_mhz", lambda plan, device: 40.0)
    assert room().plans(model)[0][0].plan.lanes == 64
    slow = {64: 10.0}
    monkeypatch.setattr("qrnn_hw.room.clock_mhz", lambda plan, device: slow.get(plan.lanes, 40.0))
    assert room().plans(model)[0][0].plan.lanes == 32
