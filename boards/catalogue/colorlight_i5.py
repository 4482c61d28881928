"""The Colorlight i5 in the extension board of MuseLab, whose debugger has a serial port."""

from amaranth.build import Attrs, Clock, Connector, Pins, PinsN, Resource
from amaranth.vendor import LatticeECP5Platform
from amaranth_boards.resources import LEDResources, UARTResource

from qrnn_hw.boards.catalogue.board import Board, SpiHeader
from qrnn_hw.boards.families.ecp5 import LFE5U_25F

_VOLTAGE = Attrs(IO_TYPE="LVCMOS33")


class ColorlightI5Platform(LatticeECP5Platform):  # pyright: ignore  # it is made when asked for
    """What a design of ours uses; amaranth-boards does not have the board.

    Pins are those of github.com/wuxx/Colorlight-FPGA-Projects, module v7.0, and of the extension
    board's schematic.
    """

    device = "LFE5U-25F"
    package = "BG381"
    speed = "6"
    default_clk = "clk25"
    resources = [  # noqa: RUF012 -- Platform declares it so
        Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), _VOLTAGE),
        UARTResource(0, rx="H18", tx="J17", attrs=_VOLTAGE),
        Resource("led", 0, PinsN("U16", dir="o"), _VOLTAGE),
    ]
    connectors = [  # noqa: RUF012
        Connector("pmod_e", 0, "C17 B18 B20 F20 A18 A19 B19 D20"),
        Connector("pmod_f", 0, "D1 C1 C2 E3 E2 D2 B1 A3"),
    ]


COLORLIGHT_I5 = Board(
    name="colorlight-i5",
    platform=ColorlightI5Platform,
    part=LFE5U_25F,
    resources={
        "oscillator": ("clk25", 0, None),
        "rx": ("uart", 0, "rx"),
        "tx": ("uart", 0, "tx"),
        "busy": ("led", 0, None),
        "error": ("pmod_led", 0, None),
        "result": ("pmod_led", 1, None),
    },
    # The module has one LED; an LED module in PMOD E shows the other two.
    extras=tuple(
        LEDResources("pmod_led", pins="1 2", conn=("pmod_e", 0), attrs=_VOLTAGE),
    ),
    oscillator_mhz=25,
    uart="USB of its extension board",
    loader="colorlight-i5",
    spi=SpiHeader("SPI, PMOD F", ("pmod_f", 0), Attrs(IO_TYPE="LVCMOS33", PULLMODE="UP")),
)
