"""The pins of an iCE40 that a flash is on."""

from amaranth import ClockSignal, Const, Instance, Module, Signal
from amaranth.hdl import Elaboratable, IOPort
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from qrnn_hw.boards.design.flash import flash_signature

# PIN_TYPE of SB_IO: what goes out is registered, or alternates with the clock's halves, or can be
# let go; what comes in is registered. (Lattice FPGA-TN-02026, iCE40 Technology Library.)
_OUTPUT, _DOUBLE, _BOTH = 0b010101, 0b010001, 0b110100
#: Ports of the top, in the order of the data lines.
LINES = ("flash_io0", "flash_io1", "flash_io2", "flash_io3")
SELECT, CLOCK = "flash_cs", "flash_sck"
PORTS = (SELECT, CLOCK, *LINES)


class FlashPins(wiring.Component):
    """Put a flash's signals on pins, the clock at the design's own rate.

    All pins have their registers in the pin. The clock is low in the first half of a cycle and
    high in the second, if there is a pulse: half a cycle of setup and of hold at the flash. What
    the flash shows after the clock falls, which is at the design's rising edge, is taken with the
    next one, a whole cycle later; docs/flash.md has the budget.

    Members
    -------
    flash : In(flash_signature())
        The signals.
    """

    def __init__(self) -> None:
        super().__init__({"flash": In(flash_signature())})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        pulse = Signal()
        m.d.sync += pulse.eq(self.flash.clock)
        self._pin(m, SELECT, _OUTPUT, ~self.flash.select)
        self._pin(m, CLOCK, _DOUBLE, Const(0), i_D_OUT_1=pulse)
        for line, name in enumerate(LINES):
            taken = Signal(name=f"{name}_taken")
            m.d.comb += self.flash.i[line].eq(taken)
            self._pin(
                m, name, _BOTH, self.flash.o[line],
                i_OUTPUT_ENABLE=self.flash.oe[line], i_INPUT_CLK=ClockSignal(), o_D_IN_0=taken,
            )  # fmt: skip
        return m

    def _pin(self, m: Module, name: str, kind: int, value: object, **more: object) -> None:
        m.submodules[name] = Instance(
            "SB_IO",
            p_PIN_TYPE=Const(kind, 6),
            io_PACKAGE_PIN=IOPort(1, name=name),
            i_OUTPUT_CLK=ClockSignal(),
            i_D_OUT_0=value,
            **more,
        )
