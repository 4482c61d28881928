"""A board: its device, its pins, and what a design has to know beyond them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from amaranth.build import Pins, Resource

from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.families.family import Device, Family, Pin
from qrnn_hw.boards.link.gateware.uart import divides
from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.cost import Room

#: The resources of most platforms for the serial line and the lights.
SERIAL_AND_LEDS: Mapping[str, tuple[str, int, str | None]] = {
    "rx": ("uart", 0, "rx"),
    "tx": ("uart", 0, "tx"),
    "busy": ("led", 0, None),
    "error": ("led", 1, None),
    "result": ("led", 2, None),
}


@dataclass(frozen=True)
class Flash:
    """A quad SPI flash that the design can read, too.

    Parameters
    ----------
    base, size
        Where a table may begin, behind the bitstream; and bytes of the flash.
    fastest_mhz
        The fastest clock of a design that reads it; docs/flash.md has the budget.
    resources
        As those of a board, for the ports of :class:`~qrnn_hw.boards.design.flash_pins.FlashPins`.
    """

    base: int
    size: int
    fastest_mhz: float
    resources: Mapping[str, tuple[str, int, str | None]]


@dataclass(frozen=True)
class Board:
    """A board: a platform of ``amaranth_boards``, and what a design needs to know beyond it.

    Parameters
    ----------
    name
        Name on the command line.
    platform
        Platform class; pins are looked up there.
    part
        The device.
    resources
        For each port of :class:`qrnn_hw.boards.design.top.Top`: resource, number, and part of it.
    oscillator_mhz
        Frequency of the oscillator.
    uart
        Where the serial line goes, in words.
    extras
        Resources beyond those of the platform, such as pins of a connector.
    baud
        Default baud rate of the link.
    loader
        Name that openFPGALoader knows it by; "" if it does not.
    flash
        A flash that designs can read; None if no reader of ours fits it.
    """

    name: str
    platform: type[Any]
    part: Device
    resources: Mapping[str, tuple[str, int, str | None]]
    oscillator_mhz: float
    uart: str
    extras: tuple[Resource, ...] = ()
    baud: int = 1_000_000
    loader: str = ""
    flash: Flash | None = None

    @property
    def device(self) -> str:
        """Name of the FPGA."""
        return self.part.name

    @property
    def family(self) -> Family:
        """How designs for it are made."""
        return self.part.family

    @property
    def package(self) -> str:
        """Name of the FPGA's package."""
        return self.platform.package

    @property
    def room(self) -> Room:
        """What a design may take of the FPGA, and of the flash."""
        return replace(self.part.room, flash=self.flash.size - self.flash.base if self.flash else 0)

    def with_flash(self) -> "Board":
        """Return the board with the pins of its flash among the others.

        Raises
        ------
        BoardError
            If it has none that a design can read.
        """
        if self.flash is None:
            raise BoardError(
                f"the board must have a flash that designs read, and {self.name} has none",
                "`qrnn-hw boards` tells which have; or use up to 256 tokens",
            )
        return replace(self, resources={**self.resources, **self.flash.resources})

    @property
    def bitstream(self) -> str | None:
        """Name of the file that a build leaves for it, or None if another tool has to make it."""
        suffix = self.family.bitstream_suffix
        return f"{self.name}{suffix}" if suffix else None

    def clock(self, mhz: float | None = None) -> Clock:
        """Return the clock nearest to ``mhz``, or to what designs for the device reach.

        Raises
        ------
        BoardError
            If the board has none near it.
        """
        return self.part.pll.nearest(self.oscillator_mhz, mhz or self.part.clock_mhz)

    def clocks(self, *, reads_flash: bool = False) -> list[Clock]:
        """List the clocks that the serial line works with, the slowest first.

        Parameters
        ----------
        reads_flash
            Whether the design reads the board's flash, which has to follow.
        """
        end = self.flash.fastest_mhz if reads_flash and self.flash else inf
        return [
            clock
            for clock in self.part.pll.clocks(self.oscillator_mhz)
            if clock.mhz <= end and divides(clock.mhz * 1e6, self.baud)
        ]

    def pins(self) -> dict[str, Pin]:
        """Return the pin of every port, as the platform has it."""
        platform = self.platform()
        platform.add_resources(self.extras)
        mapping = {
            f"{name}_{number}:{place}": location
            for (name, number), connector in platform.connectors.items()
            for place, location in connector.mapping.items()
        }
        pins = {}
        for port, (name, number, part) in self.resources.items():
            resource = platform.lookup(name, number)
            ios, attributes = resource.ios, dict(resource.attrs)
            if part is not None:
                (inner,) = (inner for inner in ios if inner.name == part)
                ios, attributes = inner.ios, attributes | dict(inner.attrs)
            (io,) = (io for io in ios if isinstance(io, Pins))
            (location,) = (mapping.get(pin, pin) for pin in io.names)
            pins[port] = Pin(location, io.invert, attributes)
        return pins
