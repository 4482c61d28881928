"""The Sipeed Tang Nano 9K: a Gowin GW1NR-9 behind a BL702."""

from amaranth_boards.tang_nano_9k import TangNano9kPlatform

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board
from qrnn_hw.boards.families.gowin import GW1NR_9

TANG_NANO_9K = Board(
    name="tang-nano-9k",
    platform=TangNano9kPlatform,
    part=GW1NR_9,
    resources={"oscillator": ("clk27", 0, None), **SERIAL_AND_LEDS},
    oscillator_mhz=27,
    uart="USB",
    loader="tangnano9k",
)
