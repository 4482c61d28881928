"""The OrangeCrab r0.2: an ECP5 whose USB is its own, without a bridge to a serial line."""

from dataclasses import replace

from amaranth.build import Attrs
from amaranth_boards.orangecrab_r0_2 import (
    OrangeCrabR0_2_25FPlatform,
    OrangeCrabR0_2_85FPlatform,
)
from amaranth_boards.resources import UARTResource

from qrnn_hw.boards.catalogue.board import Board, SpiHeader
from qrnn_hw.boards.families.ecp5 import LFE5U_25F, LFE5U_85F

_LINE = Attrs(IO_TYPE="LVCMOS33", PULLMODE="UP")  # A line that nothing is connected to is idle.

ORANGECRAB = tuple(
    Board(
        name=f"orangecrab-{size}",
        platform=platform,
        part=replace(part, speed="ECP5-8"),
        resources={
            "oscillator": ("clk", 0, None),
            "rx": ("uart", 0, "rx"),
            "tx": ("uart", 0, "tx"),
            "busy": ("rgb_led", 0, "g"),
            "error": ("rgb_led", 0, "r"),
            "result": ("rgb_led", 0, "b"),
        },
        # The pins that a Feather has its serial line on: an adapter of 3.3 V goes there.
        extras=(UARTResource(0, rx="0", tx="1", conn=("io", 0), attrs=_LINE),),
        oscillator_mhz=48,
        uart="header pins 0 (rx), 1 (tx)",
        loader="orangeCrab",
        spi=SpiHeader(
            "SPI, header pins SCK, MO, MI and 10 (CS)",
            ("io", 0),
            _LINE,
            cs="10",
            copi="copi",
            cipo="cipo",
            sck="sck",
        ),
    )
    for size, platform, part in (
        ("25f", OrangeCrabR0_2_25FPlatform, LFE5U_25F),
        ("85f", OrangeCrabR0_2_85FPlatform, LFE5U_85F),
    )
)
