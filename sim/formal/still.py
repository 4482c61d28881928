"""Words pass stages that are still as they are, and leave nothing behind for those that follow."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.sim.formal.inside import any_constant, later
from qrnn_hw.sim.formal.proof import Method, Proof

SHORT = 4  # cycles of the words between which stages are followed
LANES = 4


class StillFold(Elaboratable):
    """Let a pass of any words through a stage that is still, and behind it one that is added up.

    The words of the first leave as they came, but for the bit that a halving drops; those of the
    second as they leave a stage that never was still. The stage moves again any time after the
    last word of the first has come in, while others still leave.

    Parameters
    ----------
    fold, alone
        What is proven, of one lane, and the same, which sees the second pass only.
    """

    def __init__(self, fold: FoldStage, alone: FoldStage) -> None:
        self.both = fold, alone
        self.inputs = [fold.i]
        self.still = fold.lengths[0] * fold.words + 1  # cycles that the words come in for
        self.span = self.still + (fold.distance + 1) * fold.lengths[0] + 2

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        fold, alone = self.both
        m.submodules.fold, m.submodules.alone = fold, alone
        length, distance = fold.lengths[0], fold.distance
        more = any_constant(m, (self.span - self.still).bit_length(), "more")
        cycle, moves = Signal(range(3 * self.span)), Signal()
        m.d.sync += cycle.eq(cycle + 1)
        last = self.still + Mux(more < self.span - self.still, more, 0)
        m.d.comb += [
            moves.eq(cycle >= last),
            fold.still.eq(~moves),
            fold.start.eq((cycle == 0) | (cycle == self.span)),
            alone.start.eq(cycle == self.span),
            alone.i.eq(fold.i),
        ]
        late = 2 + fold.halved
        shown = delayed(m, fold.output.active, late, "shown")
        ends = later(m, fold.output.bit == length - 1, late)
        second, seen = Signal(), delayed(m, alone.output.active, late, "seen")
        m.d.comb += second.eq(cycle > self.span)
        # A bit comes as many words later; where the lowest is dropped, the highest comes twice.
        came = later(m, fold.i, distance * length + 1)
        wanted = Mux(ends, later(m, came), came) if fold.halved else came
        m.d.comb += [
            Assert(~shown | second | (fold.o == wanted)),
            Assert(~seen | (fold.o == alone.o)),
        ]
        return m


class StillLanes(Elaboratable):
    """Let one word of any numbers through stages between lanes that are still.

    They are told a cycle before. It leaves as it came, less the bits that are dropped; its sign
    comes in their place, and in that of the last bit, which the first stage does not look at.

    Parameters
    ----------
    transform
        What is proven.
    length
        Cycles of the word.
    """

    def __init__(self, transform: LaneTransform, length: int) -> None:
        self.transform = transform
        self.length = length

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.transform = transform = self.transform
        length, lanes = self.length, transform.lanes
        words = [any_constant(m, length, f"word_{lane}") for lane in range(lanes)]
        begun, cycle = Signal(), Signal(range(length + transform.latency + 2))
        m.d.sync += [begun.eq(1), cycle.eq(cycle + begun)]
        m.d.comb += [
            transform.still.eq(1),
            transform.clear.eq(~begun | (cycle >= length - 1)),
            transform.i.eq(Cat((word >> cycle)[0] for word in words)),
        ]
        sign = length - 2
        for lane, word in enumerate(words):
            for bit in range(length):
                leaves = begun & (cycle == transform.latency + bit)
                came = word[min(bit + len(transform.halved), sign)]
                m.d.comb += Assert(~leaves | (transform.o[lane] == came))
        return m


def still_fold(distance: int, *, halved: bool) -> Proof:
    """Return the proof for a stage between words that are ``distance`` apart."""
    words = 2 * distance
    fold, alone = (FoldStage(1, words, distance, (SHORT,), halved=halved) for _ in range(2))
    design = StillFold(fold, alone)
    return Proof(
        f"words pass a stage of those {distance} apart as they are while it is still",
        design,
        Method.BOUNDED,
        2 * design.span,
        design.inputs,
        f"{words} words of {SHORT} bits",
    )


def still_lanes(*, halved: bool) -> Proof:
    """Return the proof for stages between lanes."""
    transform = LaneTransform(LANES, (1, 2), (2,) if halved else ())
    length = SHORT + 2
    return Proof(
        "words pass stages between lanes as they are while these are still",
        StillLanes(transform, length),
        Method.BOUNDED,
        length + transform.latency + 2,
        (),
        f"{LANES} lanes, words of {length} bits",
    )
