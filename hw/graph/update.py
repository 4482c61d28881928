"""The end of a step: round, detect overflow, and write the states' planes."""

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.graph.controller import in_step
from qrnn_hw.hw.graph.timing import GraphTiming


class GraphUpdate(wiring.Component):
    """Write the planes of the products that rounding keeps, at addresses 2, 3, and so on.

    The bit below the lowest plane is added to the planes. Those above the state's sign must equal
    it, or the flag, at address 1, is set; the sign that is written, at address 0, is the product's,
    so that the reader can saturate. Latency: bit j of a product is written one cycle later, the
    flag one after the sign. Three logic cells a lane.

    Parameters
    ----------
    plan
        Sizes and phases.

    Members
    -------
    clock : In(plan.clock)
        Where the pass is.
    products : In(plan.lanes)
        Bits of the products, bit 0 in phase ``plan.product_phase``.
    write : In(plan.write)
        Port of the state memory.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(
            {
                "clock": In(plan.clock),
                "products": In(plan.lanes),
                "write": In(plan.write),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, a = self.plan, self.plan.model.state_bits
        bit, below = plan.product_phase, plan.fraction

        first = bit + below + 1  # phase in which the lowest plane is written
        planes = in_step(m, self.clock, range(first, first + a - 1), "planes")
        sign = in_step(m, self.clock, [plan.sign_phase], "sign")
        flag = delayed(m, sign, 1, "flag")
        comparing = in_step(m, self.clock, range(bit + below + a, plan.sign_phase), "comparing")

        total, carry, overflow = signals("total carry overflow", plan.lanes, reset_less=True)
        rounded = self.products ^ carry
        with m.If(sign):
            m.d.sync += total.eq(overflow)
        with m.Else():
            m.d.sync += total.eq(rounded)
        with m.If(comparing):
            m.d.sync += overflow.eq(overflow | (total ^ rounded))
        with m.Else():
            m.d.sync += overflow.eq(0)
        if below:
            half = in_step(m, self.clock, [bit + below - 1], "half")
            with m.If(half):
                m.d.sync += carry.eq(self.products)
            with m.Else():
                m.d.sync += carry.eq(self.products & carry)

        write, address = self.write, Signal(range(plan.state_planes), name="address")
        with m.If(planes):
            m.d.sync += address.eq(address + 1)
        with m.Else():
            m.d.sync += address.eq(2)
        with m.If(in_step(m, self.clock, [plan.sign_phase - 1], "nearly")):
            m.d.sync += address.eq(0)
        with m.Elif(sign):
            m.d.sync += address.eq(1)
        m.d.comb += [
            write.addr.eq(address),
            write.data.eq(total),
            write.en.eq(planes | sign | flag),
        ]
        return m
