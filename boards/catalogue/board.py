"""A board: its device, its pins, and what a design has to know beyond them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from amaranth.build import Attrs, Pins, Resource, Subsignal

from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.families.family import Device, Family, Pin
from qrnn_hw.boards.link.gateware.link import LINKS
from qrnn_hw.boards.link.gateware.uart import divides, divisor
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
class SpiHeader:
    """Pins of a connector that a microcontroller's SPI goes to.

    Parameters
    ----------
    where
        The connector and its pins, in words.
    connector
        Its name and number in the platform.
    cs, copi, cipo, sck
        Its pins.
    attributes
        What a pin needs so that one that nothing is connected to is high: CS is then idle.
    """

    where: str
    connector: tuple[str, int]
    attributes: Attrs
    cs: str = "1"
    copi: str = "2"
    cipo: str = "3"
    sck: str = "4"

    @property
    def resource(self) -> Resource:
        """The pins, as a platform has them."""
        pins = {"sck": (self.sck, "i"), "cs": (self.cs, "i"),
                "copi": (self.copi, "i"), "cipo": (self.cipo, "oe")}  # fmt: skip
        return Resource(
            "spi_link", 0,
            *(Subsignal(name, Pins(pin, dir=way, conn=self.connector))
              for name, (pin, way) in pins.items()),
            self.attributes,
        )  # fmt: skip


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
        Where the link goes, in words: the serial line of its UART.
    extras
        Resources beyond those of the platform, such as pins of a connector.
    baud
        Default baud rate of the link.
    loader
        Name that openFPGALoader knows it by; "" if it does not.
    flash
        A flash that designs can read; None if no reader of ours fits it.
    spi
        Where an SPI link goes; None if there is no place for it.
    link
        Its link, of :data:`~qrnn_hw.boards.link.gateware.link.LINKS`.
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
    spi: SpiHeader | None = None
    link: str = "uart"

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

    def with_link(self, link: str) -> "Board":
        """Return the board with another link, and its pins in place of the UART's.

        Raises
        ------
        BoardError
            If there is no such link, or the board has no place for it.
        """
        if link not in LINKS:
            raise BoardError(f"the link must be one of {', '.join(LINKS)}, not {link!r}")
        if link == self.link:
            return self
        if self.spi is None:
            raise BoardError(
                f"the board must have a header for an SPI link, and {self.name} has none here",
                "`qrnn-hw boards` tells which have; or leave --link out",
            )
        kept = {port: at for port, at in self.resources.items() if port not in LINKS[self.link]}
        there = {port: ("spi_link", 0, port) for port in LINKS[link]}
        extras = (*self.extras, self.spi.resource)
        return replace(
            self, link=link, uart=self.spi.where, resources={**kept, **there}, extras=extras
        )

    def divisor(self, clock: Clock) -> int:
        """Return the clock cycles of a bit of the UART; 0 of a link without one.

        Raises
        ------
        BoardError
            If the baud rate cannot be made from the clock.
        """
        return divisor(clock.mhz * 1e6, self.baud) if self.link == "uart" else 0

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
        """List the clocks that the link works with, the slowest first.

        Parameters
        ----------
        reads_flash
            Whether the design reads the board's flash, which has to follow.
        """
        end = self.flash.fastest_mhz if reads_flash and self.flash else inf
        return [
            clock
            for clock in self.part.pll.clocks(self.oscillator_mhz)
            if clock.mhz <= end and (self.link != "uart" or divides(clock.mhz * 1e6, self.baud))
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
