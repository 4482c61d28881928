"""The PLL of a Xilinx 7-series device."""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth import Const, Instance, Module, Signal
from amaranth.hdl import Elaboratable, ValueLike

from qrnn_hw.boards.families.clock import Pll, PllClock

#: Ranges in MHz of the slowest grade, from Xilinx' data sheet DS181.
PFD_RANGE, VCO_RANGE, OUTPUT_RANGE = (19, 450), (800, 1600), (6.25, 800)


@dataclass(frozen=True)
class XilinxClock(PllClock):
    """An oscillator, multiplied by ``multiply / (divide * output)``.

    Parameters
    ----------
    divide, multiply, output
        Dividers of ``PLLE2_BASE``.

    Examples
    --------
    >>> clock = XILINX_PLL.nearest(100, 75)
    >>> clock
    XilinxClock(oscillator_mhz=100, divide=1, multiply=9, output=12)
    >>> clock.mhz, clock.vco_mhz
    (75.0, 900.0)
    """

    divide: int
    multiply: int
    output: int

    @property
    def pfd_mhz(self) -> float:
        return self.oscillator_mhz / self.divide

    @property
    def vco_mhz(self) -> float:
        return self.pfd_mhz * self.multiply

    @property
    def mhz(self) -> float:
        return self.vco_mhz / self.output

    def pll(self, oscillator: ValueLike, clock: ValueLike, locked: Signal) -> Elaboratable:
        m = Module()
        feedback, fast = Signal(), Signal()
        m.submodules.pll = Instance(
            "PLLE2_BASE",
            p_CLKIN1_PERIOD=1000 / self.oscillator_mhz,
            p_DIVCLK_DIVIDE=self.divide,
            p_CLKFBOUT_MULT=self.multiply,
            p_CLKOUT0_DIVIDE=self.output,
            i_CLKIN1=oscillator,
            i_CLKFBIN=feedback,
            i_PWRDWN=Const(0),
            i_RST=Const(0),
            o_CLKFBOUT=feedback,
            o_CLKOUT0=fast,
            o_LOCKED=locked,
        )
        m.submodules.buffer = Instance("BUFG", i_I=fast, o_O=clock)
        return m


def _settings(oscillator_mhz: float) -> Iterator[XilinxClock]:
    for divide in range(1, 57):
        # Told here, too, because there are eleven times as many settings otherwise.
        if PFD_RANGE[0] <= oscillator_mhz / divide <= PFD_RANGE[1]:
            for multiply in range(2, 65):
                for output in range(1, 129):
                    yield XilinxClock(oscillator_mhz, divide, multiply, output)


XILINX_PLL = Pll(_settings, PFD_RANGE, VCO_RANGE, OUTPUT_RANGE)
