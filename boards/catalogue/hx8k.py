"""Lattice's breakout board of the iCE40HX8K, behind an FT2232H."""

from amaranth_boards.ice40_hx8k_b_evn import ICE40HX8KBEVNPlatform

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board
from qrnn_hw.boards.families.ice40 import HX8K

ICE40_HX8K = Board(
    name="ice40-hx8k",
    platform=ICE40HX8KBEVNPlatform,
    part=HX8K,
    resources={"oscillator": ("clk12", 0, None), **SERIAL_AND_LEDS},
    oscillator_mhz=12,
    uart="USB, channel B",
    loader="ice40_generic",
)
