"""The butterflies between words do not overflow."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.serial_words import Clock, Word, serial_sum


class Folding(Elaboratable):
    """Watch a sum, a difference, and one cell of the delay, any one, in a stage of one lane.

    The memory of the delay is taken out. A read of the cell that is followed brings what was
    written there, and must go on from the bit below as a number of its width does; all other reads
    are assumed to. Since any cell is followed, the first read that does not is refuted.

    Passes come as the stage asks for them: none before the last one ended, and one of shorter words
    not before it cannot catch up in the delay.

    Parameters
    ----------
    fold
        What is proven.
    width
        Bits of the numbers that come in.

    Attributes
    ----------
    inputs : list[Signal]
        What happens around it.
    """

    def __init__(self, fold: FoldStage, width: int) -> None:
        self.fold = fold
        self.width = width
        self.inside = inside = Inside(fold)
        self.entry: Timeline = inside.fragment.find_subfragment("input").origins[0]
        delay = inside.cut("delay")
        (self.read,), (self.write,) = delay.read_ports, delay.write_ports
        self.difference, self.carry = inside["difference"], inside["carry"]
        self.near = fold.distance.bit_length() - 1
        self.runs = Signal()
        free = (fold.i, fold.kind, self.read.data, self.runs)
        self.inputs = [signal for signal in free if len(signal)]  # one length has no kinds

    def _of(self, kind: Value, words: int = 1) -> Value:
        """Return the cycles of so many words in a pass of a kind."""
        lengths = self.fold.lengths
        return Mux(kind, words * lengths[-1], words * lengths[0])

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.fold = self.inside.fragment
        fold, entry, out, width = self.fold, self.entry, self.fold.output, self.width
        handed = self._passes(m)

        # What enters and what the delay gives, each with its clock.
        length = self._of(fold.passed)
        number = Word.of(m, fold.i[0], width)
        number.assume(m, Clock(entry.active, entry.bit, length))
        stored = Word.of(m, self.read.data[0], width)
        reading, adds = Signal(), Signal()
        place, span = Signal.like(out.bit), Signal(range(max(fold.lengths) + 1))
        m.d.sync += [reading.eq(out.active), adds.eq(~out.word[self.near])]
        m.d.sync += [place.eq(out.bit), span.eq(self._of(out.kind))]

        # The two adders.
        operands = stored, number
        fills = ~entry.word[self.near]
        takes = Clock(entry.active & ~fills, entry.bit, length)
        gives = Clock(reading & adds, place, span)
        borrow = self.inside["borrow"][0]
        left = serial_sum(m, takes, operands, self.difference[0], borrow, Const(1), entry.clear)
        with m.If(entry.active & (entry.bit != 0)):
            m.d.comb += Assert(self.write.data[0] == Mux(fills, number.before, left.before))
        total = Signal()
        m.d.comb += total.eq(stored.bit ^ number.bit ^ self.carry[0])
        added = serial_sum(m, gives, operands, total, self.carry[0], Const(0), self.inside["clear"])

        # What leaves, a cycle later.
        shown, leaving = Signal(), Signal()
        late = Signal.like(place)
        m.d.sync += [shown.eq(Mux(adds, total, stored.bit)), leaving.eq(reading), late.eq(place)]
        result = Word.of(m, fold.o[0], width + 1)
        m.d.comb += [
            Assert(result.bit == shown),
            Assert(result.fits(Clock(leaving, late, span))),
        ]
        m.d.comb += Assert(self.inside["clear"] == (~reading | (place == span - 1)))
        with m.If(out.active & (out.bit != 0)):
            m.d.comb += Assert(reading & (place == out.bit - 1) & (span == self._of(out.kind)))
            m.d.comb += Assert(adds == ~out.word[self.near])
        with m.Elif(reading):
            m.d.comb += Assert(place == span - 1)
        with m.If(reading & (place != 0)):
            m.d.comb += Assert(leaving & (late == place - 1))
            m.d.comb += Assert(shown == Mux(adds, added.before, stored.before))

        m.d.comb += Assert(~gives.active | (takes.active & (entry.bit == place)))
        self._cell(m, handed, gives, reading)
        return m

    def _passes(self, m: Module) -> Value:
        """Let passes come, state where both timelines are, and tell when they are in one pass."""
        fold, entry, out = self.fold, self.entry, self.fold.output
        kind, distance = fold.passed, fold.distance
        into = self._of(kind) * entry.word + entry.bit
        gone = self._of(out.kind) * out.word + out.bit
        rest = self._of(out.kind, fold.words) - gone
        ends = entry.active & entry.last & (entry.word == fold.words - 1)
        waits = out.active & (self._of(fold.kind) < self._of(out.kind))
        m.d.comb += [
            fold.start.eq(self.runs & (~entry.active | ends)),
            Assume(fold.kind < len(fold.lengths)),
            Assume(~(fold.start & waits) | (rest <= self._of(fold.kind, distance))),
        ]
        for time, of in ((entry, kind), (out, out.kind)):
            final = time.bit == self._of(of) - 1
            m.d.comb += [
                Assert(of < len(fold.lengths)),
                Assert(time.clear == (~time.active | final)),
                Assert(~time.active | (time.last == final)),
                Assert(~time.active | (time.nearly == (time.bit == self._of(of) - 2))),
                Assert(time.active | (time.bit == 0)),
                Assert((time.bit < self._of(of)) & (~time.active | (time.word < fold.words))),
            ]

        # The first words have passed: both are in the same pass, as far apart as those are.
        handing = self._of(kind, distance) - 1
        handed = entry.active & (into >= handing)
        first = entry.active & (entry.word == distance - 1)
        marks = [fold.early, *(self.inside[f"leaves_{n + 1}"] for n in range(fold.lead + 1))]
        for number, mark in enumerate(marks):
            due = first & (entry.bit == self._of(kind) - 3 - fold.lead + number)
            m.d.comb += Assert(mark == due)
        with m.If(handed):
            m.d.comb += Assert(out.active & (out.kind == kind) & (gone == into - handing))
        # Otherwise the differences leave, before others take their place.
        with m.Elif(out.active):
            behind = gone - self._of(out.kind, fold.words - distance)
            m.d.comb += Assert(~behind[-1] & (behind != 0))
            with m.If(entry.active):
                slower = self._of(kind) >= self._of(out.kind)
                m.d.comb += Assert(Mux(slower, behind > into, rest <= handing - into))
        return handed

    def _cell(self, m: Module, handed: Value, gives: Clock, reading: Signal) -> None:
        """Follow a cell: what was written there goes on from the bit below until it is read."""
        fold, entry, out = self.fold, self.entry, self.fold.output
        write, read = self.write, self.read
        size = len(entry.bit)
        followed = any_constant(m, len(write.addr), "followed")
        bit = followed[:size]
        here, there = (Cat(time.bit, time.word[: self.near]) for time in (entry, out))
        takes = entry.word[self.near]  # sums and differences, no filling

        # The cell, the one below, and whether the word there is a difference.
        value, below, kind = Signal(), Signal(), Signal(init=1)
        written, wrote, kinds = write.data[0], Signal(), Signal(init=1)
        before, asked, put = Signal(), Signal.like(read.addr), Signal.like(write.addr)
        m.d.sync += [wrote.eq(written), kinds.eq(takes), put.eq(here)]
        m.d.sync += [before.eq(read.data[0]), asked.eq(there)]
        pending = write.en & (put == followed)
        with m.If(pending):
            m.d.sync += [value.eq(written), kind.eq(kinds)]
        with m.If(write.en & (put == followed - 1)):
            m.d.sync += below.eq(written)
        fits = (bit < self.width + kind) | (value == below)

        # What is read.
        least = self.width + ~gives.active
        goes_on = ~reading | (gives.place < least) | (read.data[0] == before)
        with m.If(asked == followed):
            m.d.comb += [Assume(read.data[0] == value), Assert(goes_on)]
        with m.Else():
            m.d.comb += Assume(goes_on)
            with m.If(asked == followed - 1):
                m.d.comb += Assume(read.data[0] == below)

        # Cells are written one after the other, and so are they read.
        last = Cat((self._of(out.kind) - 1)[:size], Const(fold.distance - 1, self.near))
        m.d.comb += [
            Assume(bit != 0),
            Assert(~write.en | (write.addr == put)),
            Assert(~reading | (asked[:size] == gives.place)),
            Assert(~write.en | (put[:size] == 0) | (put[:size] < self.width + kinds)
                   | (written == wrote)),
            Assert(~pending | (below == wrote)),
        ]  # fmt: skip
        with m.If(out.active & (out.bit != 0)):
            m.d.comb += Assert(reading & (asked == there - 1))
        with m.If(entry.active & (entry.bit != 0)):
            m.d.comb += Assert(write.en & (put == here - 1) & (kinds == takes))
        with m.Elif(entry.active & (entry.word != 0)):
            ended = Cat((self._of(fold.passed) - 1)[:size], (entry.word - 1)[: self.near])
            turned = here == 0
            m.d.comb += Assert(write.en & (put == ended) & (kinds == takes ^ turned))
        with m.Elif(write.en):
            m.d.comb += Assert(out.active & (there == 1) & (put == last) & kinds)

        def holds(difference: Value) -> Value:
            """Tell whether such a word is there, or about to be."""
            return Mux(pending, kinds == difference, (kind == difference) & fits)

        with m.If(entry.active & (bit < self._of(fold.passed))):
            m.d.comb += Assert((followed >= here) | holds(takes))
            m.d.comb += Assert(~handed | (followed <= here) | holds(~takes))
        with m.If(out.active & ~handed & (bit < self._of(out.kind))):
            m.d.comb += Assert((followed < there) | holds(Const(1)))


def folding(
    plan: SerialPlan, distance: int, width: int, lengths: tuple[int, ...] | None = None
) -> Proof:
    """Return the proof for a stage of a plan whose inputs are numbers of ``width`` bits.

    Of passes whose words have the plan's lengths, or only those given. What leaves a stage that
    halves is left to another proof: its sums are the same.
    """
    lengths = lengths or plan.lengths
    lead = plan.lead if distance == plan.fold_stages[-1] else 0
    design = Folding(FoldStage(1, plan.folds, distance, lengths, lead), width)
    return Proof(
        f"butterflies between words that are {distance} apart do not overflow",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"{plan.folds} words of {min(lengths)} bits for inputs of {width}",
    )
