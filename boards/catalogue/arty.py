"""The Digilent Arty A7-35: a Xilinx XC7A35T behind an FT2232H; Vivado makes its bitstream."""

from amaranth.build import Attrs
from amaranth_boards.arty_a7 import ArtyA7_35Platform

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board, SpiHeader
from qrnn_hw.boards.families.xilinx import XC7A35T

ARTY = Board(
    name="arty",
    platform=ArtyA7_35Platform,
    part=XC7A35T,
    resources={"oscillator": ("clk100", 0, None), **SERIAL_AND_LEDS},
    oscillator_mhz=100,
    uart="USB, channel B",
    loader="arty_a7_35t",
    spi=SpiHeader("SPI, PMOD JA", ("pmod", 0), Attrs(IOSTANDARD="LVCMOS33", PULLUP="TRUE")),
)
