"""A butterfly that halves leaves what docs/arithmetic.md says, sums that wrap too."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.formal.inside import any_constant
from qrnn_hw.sim.formal.proof import Method, Proof

WORDS = 2  # one after the other, without a gap


class Halving(Elaboratable):
    """Pass any two words through each of the operands, and gather what leaves.

    Parameters
    ----------
    stage
        Two lanes of a transform, or two words of one lane that are added between words.
    length
        Bits of a word.
    """

    def __init__(self, stage: LaneTransform | FoldStage, length: int) -> None:
        self.stage = stage
        self.length = length

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.stage = stage = self.stage
        m.submodules.time = time = Timeline(WORDS, (self.length,))
        begun = Signal()
        m.d.sync += begun.eq(1)
        m.d.comb += time.start.eq(~begun)
        numbers = [
            [any_constant(m, self.length, f"number_{a}_{b}").as_signed() for b in range(WORDS)]
            for a in range(2)
        ]
        for lane in range(len(stage.i)):
            first, second = numbers[lane]
            word = Mux(time.word[0], second, first)
            m.d.comb += stage.i[lane].eq(word.as_unsigned().bit_select(time.bit, 1))
        if isinstance(stage, FoldStage):
            (first, second), out = numbers[0], stage.output
            m.d.comb += stage.start.eq(time.start)
            self._leaves(m, stage.o[0], out, 3, (first + second, first - second))
        else:
            m.d.comb += stage.clear.eq(time.clear)
            pairs = list(zip(*numbers))
            sums = tuple(a + b for a, b in pairs), tuple(a - b for a, b in pairs)
            for lane, wanted in enumerate(sums):
                self._leaves(m, stage.o[lane], time, stage.latency, wanted)
        return m

    def _leaves(
        self, m: Module, bit: Value, time: Timeline, late: int, wanted: tuple[Value, ...]
    ) -> None:
        """Gather words that pass so late after a timeline, and compare them."""
        gathered = Signal(self.length)
        with m.If(delayed(m, time.active, late, "passing")):
            m.d.sync += gathered.eq(Cat(gathered[1:], bit))
        whole = delayed(m, time.active & time.last, late + 1, "whole")
        word = delayed(m, time.word[0], late + 1, "word")
        halves = [value.as_unsigned()[1 : self.length] for value in wanted]
        exact = [Cat(half, half[-1]) for half in halves]
        m.d.comb += Assert(~whole | (gathered == Mux(word, exact[1], exact[0])))


def halving(length: int, *, between_words: bool = False) -> Proof:
    """Return the proof for words of so many bits, in a stage between lanes, or between words."""
    stage = (
        FoldStage(1, WORDS, 1, (length,), halved=True)
        if between_words
        else LaneTransform(2, (1,), (1,), whole=(0, 1))
    )
    where = "words" if between_words else "lanes"
    return Proof(
        f"sums between {where} are halved and wrap as specified",
        Halving(stage, length),
        Method.BOUNDED,
        (WORDS + between_words) * length + 8,
        (),
        f"words of {length} bits",
    )
