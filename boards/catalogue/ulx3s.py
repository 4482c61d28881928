"""The Radiona ULX3S: an ECP5 behind an FT231X."""

from amaranth.build import Attrs
from amaranth_boards.ulx3s import ULX3S_12F_Platform, ULX3S_25F_Platform, ULX3S_85F_Platform

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board, SpiHeader
from qrnn_hw.boards.families.ecp5 import LFE5U_12F, LFE5U_25F, LFE5U_85F

ULX3S = tuple(
    Board(
        name=f"ulx3s-{size}",
        platform=platform,
        part=part,
        resources={"oscillator": ("clk25", 0, None), **SERIAL_AND_LEDS},
        oscillator_mhz=25,
        uart="USB",
        loader="ulx3s",
        spi=SpiHeader(
            "SPI, header GP0 (CS) to GP3 (SCK)",
            ("gpio", 0),
            Attrs(IO_TYPE="LVCMOS33", PULLMODE="UP"),
            cs="0+",
            copi="1+",
            cipo="2+",
            sck="3+",
        ),
    )
    for size, platform, part in (
        ("12f", ULX3S_12F_Platform, LFE5U_12F),
        ("25f", ULX3S_25F_Platform, LFE5U_25F),
        ("85f", ULX3S_85F_Platform, LFE5U_85F),
    )
)
