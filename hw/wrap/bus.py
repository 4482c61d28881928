"""What the wrappers of a bus have in common: a clock domain, and a place that cuts every path."""

from amaranth import ClockDomain, Module, Signal, Value
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


def drive_domain(m: Module, name: str, clk: Signal, reset: Value) -> None:
    """Give ``m`` and what is below it the domain ``name``, clocked by the port ``clk``.

    The domain is local: a design around ``m`` keeps its own of that name.
    """
    domain = ClockDomain(name, local=True)
    domain.clk = clk
    m.domains += domain
    m.d.comb += domain.rst.eq(reset)
