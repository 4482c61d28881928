# amaranth: UnusedElaboratable=no
"""What the top adds to the system: a clock, a reset, and the sense of LEDs."""

import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.design.top import Top
from qrnn_hw.hw.verilog import verilog

BOARD = board("icebreaker")


@pytest.mark.parametrize(("mhz", "pll"), [(36, True), (12, False)])
def test_the_clock_is_the_planned_one(kit, mhz, pll):
    text = verilog(Top(kit.system(kit.identities["small"]), BOARD, BOARD.clock(mhz)), "top")
    assert ("SB_PLL40_PAD" in text) == pll
    for line in [".DIVF(7'h2f)", ".DIVQ(3'h4)", ".FILTER_RANGE(3'h1)"]:
        assert (line in text) == pll


def test_the_system_alone_needs_no_vendor(kit):
    text = verilog(kit.system(kit.identities["small"]), "top")
    assert "SB_" not in text
    head = text[text.index("module top(") :]
    ports = head[len("module top(") : head.index(")")].split(", ")
    assert sorted(ports) == ["busy", "clk", "error", "result", "rst", "rx", "tx"]
