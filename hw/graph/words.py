"""Serial words that enter the graph beside the states: the inputs, and the constants."""

from amaranth import Cat, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.graph.sizes import GraphSizes


class Constants(wiring.Component):
    """Send a row of constants, one number a lane.

    The address stays at a word of zeros between words, and at the sign's plane until a word ends.
    Latency: two cycles from ``take`` to the least significant plane that is stored.

    Parameters
    ----------
    plan
        The constants.

    Members
    -------
    row : In
        Which; for at least one cycle before ``take``.
    take, stop : In(1)
        A word begins; it ends two cycles later.
    o : Out(plan.lanes)
        A bit of every lane.
    """

    latency = 2

    def __init__(self, plan: GraphSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "row": In(range(max(2, len(plan.constants)))),
                **dict.fromkeys(("take", "stop"), In(1)),
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        image, planes = plan.constant_image(), plan.constant_planes
        m.submodules.table = table = memory.Memory(
            shape=plan.lanes, depth=len(image), init=image,
            attrs={"ram_style": "block", "rom_style": "block"},
        )  # fmt: skip
        port = table.read_port()

        first = Signal(range(len(image)), init=1)
        if len(plan.constants) > 1:
            m.d.sync += first.eq(1 + self.row * planes)
        left = Signal(range(planes + 1))
        more = Signal()  # some are left
        with m.If(self.take):
            m.d.sync += [port.addr.eq(first), left.eq(planes - 1), more.eq(planes > 1)]
        with m.Elif(self.stop):
            m.d.sync += [port.addr.eq(0), more.eq(0)]
        with m.Elif(more):
            m.d.sync += [port.addr.eq(port.addr + 1), left.eq(left - 1), more.eq(left != 1)]
        m.d.comb += self.o.eq(port.data)
        return m


class Streams(wiring.Component):
    """Send numbers bit by bit, their signs extended to the length of a word.

    Latency: one cycle. Throughput: a word in ``length`` cycles.

    Parameters
    ----------
    count
        Numbers side by side.
    bits
        Bits of each, two's complement.
    length
        Bits of a word.

    Members
    -------
    value : In(count * bits)
        The numbers, number 0 lowest.
    take : In(1)
        They are there; a word begins in the next cycle.
    o : Out(count)
        A bit of each, least significant first; zero between words.
    """

    latency = 1

    def __init__(self, count: int, bits: int, length: int) -> None:
        self.count = count
        self.bits = bits
        self.length = length
        super().__init__({"value": In(count * bits), "take": In(1), "o": Out(count)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        left = Signal(range(self.length + 1))
        passing = Signal()
        with m.If(self.take):
            m.d.sync += [left.eq(self.length - 1), passing.eq(1)]
        with m.Elif(passing):
            m.d.sync += [left.eq(left - 1), passing.eq(left != 0)]
        for number in range(self.count):
            moving = Signal(self.bits, name=f"moving_{number}", reset_less=True)
            with m.If(self.take):
                m.d.sync += moving.eq(self.value.word_select(number, self.bits))
            with m.Else():
                m.d.sync += moving.eq(Cat(moving[1:], moving[-1]))
            m.d.comb += self.o[number].eq(moving[0] & passing)
        return m
