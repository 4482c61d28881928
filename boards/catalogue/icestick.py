"""The Lattice iCEstick: an iCE40HX1K behind an FT2232H."""

from amaranth.build import Attrs
from amaranth_boards.icestick import ICEStickPlatform

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board, SpiHeader
from qrnn_hw.boards.families.ice40 import HX1K

ICESTICK = Board(
    name="icestick",
    platform=ICEStickPlatform,
    part=HX1K,
    resources={"oscillator": ("clk12", 0, None), **SERIAL_AND_LEDS},
    oscillator_mhz=12,
    uart="USB, channel B",
    loader="ice40_generic",
    spi=SpiHeader("SPI, PMOD", ("pmod", 0), Attrs(PULLUP=1)),
)
