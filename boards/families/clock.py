"""The clock of a design: the board's oscillator, or a PLL behind it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from amaranth import Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.export.errors import BoardError


@dataclass(frozen=True)
class Clock:
    """The oscillator itself.

    Parameters
    ----------
    oscillator_mhz
        Frequency of the oscillator.
    """

    oscillator_mhz: float

    @property
    def mhz(self) -> float:
        """The frequency that the design gets, exactly."""
        return self.oscillator_mhz


class PllClock(Clock, ABC):
    """A PLL behind the oscillator; that of each family extends it by its dividers."""

    @property
    @abstractmethod
    def pfd_mhz(self) -> float:
        """Frequency at the phase detector."""

    @property
    @abstractmethod
    def vco_mhz(self) -> float:
        """Frequency of the PLL's oscillator."""

    @property
    @abstractmethod
    def mhz(self) -> float: ...

    @abstractmethod
    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        """Return the vendor's cells between ``oscillator`` and ``clock``."""


Planned = TypeVar("Planned", bound=PllClock)
Range = tuple[float, float]


def require_output(oscillator_mhz: float, mhz: float, low: float, high: float) -> None:
    """Refuse a frequency that a PLL cannot make.

    Raises
    ------
    BoardError
        If it is below ``low`` or above ``high``.
    """
    if not low <= mhz <= high:
        raise BoardError(
            f"the clock must be {oscillator_mhz:g} MHz, or from {low:g} to {high:g} MHz, not "
            f"{mhz:g} MHz",
            f"--clock-mhz {oscillator_mhz:g} uses the oscillator itself",
        )


def nearest(clocks: Iterable[Planned], mhz: float, pfd_range: Range, vco_range: Range) -> Planned:
    """Return the clock that comes nearest to ``mhz``, the first of equals, of those in range.

    Parameters
    ----------
    pfd_range, vco_range
        Lowest and highest frequency at the phase detector and of the PLL's oscillator, in MHz.
    """
    legal = (
        clock
        for clock in clocks
        if pfd_range[0] <= clock.pfd_mhz <= pfd_range[1]
        and vco_range[0] <= clock.vco_mhz <= vco_range[1]
    )
    return min(legal, key=lambda clock: abs(clock.mhz - mhz))
