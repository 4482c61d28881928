"""Which parity the step of an input has."""

from amaranth import Module
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Parity(wiring.Component):
    """Count the steps of a sequence, modulo the parities of the model. Latency: one cycle.

    Parameters
    ----------
    parities
        1 or 2.

    Members
    -------
    taken, ends : In(1)
        An input is taken; it ends its sequence.
    last, parity : Out(1)
        The input that was taken last ended its sequence; parity of its step, from 1 on: 0 where
        there is but one parity.
    """

    def __init__(self, parities: int) -> None:
        self.parities = parities
        super().__init__(
            {
                "taken": In(1),
                "ends": In(1),
                "last": Out(1, init=1),
                "parity": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        with m.If(self.taken):
            m.d.sync += self.last.eq(self.ends)
            if self.parities == 2:
                m.d.sync += self.parity.eq(self.last | ~self.parity)
        return m
