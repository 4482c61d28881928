"""The butterflies between lanes do not overflow."""

from amaranth import Const, Module, Signal
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.serial_words import Clock, Word, serial_sum


class Butterflies(Elaboratable):
    """Watch a sum and a difference of every stage of a transform.

    A stage takes numbers of a width and leaves numbers of one bit more, or, where it drops one, of
    as many, which is what the next one takes. The adders of a stage are the bits of one expression,
    so that one sum and one difference stand for all.

    Parameters
    ----------
    transform
        What is proven.
    length
        Cycles a word.
    width
        Bits of the numbers that come in.
    """

    def __init__(self, transform: LaneTransform, length: int, width: int) -> None:
        self.transform = transform
        self.length = length
        self.width = width
        self.runs = Signal()
        self.inside = Inside(transform)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.transform = self.inside.fragment
        when = Clock.running(m, self.length, self.runs)
        m.d.comb += self.transform.clear.eq(when.clear)
        bits, width = self.transform.i, self.width
        for stride in self.transform.stages:
            operands = Word.of(m, bits[0], width), Word.of(m, bits[stride], width)
            for operand in operands:
                operand.assume(m, when)
            carry, total = (self.inside[f"{name}_{stride}"] for name in ("carry", "sum"))
            for lane in (0, stride):
                serial_sum(m, when, operands, total[lane], carry[lane], Const(bool(lane)))
            bits, when = self.inside[f"register_{stride}"], when.later(m)
            m.d.comb += Assert(self.inside[f"clear_{stride}"] == when.clear)
            if stride in self.transform.halved:
                when = when.later(m)
                m.d.comb += Assert(self.inside[f"clear_halved_{stride}"] == when.clear)
            else:
                width += 1
        return m


def butterflies(transform: LaneTransform, length: int, width: int) -> Proof:
    """Return the proof for words of ``length`` bits that come in with ``width`` that count."""
    design = Butterflies(transform, length, width)
    stages = len(transform.stages)
    return Proof(
        "butterflies between lanes do not overflow",
        design,
        Method.INDUCTION,
        1,
        [transform.i, design.runs],
        f"{transform.lanes} lanes, {stages} stages, words of {length} bits for inputs of {width}",
    )
