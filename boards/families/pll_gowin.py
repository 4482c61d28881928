"""The PLL of Gowin's LittleBee (GW1N) and Arora (GW2A) devices."""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth import Const, Instance, Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.boards.families.clock import Pll, PllClock

DIVIDERS, OUTPUT_DIVIDERS = range(1, 65), (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
SLOWEST_PFD_MHZ = 3


@dataclass(frozen=True)
class GowinClock(PllClock):
    """An oscillator, multiplied by ``fbdiv / idiv``; the PLL's own runs ``odiv`` times as fast.

    Parameters
    ----------
    idiv, fbdiv, odiv
        Dividers of ``rPLL``.
    device
        What it calls the device that it is in.

    Examples
    --------
    >>> clock = gowin_pll("GW1NR-9C", (400, 1200), 400).nearest(27, 54)
    >>> clock
    GowinClock(oscillator_mhz=27, idiv=1, fbdiv=2, odiv=8, device='GW1NR-9C')
    >>> clock.mhz, clock.vco_mhz
    (54.0, 432.0)
    """

    idiv: int
    fbdiv: int
    odiv: int
    device: str

    @property
    def pfd_mhz(self) -> float:
        return self.oscillator_mhz / self.idiv

    @property
    def vco_mhz(self) -> float:
        return self.mhz * self.odiv

    @property
    def mhz(self) -> float:
        return self.oscillator_mhz * self.fbdiv / self.idiv

    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        return Instance(
            "rPLL",
            p_FCLKIN=f"{self.oscillator_mhz:g}",
            p_DEVICE=self.device,
            p_DYN_IDIV_SEL="false",
            p_IDIV_SEL=self.idiv - 1,
            p_DYN_FBDIV_SEL="false",
            p_FBDIV_SEL=self.fbdiv - 1,
            p_DYN_ODIV_SEL="false",
            p_ODIV_SEL=self.odiv,
            p_PSDA_SEL="0000",
            p_DUTYDA_SEL="1000",
            p_DYN_DA_EN="false",
            p_CLKFB_SEL="internal",
            p_CLKOUT_BYPASS="false",
            p_CLKOUTP_BYPASS="false",
            p_CLKOUTD_BYPASS="false",
            p_DYN_SDIV_SEL=2,
            i_CLKIN=oscillator,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=clock,
            o_LOCK=locked,
        )


def gowin_pll(device: str, vco_range: tuple[float, float], fastest_pfd_mhz: float) -> Pll:
    """Return the PLL of a device.

    Parameters
    ----------
    device
        What ``rPLL`` calls it.
    vco_range, fastest_pfd_mhz
        Range of the PLL's oscillator and highest frequency at its phase detector, in MHz, from the
        data sheets DS117 (GW1NR) and DS226 (GW2AR).
    """

    def settings(oscillator_mhz: float) -> Iterator[GowinClock]:
        for idiv in DIVIDERS:
            for fbdiv in DIVIDERS:
                for odiv in OUTPUT_DIVIDERS:
                    yield GowinClock(oscillator_mhz, idiv, fbdiv, odiv, device)

    output = vco_range[0] / OUTPUT_DIVIDERS[-1], vco_range[1] / OUTPUT_DIVIDERS[0]
    return Pll(settings, (SLOWEST_PFD_MHZ, fastest_pfd_mhz), vco_range, output)
