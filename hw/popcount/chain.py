"""Take the sums of a group of rows and hand them on, one after the other."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.popcount.sizes import PopcountSizes


class Chain(wiring.Component):
    """Registers for the sums of a group, which move by a row at a time.

    Latency: a cycle. Throughput: a row a cycle.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    sums : In(data.ArrayLayout(signed(plan.bounds.sums.signed), plan.rows))
        The sums, row 0 first.
    load, advance : In(1)
        Take all; go to the next row.
    o : Out(signed(plan.bounds.sums.signed))
        The sum of the row at hand.
    """

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        shape = signed(plan.bounds.sums.signed)
        super().__init__(
            {
                "sums": In(data.ArrayLayout(shape, plan.rows)),
                "load": In(1),
                "advance": In(1),
                "o": Out(shape),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        rows = [
            Signal(signed(self.plan.bounds.sums.signed), name=f"row_{row}", reset_less=True)
            for row in range(self.plan.rows)
        ]
        with m.If(self.load | self.advance):
            for row, (register, later) in enumerate(zip(rows, [*rows[1:], rows[-1]])):
                m.d.sync += register.eq(Mux(self.load, self.sums[row], later))
        m.d.comb += self.o.eq(rows[0])

        return m
