"""A place between two streams that cuts every path."""

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable, ShapeLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class Slice(wiring.Component):
    """Hold one transfer; ``valid`` and ``ready`` come from a register, and nothing passes through.

    Latency: a cycle. Throughput: a transfer every two cycles, more than any core takes or gives.

    Parameters
    ----------
    shape
        Of the payload.

    Members
    -------
    i : In(stream.Signature(shape))
        Transfers in,
    o : Out(stream.Signature(shape))
        and out.
    """

    def __init__(self, shape: ShapeLike) -> None:
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        full = Signal()
        payload = Signal(self.shape, reset_less=True)
        m.d.comb += [self.i.ready.eq(~full), self.o.valid.eq(full), self.o.payload.eq(payload)]
        with m.If(self.i.valid & ~full):
            m.d.sync += [payload.eq(self.i.payload), full.eq(1)]
        with m.If(self.o.ready & full):
            m.d.sync += full.eq(0)
        return m
