"""The logits of the graph engine do not overflow."""

from amaranth import Cat, Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.readout import GraphReadout
from qrnn_hw.hw.popcount.bounds import bounds
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.logit_stream import comparing, offers_once
from qrnn_hw.sim.formal.proof import Method, Proof


class Gathering(Elaboratable):
    """Compute logits beside the readout, of any dot products that the units can have.

    What moves is a plane's dot product, bit by bit; the total is the exact logit so far, less the
    bits that are finished. A logit that the model's rows can have must be what is offered, once,
    in order, until it is taken. Planes come as the controller starts them: as many as a number of V
    has, the first one after ``begin``.

    Parameters
    ----------
    readout
        What is proven.
    """

    def __init__(self, readout: GraphReadout) -> None:
        self.readout = readout
        self.inside = Inside(readout)
        self.number = Signal(signed(readout.plan.read_word + 1))
        # A logit is there, until it was taken.
        self.logit = [self.inside["summed_1"], *comparing(self.inside), readout.y.valid]
        self.waits = Cat(*self.logit).any()
        self.inputs = [self.number, readout.begin, readout.arriving, readout.y.ready]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        readout, inside, plan = self.readout, self.inside, self.readout.plan
        m.submodules.readout = inside.fragment
        width, planes = plan.read_word, plan.model.readout.v_bits
        plane, complete = inside["plane"], inside["complete_1"]
        # A logit is offered until it is taken; the next one begins after that.
        waits, classes = self.waits, plan.model.classes
        ends = Signal()
        number = offers_once(m, readout.y, inside["argmax.done"], ends, classes)
        late = Signal.like(number)  # the readout counts a cycle later
        m.d.sync += late.eq(number)
        m.d.comb += [
            ends.eq(readout.y.valid & readout.y.ready & (number == classes - 1)),
            Assert((inside["index"] == late) & (late < classes) & (number < classes)),
            Assert(readout.ended == (readout.done & (late == classes - 1))),
            Assert(number == Mux(readout.done, Mux(readout.ended, 0, late + 1), late)),
            Assert(sum(self.logit) + readout.done <= 1),
        ]

        # A word: the dot product of all units with a plane, from its first bit on.
        place, held = Signal(range(width)), Signal.like(self.number)
        dot = Mux(place == 0, self.number, held)
        most = plan.lanes << plan.model.state_bits - 1
        opened = Signal()
        m.d.sync += [held.eq(dot), opened.eq(opened | readout.begin)]
        with m.If(readout.arriving):
            m.d.sync += place.eq(Mux(readout.past, 0, place + 1))
        m.d.comb += [
            readout.bit.eq(dot.bit_select(place, 1)),
            readout.past.eq(readout.arriving & (place == width - 1)),
            Assume((self.number <= most) & (self.number >= -most)),
            Assume(~readout.arriving | (opened & ~readout.begin & (plane < planes))),
            Assume(~readout.begin | ((place == 0) & ~complete & ~waits)),
            Assert((held <= most) & (held >= -most)),
            Assert((place < width) & ~(complete & (place != 0))),
        ]

        # It moves in, as its complement where the plane weighs negative.
        moved, shown = Signal(width), Signal(width)
        minus = plane == planes - 1
        m.d.comb += shown.eq(Mux(minus, ~dot, dot))
        with m.If(readout.past):
            m.d.sync += moved.eq(shown)
        m.d.comb += Assert(inside["moving"] == (Cat(moved, shown) >> place)[:width].as_signed())
        last = Signal(signed(width + 1))  # what the last plane adds
        with m.If(readout.past):
            m.d.sync += last.eq(Mux(minus, -dot, dot))
        self._total(m, moved, last, opened)
        return m

    def _total(self, m: Module, moved: Value, last: Value, opened: Value) -> None:
        """Add the planes by their weights, and compare."""
        readout, inside = self.readout, self.inside
        model = readout.plan.model
        planes = model.readout.v_bits
        names = ("plane", "total", "finished", "complete_1", "subtract_1", "summed_1", "value")
        plane, total, finished, complete, subtract, summed, value = map(inside.__getitem__, names)
        exact = Signal(signed(len(total) + planes + 1))
        count = Signal(range(planes + 1))
        loaded, valid = Signal(), Signal()
        m.d.sync += loaded.eq(readout.begin)
        with m.If(readout.begin):
            m.d.sync += [count.eq(0), valid.eq(0)]
        with m.Elif(loaded):
            m.d.sync += [exact.eq(total >> 1), valid.eq(1)]
        with m.Elif(complete):
            m.d.sync += [exact.eq(exact + (last << count)), count.eq(count + 1)]

        left = (planes - count)[: len(count)]
        most = readout.plan.lanes << model.state_bits - 1
        limit = 2 * (most + int(abs(model.readout.class_bias).max()))
        found = bounds(model, False).logits
        m.d.comb += [
            Assert(plane <= planes),
            Assert(opened == (valid | loaded)),
            Assert(~complete | (valid & (subtract == (plane == planes)))),
            Assert(~complete | (moved.as_signed() + subtract == last)),
            Assert((last <= most) & (last >= -most)),
            Assert(~(valid | loaded) | ((total <= limit) & (total >= -limit))),
            Assert(~loaded | ((plane == 0) & (count == 0) & ~valid)),
            Assert(~valid | (plane == count + complete)),
            Assert(~valid | (Cat(finished, total).as_signed() >> left == exact)),
            Assume(~summed | ((exact <= found.high) & (exact >= found.low))),
            Assert(~self.waits | (valid & (count == planes))),
            Assert(~self.waits | (value == exact)),
        ]


def gathering(plan: GraphPlan) -> Proof:
    """Return the proof for the readout of a plan."""
    design = Gathering(GraphReadout(plan))
    return Proof(
        "logits do not overflow, and are offered once and in order",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"words of {plan.read_word} bits, {plan.model.readout.v_bits} planes, "
        f"logits of {plan.model.logit_bits} bits",
    )
