"""What a board is: data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from amaranth.build import Pins, Platform

from qrnn_hw.boards.clock import Clock, plan_clock


class Pin(NamedTuple):
    """A pin of a package.

    Parameters
    ----------
    location
        Its name in the package.
    invert
        Whether it is active low.
    pull_up
        Whether it needs a pull-up.
    """

    location: str
    invert: bool
    pull_up: bool


@dataclass(frozen=True)
class Board:
    """A board: a platform of ``amaranth_boards``, and what a design needs to know beyond it.

    Parameters
    ----------
    name
        Name on the command line.
    platform
        Platform class; pins are looked up there.
    resources
        For each port of :class:`qrnn_hw.boards.top.Top`: resource, number, and part of it.
    oscillator_mhz
        Frequency of the oscillator.
    clock_mhz
        Default frequency of the design.
    luts, brams, spram, dsps
        What the device has: logic cells, block RAMs of 4 kbit, RAMs of 256 kbit, multipliers.
    baud
        Default baud rate of the link.
    """

    name: str
    platform: type[Platform]
    resources: Mapping[str, tuple[str, int, str | None]]
    oscillator_mhz: float
    clock_mhz: float
    luts: int
    brams: int
    spram: int
    dsps: int
    baud: int = 1_000_000

    @property
    def device(self) -> str:
        """Name of the FPGA."""
        return self.platform.device

    @property
    def package(self) -> str:
        """Name of its package."""
        return self.platform.package

    def clock(self, mhz: float | None = None) -> Clock:
        """Return the clock nearest to ``mhz``, or to the default.

        Raises
        ------
        BoardError
            If the board has none like it.
        """
        return plan_clock(self.oscillator_mhz, self.clock_mhz if mhz is None else mhz)

    def pins(self) -> dict[str, Pin]:
        """Return the pin of every port, as the platform has it."""
        platform = self.platform()
        platform.add_resources(getattr(platform, "break_off_pmod", []))
        mapping = {
            f"{name}_{number}:{place}": location
            for (name, number), connector in platform.connectors.items()
            for place, location in connector.mapping.items()
        }
        pins = {}
        for port, (name, number, part) in self.resources.items():
            resource = platform.lookup(name, number)
            ios = resource.ios
            if part is not None:
                (ios,) = (inner.ios for inner in ios if inner.name == part)
            (io,) = (io for io in ios if isinstance(io, Pins))
            (location,) = (mapping.get(pin, pin) for pin in io.names)
            pins[port] = Pin(location, io.invert, bool(resource.attrs.get("PULLUP")))
        return pins
