"""The butterflies between lanes do not overflow."""

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.serial_words import Clock, Word, serial_sum


class Butterflies(Elaboratable):
    """Watch a sum and a difference of every stage of a transform.

    A stage takes numbers of a width and leaves numbers of one bit more, or, where it drops one, of
    as many, which is what the next one takes. The adders of a stage are the bits of one expression,
    so that one sum and one difference stand for all. In place of a word's last bit anything comes
    in.

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
        bits, width = self._whole(m, when, self.transform.i), self.width
        for number, stride in enumerate(self.transform.stages):
            operands = Word.of(m, bits[0], width), Word.of(m, bits[stride], width)
            for operand in operands:
                operand.assume(m, when)
            names = ("carry", "sum", "register", "clear")
            carry, total, register, clear = (self.inside[f"{name}_{stride}"] for name in names)
            if number == 0:
                total = Mux(when.last, register, total)
            for lane in (0, stride):
                serial_sum(m, when, operands, total[lane], carry[lane], Const(bool(lane)))
            bits, when = register, when.later(m)
            m.d.comb += Assert(clear == when.clear)
            if stride in self.transform.halved:
                when = when.later(m)
                m.d.comb += Assert(self.inside[f"clear_halved_{stride}"] == when.clear)
            else:
                width += 1
        return m

    def _whole(self, m: Module, when: Clock, bits: Value) -> Value:
        """Return the words that come in with their last bit, in whose place anything is."""
        whole, before = Signal.like(bits), Signal.like(bits)
        m.d.sync += before.eq(whole)
        m.d.comb += whole.eq(Mux(when.last, before, bits))
        return whole


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
