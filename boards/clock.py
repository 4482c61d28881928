"""The clock of a design: the board's oscillator, or an iCE40 PLL behind it."""

from dataclasses import dataclass

from qrnn_hw.export.errors import BoardError

#: Ranges in MHz, from Lattice's data sheets FPGA-DS-02008 (UltraPlus) and icepll.
PFD_RANGE, VCO_RANGE, OUTPUT_RANGE = (10, 133), (533, 1066), (16, 275)
#: Upper ends, in MHz, of the bands of the loop filter, which are numbered from 1.
_FILTER_BANDS = (17, 26, 44, 66, 101)


@dataclass(frozen=True)
class Clock:
    """An oscillator, multiplied by ``(divf + 1) / ((divr + 1) * 2 ** divq)``.

    Without divisors it is the oscillator itself, and there is no PLL.

    Parameters
    ----------
    oscillator_mhz
        Frequency of the oscillator.
    divr, divf, divq
        Parameters of ``SB_PLL40`` with simple feedback.

    Examples
    --------
    >>> clock = plan_clock(12, 36)
    >>> clock
    Clock(oscillator_mhz=12, divr=0, divf=47, divq=4)
    >>> clock.mhz
    36.0
    """

    oscillator_mhz: float
    divr: int = 0
    divf: int = 0
    divq: int = 0

    @property
    def has_pll(self) -> bool:
        """Whether there is a PLL."""
        return self.divq > 0

    @property
    def pfd_mhz(self) -> float:
        """Frequency at the phase detector."""
        return self.oscillator_mhz / (self.divr + 1)

    @property
    def vco_mhz(self) -> float:
        """Frequency of the PLL's oscillator."""
        return self.pfd_mhz * (self.divf + 1)

    @property
    def mhz(self) -> float:
        """The frequency that the design gets, exactly."""
        return self.vco_mhz / (1 << self.divq)

    @property
    def filter_range(self) -> int:
        """Setting of the PLL's loop filter."""
        return 1 + sum(self.pfd_mhz >= end for end in _FILTER_BANDS)


def plan_clock(oscillator_mhz: float, mhz: float) -> Clock:
    """Return the clock nearest to ``mhz``.

    Raises
    ------
    BoardError
        If the PLL cannot go so low or so high.
    """
    if mhz == oscillator_mhz:
        return Clock(oscillator_mhz)
    if not OUTPUT_RANGE[0] <= mhz <= OUTPUT_RANGE[1]:
        raise BoardError(
            f"the clock must be {oscillator_mhz:g} MHz, or from {OUTPUT_RANGE[0]} to "
            f"{OUTPUT_RANGE[1]} MHz, not {mhz:g} MHz",
            f"--clock-mhz {oscillator_mhz:g} uses the oscillator itself",
        )
    clocks = [
        Clock(oscillator_mhz, divr, divf, divq)
        for divr in range(16)
        for divf in range(128)
        for divq in range(1, 7)
    ]
    legal = [
        clock
        for clock in clocks
        if PFD_RANGE[0] <= clock.pfd_mhz <= PFD_RANGE[1]
        and VCO_RANGE[0] <= clock.vco_mhz <= VCO_RANGE[1]
    ]
    return min(legal, key=lambda clock: abs(clock.mhz - mhz))
