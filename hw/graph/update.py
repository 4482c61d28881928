"""The end of a step: round, detect overflow, and write the states' planes."""

from collections.abc import Iterable

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed
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
    active, phase, reading : In
        See :class:`~qrnn_hw.hw.graph.controller.GraphController`.
    products : In(plan.lanes)
        Bits of the products, bit 0 in phase ``plan.product_phase``.
    address, data, enable : Out
        Write port of the state memory.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(
            {
                **dict.fromkeys(("active", "reading"), In(1)),
                "phase": In(plan.phases),
                "products": In(plan.lanes),
                "address": Out(range(plan.state_planes)),
                "data": Out(plan.lanes),
                "enable": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, a = self.plan, self.plan.model.state_bits
        bit, below = plan.product_phase, plan.fraction

        def at(phases: Iterable[int], name: str) -> Signal:
            before = [phase - 1 for phase in phases]
            return delayed(m, self.active & ~self.reading & among(self.phase, before), 1, name)

        first = bit + below + 1  # phase in which the lowest plane is written
        planes = at(range(first, first + a - 1), "planes")
        sign = at([plan.sign_phase], "sign")
        flag = delayed(m, sign, 1, "flag")
        comparing = at(range(bit + below + a, plan.sign_phase), "comparing")

        total, carry, overflow = (
            Signal(plan.lanes, name=name, reset_less=True)
            for name in ("total", "carry", "overflow")
        )
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
            half = at([bit + below - 1], "half")
            with m.If(half):
                m.d.sync += carry.eq(self.products)
            with m.Else():
                m.d.sync += carry.eq(self.products & carry)

        with m.If(planes):
            m.d.sync += self.address.eq(self.address + 1)
        with m.Else():
            m.d.sync += self.address.eq(2)
        with m.If(at([plan.sign_phase - 1], "nearly")):
            m.d.sync += self.address.eq(0)
        with m.Elif(sign):
            m.d.sync += self.address.eq(1)
        m.d.comb += [self.data.eq(total), self.enable.eq(planes | sign | flag)]
        return m
