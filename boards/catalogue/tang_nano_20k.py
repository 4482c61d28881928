"""The Sipeed Tang Nano 20K: a Gowin GW2AR-18 behind a BL616."""

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import GowinPlatform
from amaranth_boards.resources import LEDResources, UARTResource

from qrnn_hw.boards.catalogue.board import SERIAL_AND_LEDS, Board
from qrnn_hw.boards.families.gowin import GW2AR_18

_VOLTAGE = Attrs(IO_TYPE="LVCMOS33")


class TangNano20kPlatform(GowinPlatform):  # pyright: ignore  # it is made when asked for
    """What a design of ours uses; amaranth-boards does not have the board.

    Pins are those of its schematic (wiki.sipeed.com, Tang Nano 20K).
    """

    part = "GW2AR-LV18QN88C8/I7"
    family = "GW2AR-18C"
    default_clk = "clk27"
    resources = [  # noqa: RUF012 -- Platform declares it so
        Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), _VOLTAGE),
        UARTResource(0, rx="70", tx="69", attrs=Attrs(PULL_MODE="UP", IO_TYPE="LVCMOS33")),
        *LEDResources(pins="15 16 17 18 19 20", invert=True, attrs=_VOLTAGE),
    ]
    connectors = ()


TANG_NANO_20K = Board(
    name="tang-nano-20k",
    platform=TangNano20kPlatform,
    part=GW2AR_18,
    resources={"oscillator": ("clk27", 0, None), **SERIAL_AND_LEDS},
    oscillator_mhz=27,
    uart="USB",
    loader="tangnano20k",
)
