"""Decay: what leaves the network loses a share of itself before it takes its sign."""

from amaranth import Cat, Const, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed, majority
from qrnn_hw.hw.serial.products import by_word, chosen
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import Timeline


class Decay(wiring.Component):
    """Subtract from a unit's sum y its share ``y >> k``, bit by bit.

    Bit j of the share is bit j + k of the sum: the bits wait in K + 1 registers, K the largest k,
    until both are there. Beyond a word's end the share's bits are the sum's sign; it is held while
    the next word already comes. With K = 3, a unit of k = 2 and words of W bits::

        cycle            j     j+1   ..   W-3   W-2   W-1   0
        timeline         bit j
        past[3]          y_j   y_j+1 ..   y_W-3 y_W-2 y_W-1 next word
        past[1]          y_j+2       ..   sign  next word
        share                  y_j+2 ..         sign  sign  sign
        o                            bit j                            (two cycles behind)

    Latency: ``plan.decay_latency``. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    plan
        Decays and sizes.
    time
        The output timeline.

    Members
    -------
    i : In(lanes)
        Bits of the network.
    o : Out(lanes)
        What is left of them; of READ passes, anything.
    whole : Out(lanes)
        The network's bits themselves, as late: dot products do not decay.
    """

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        lanes = plan.lanes
        super().__init__({"i": In(lanes), "o": Out(lanes), "whole": Out(lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, time = self.plan, self.time
        assert plan.decay is not None
        past = [self.i]  # by age
        for age in range(1, plan.decay_latency + 1):
            past.append(Signal(plan.lanes, name=f"past_{age}", reset_less=True))
            m.d.sync += past[age].eq(past[age - 1])
        *_, now, whole = past

        shifts = plan.by_lane(plan.decay)
        ends = {0: Const(0)}  # the next bit of the share lies beyond the word
        for k in sorted({k for lane in shifts for k in lane if k}):
            ends[k] = Signal(name=f"ends_{k}")
            beyond = among(time.bit, range(plan.word - 1 - k, plan.word - 1))
            m.d.comb += ends[k].eq(time.active & beyond)
        holds = by_word(m, [tuple(ends[k] for k in lane) for lane in shifts], time.word)
        oldest = plan.decay_latency - 2
        comes = [
            tuple(past[oldest - k][lane] if k else Const(0) for k in ks)
            for lane, ks in enumerate(shifts)
        ]
        coming = chosen(m, comes, time.word)

        clear = delayed(m, time.clear, 1, "clear")
        left = []
        for lane, ks in enumerate(shifts):
            if not any(ks):
                left.append(whole[lane])
                continue
            share, borrow, rest = (
                Signal(name=f"{name}_{lane}", reset_less=True)
                for name in ("share", "borrow", "rest")
            )
            with m.If(~holds[lane]):
                m.d.sync += share.eq(coming[lane])
            m.d.sync += [
                rest.eq(now[lane] ^ share ^ borrow),
                borrow.eq(majority(~now[lane], share, borrow) & ~clear),
            ]
            left.append(rest)
        m.d.comb += [self.o.eq(Cat(left)), self.whole.eq(whole)]

        return m
