"""What a step adds to the network's sums: of the input, of the bias, and the rounding half."""

from amaranth import Cat, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.lanes import AdderTree
from qrnn_hw.hw.serial.planes import Planes
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.row import ROWS
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


class Terms(wiring.Component):
    """Add, for every lane, the products of all channels, or the numbers of a token, and the bias.

    Latency: ``2 + plan.lead`` cycles behind the timeline. Throughput: one bit of every lane a
    cycle.

    Parameters
    ----------
    plan
        Coefficients, table and sizes.
    time
        The timeline of the terms.

    Members
    -------
    value : In
        Scaled inputs, channel 0 lowest, or a token, or where its row is; there at ``ahead`` and in
        the cycle after.
    write : Out(plan.table_write)
        Port of the planes' memory, where its content is not constant.
    parity : In(1)
        Of its step; taken at ``ahead``.
    ahead : In(1)
        The timeline begins in two cycles, with the next input. Without it, with the last one.
    held : Out(1)
        That parity, from one cycle after ``ahead`` to the next.
    o : Out(plan.lanes)
        The sums, least significant bit first.
    """

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        model, streams = plan.model, plan.streams
        width = streams * model.numbers.scaled_bits if streams else model.inputs.width
        if plan.accumulates:
            width = 0
        if plan.fetches:
            width = (ROWS - 1).bit_length()
        members = {"write": Out(plan.table_write)} if plan.table_write else {}
        super().__init__(
            {
                "value": In(width),
                **members,
                "parity": In(1),
                "ahead": In(1),
                "held": Out(1),
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, time = self.plan, self.time
        with m.If(self.ahead):
            m.d.sync += self.held.eq(self.parity)

        taken = delayed(m, self.ahead, 1, "taken")
        terms = []
        if plan.table is not None:
            m.submodules.planes = planes = Planes(plan, time)
            first = [] if plan.streams else [self.value]
            if plan.model.parities == 2 and not (plan.accumulates or plan.fetches):
                first.insert(0, self.parity)
            entry = Signal.like(planes.first, name="entry", reset_less=True)
            with m.If(self.ahead):
                m.d.sync += entry.eq(Cat(first))
            m.d.comb += [
                planes.first.eq(entry),
                planes.parity.eq(self.held),
            ]
            if plan.table_write:
                wiring.connect(m, wiring.flipped(self.write), planes.write)
            terms.append(planes.o)
        for channel in range(plan.streams):
            products = Products(plan, time, channel, rounds=not terms)
            m.submodules[f"products_{channel}"] = products
            m.d.comb += [
                products.take.eq(taken),
                products.parity.eq(self.held),
                products.scaled.eq(self.value.word_select(channel, len(products.scaled))),
            ]
            terms.append(products.o)

        if len(terms) == 1:
            m.d.comb += self.o.eq(terms[0])
            return m
        m.submodules.sum = total = AdderTree(len(terms), plan.lanes)
        m.d.comb += [
            total.i.eq(Cat(terms)),
            total.clear.eq(delayed(m, time.clear, BEHIND, "clear")),
            self.o.eq(total.o),
        ]
        return m
