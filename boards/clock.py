"""The clock of a design: the board's oscillator, or a PLL behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from amaranth import Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.export.errors import BoardError


@dataclass(frozen=True)
class Clock:
    """The oscillator itself; the PLL of each family extends it.

    Parameters
    ----------
    oscillator_mhz
        Frequency of the oscillator.
    """

    oscillator_mhz: float

    @property
    def has_pll(self) -> bool:
        """Whether there is a PLL."""
        return False

    @property
    def mhz(self) -> float:
        """The frequency that the design gets, exactly."""
        return self.oscillator_mhz

    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        """Return the vendor's cells between ``oscillator`` and ``clock``; only with a PLL."""
        raise NotImplementedError


Planned = TypeVar("Planned", bound=Clock)


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


def nearest(clocks: Iterable[Planned], mhz: float) -> Planned:
    """Return the clock that comes nearest to ``mhz``, the first of equals."""
    return min(clocks, key=lambda clock: abs(clock.mhz - mhz))
