"""What decay leaves of a sum is exact."""

from amaranth import Array, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.serial.decay import Decay
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline
from qrnn_hw.sim.formal.inside import any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class OneWord(Timeline):
    """Pass one word after ``start``, of any number: what is true of it is true of all."""

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        word = any_constant(m, len(self.word), "any_word")
        m.d.comb += [Assume(word < self.words), self.word.eq(word)]
        m.d.comb += self.clear.eq(~self.active | self.at_end(0))
        with m.If(self.start):
            m.d.sync += self.active.eq(1)
        with m.Elif(self.active):
            m.d.sync += self.bit.eq(self.bit + 1)
            with m.If(self.at_end(0)):
                m.d.sync += [self.active.eq(0), self.bit.eq(0)]
        return m


class Decaying(Elaboratable):
    """Pass one word, any of a pass, of any sum, and compare every bit that is left of it.

    Before and after the word anything comes. Lanes that decay alike are the same gates, so that
    one of them stands for all.

    Parameters
    ----------
    decay
        What is proven; its timeline is of one word.
    """

    def __init__(self, decay: Decay) -> None:
        self.decay = decay
        self.around = Signal(decay.plan.lanes)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.decay = decay = self.decay
        m.submodules.time = time = decay.time
        plan = decay.plan
        length, latency = plan.word, plan.decay_latency
        assert plan.decay is not None

        cycle = Signal(range(length + latency + 1))
        with m.If(cycle != length + latency):
            m.d.sync += cycle.eq(cycle + 1)
        y = any_constant(m, length, "y").as_signed()
        out = (cycle - latency)[: len(time.bit)]
        there = (cycle >= latency) & (cycle < length + latency)
        m.d.comb += [
            time.start.eq(cycle == latency - BEHIND - Timeline.latency),
            decay.i.eq(
                Mux(cycle < length, y.bit_select(cycle, 1).replicate(plan.lanes), self.around)
            ),
        ]
        lanes = {shifts: lane for lane, shifts in enumerate(plan.by_lane(plan.decay))}
        for shifts, lane in lanes.items():
            share = Signal(y.shape(), name=f"share_{lane}")
            m.d.comb += share.eq(Array(y >> k if k else 0 for k in shifts)[time.word])
            left = (y - share).bit_select(out, 1)
            m.d.comb += Assert(~there | (decay.o[lane] == left))
            m.d.comb += Assert(~there | (decay.whole[lane] == y.bit_select(out, 1)))
        return m


def decaying(plan: SerialPlan) -> Proof:
    """Return the proof for the decay of a plan."""
    design = Decaying(Decay(plan, OneWord(plan.folds, plan.lengths[:1])))
    return Proof(
        "what decay leaves of a sum is exact",
        design,
        Method.BOUNDED,
        plan.word + plan.decay_latency + 1,
        [design.around],
        f"words of {plan.word} bits, shifts of up to {plan.decay_latency - 2}",
    )
