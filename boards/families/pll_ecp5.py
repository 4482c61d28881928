"""The PLL of an ECP5."""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth import Const, Instance, Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.boards.families.clock import Pll, PllClock

#: Ranges in MHz, those of ecppll.
PFD_RANGE, VCO_RANGE, OUTPUT_RANGE = (3.125, 400), (400, 800), (10, 400)
DIVIDERS = range(1, 129)


@dataclass(frozen=True)
class Ecp5Clock(PllClock):
    """An oscillator, multiplied by ``clkfb / clki``; the PLL's own runs ``clkop`` times as fast.

    Parameters
    ----------
    clki, clkfb, clkop
        Dividers of ``EHXPLLL``, whose feedback comes from its primary output.

    Examples
    --------
    >>> clock = ECP5_PLL.nearest(25, 75)
    >>> clock
    Ecp5Clock(oscillator_mhz=25, clki=1, clkfb=3, clkop=8)
    >>> clock.mhz, clock.vco_mhz
    (75.0, 600.0)
    """

    clki: int
    clkfb: int
    clkop: int

    @property
    def pfd_mhz(self) -> float:
        return self.oscillator_mhz / self.clki

    @property
    def vco_mhz(self) -> float:
        return self.mhz * self.clkop

    @property
    def mhz(self) -> float:
        return self.pfd_mhz * self.clkfb

    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        return Instance(
            "EHXPLLL",
            # Analog settings, those of ecppll, which nextpnr passes on to the bitstream.
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_CLKI_DIV=self.clki,
            p_CLKFB_DIV=self.clkfb,
            p_FEEDBK_PATH="CLKOP",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=self.clkop,
            # As ecppll has it; no other clock depends on the phase of this one.
            p_CLKOP_CPHASE=self.clkop // 2,
            p_CLKOP_FPHASE=0,
            i_CLKI=oscillator,
            i_CLKFB=clock,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0),
            o_CLKOP=clock,
            o_LOCK=locked,
        )


def _settings(oscillator_mhz: float) -> Iterator[Ecp5Clock]:
    """Yield settings, the PLL's oscillator in the middle of its range."""
    middle = sum(VCO_RANGE) / 2
    for clki in DIVIDERS:
        for clkfb in DIVIDERS:
            clkop = round(middle / oscillator_mhz * clki / clkfb)
            yield Ecp5Clock(oscillator_mhz, clki, clkfb, max(1, min(clkop, DIVIDERS[-1])))


ECP5_PLL = Pll(_settings, PFD_RANGE, VCO_RANGE, OUTPUT_RANGE)
