"""The PLL of an iCE40."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from amaranth import Const, Instance, Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.boards.families.clock import Pll, PllClock

#: Ranges in MHz, from Lattice's data sheets FPGA-DS-02008 (UltraPlus), FPGA-DS-02029 (LP/HX) and
#: icepll.
PFD_RANGE, VCO_RANGE, OUTPUT_RANGE = (10, 133), (533, 1066), (16, 275)
#: Upper ends, in MHz, of the bands of the loop filter, which are numbered from 1.
_FILTER_BANDS = (17, 26, 44, 66, 101)


@dataclass(frozen=True)
class Ice40Clock(PllClock):
    """An oscillator, multiplied by ``(divf + 1) / ((divr + 1) * 2 ** divq)``.

    Parameters
    ----------
    divr, divf, divq
        Parameters of ``SB_PLL40`` with simple feedback.
    pad
        Whether the oscillator is on the pin that belongs to the PLL.

    Examples
    --------
    >>> clock = PAD.nearest(12, 36)
    >>> clock
    Ice40Clock(oscillator_mhz=12, divr=0, divf=47, divq=4, pad=True)
    >>> clock.mhz
    36.0
    """

    divr: int
    divf: int
    divq: int
    pad: bool = True

    @property
    def pfd_mhz(self) -> float:
        return self.oscillator_mhz / (self.divr + 1)

    @property
    def vco_mhz(self) -> float:
        return self.pfd_mhz * (self.divf + 1)

    @property
    def mhz(self) -> float:
        return self.vco_mhz / (1 << self.divq)

    @property
    def filter_range(self) -> int:
        """Setting of the PLL's loop filter."""
        return 1 + sum(self.pfd_mhz >= end for end in _FILTER_BANDS)

    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        source = {"i_PACKAGEPIN" if self.pad else "i_REFERENCECLK": oscillator}
        return Instance(
            "SB_PLL40_PAD" if self.pad else "SB_PLL40_CORE",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(self.divr, 4),
            p_DIVF=Const(self.divf, 7),
            p_DIVQ=Const(self.divq, 3),
            p_FILTER_RANGE=Const(self.filter_range, 3),
            **source,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=clock,
            o_LOCK=locked,
        )


def _settings(pad: bool) -> Callable[[float], Iterator[Ice40Clock]]:
    def settings(oscillator_mhz: float) -> Iterator[Ice40Clock]:
        for divr in range(16):
            for divf in range(128):
                for divq in range(1, 7):
                    yield Ice40Clock(oscillator_mhz, divr, divf, divq, pad)

    return settings


PAD = Pll(_settings(pad=True), PFD_RANGE, VCO_RANGE, OUTPUT_RANGE)
#: For an oscillator on another pin than the PLL's own.
CORE = Pll(_settings(pad=False), PFD_RANGE, VCO_RANGE, OUTPUT_RANGE)
