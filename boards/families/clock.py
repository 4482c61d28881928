"""The clock of a design: the board's oscillator, or a PLL behind it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

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


Range = tuple[float, float]
#: What a board's clock may be off the one that is asked for, as a fraction.
NEAR = 0.02


@dataclass(frozen=True)
class Pll:
    """What a device's PLL can do.

    Parameters
    ----------
    settings
        Yields the settings of its dividers for an oscillator, in MHz, the best first of those that
        make the same clock.
    pfd, vco, output
        Lowest and highest frequency at the phase detector, of the PLL's oscillator, and of its
        output, in MHz.
    """

    settings: Callable[[float], Iterable[PllClock]]
    pfd: Range
    vco: Range
    output: Range

    def clocks(self, oscillator_mhz: float) -> tuple[Clock, ...]:
        """List every clock that there is with an oscillator, the slowest first.

        The oscillator itself is one of them, and needs no PLL.
        """
        return _clocks(self, oscillator_mhz)

    def nearest(self, oscillator_mhz: float, mhz: float) -> Clock:
        """Return the clock that comes nearest to ``mhz``.

        Raises
        ------
        BoardError
            If none is near.
        """
        found = min(self.clocks(oscillator_mhz), key=lambda clock: abs(clock.mhz - mhz))
        if abs(found.mhz / mhz - 1) > NEAR:
            low, high = self.output
            raise BoardError(
                f"the clock must be {oscillator_mhz:g} MHz, or near one that the PLL makes from "
                f"{low:g} to {high:g} MHz, not {mhz:g} MHz",
                f"the nearest is --clock-mhz {found.mhz:g}",
            )
        return found


@cache
def _clocks(pll: Pll, oscillator_mhz: float) -> tuple[Clock, ...]:
    found: dict[float, Clock] = {oscillator_mhz: Clock(oscillator_mhz)}
    for clock in pll.settings(oscillator_mhz):
        if (
            pll.pfd[0] <= clock.pfd_mhz <= pll.pfd[1]
            and pll.vco[0] <= clock.vco_mhz <= pll.vco[1]
            and pll.output[0] <= clock.mhz <= pll.output[1]
        ):
            found.setdefault(round(clock.mhz, 6), clock)
    return tuple(found[mhz] for mhz in sorted(found))
