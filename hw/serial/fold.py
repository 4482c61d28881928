"""One stage of the Walsh-Hadamard transform that runs between words, in time."""

from amaranth import Const, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, majority, signals, unless
from qrnn_hw.hw.serial.timeline import Timeline


class FoldStage(wiring.Component):
    """Add and subtract words that pass ``distance`` words apart.

    A single-path delay feedback stage: the first ``distance`` words wait in a memory; while the
    next ones pass, the sums leave and the differences take their place, to leave afterwards.
    Writing and reading count separately, because the differences of one pass leave without a gap
    while the next pass may come later. Latency: ``distance`` words and one cycle, or two.
    Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    lanes
        P.
    words
        Words a pass, a multiple of ``2 * distance``.
    distance
        Words between the operands, a power of two.
    lengths
        Cycles a word, for each kind of pass, ``4 + lead`` or more. After a pass of longer words,
        the next one of shorter words must wait until it cannot catch up in the delay: ``distance``
        words.
    lead
        Cycles by which ``early`` comes before the output timeline needs it.
    halved
        Whether results drop their lowest bit, as :class:`~qrnn_hw.hw.serial.lanes.LaneTransform`
        does it; they come a cycle later then.

    Members
    -------
    i : In(lanes)
        One bit of every lane; bit 0 of word 0 comes one cycle after ``start``.
    start : In(1)
        A pass begins.
    kind : In(range(len(lengths)))
        Its kind; taken with ``start``.
    still : In(1)
        Words are delayed, and neither added nor subtracted. Constant while any pass.
    o : Out(lanes)
        The results; bit 0 of word 0 comes two cycles after the output timeline's, or three where
        it is halved.
    early : Out(1)
        The output timeline begins in ``2 + lead`` cycles.
    passed : Out(range(len(lengths)))
        Kind of the last pass that began; taken by the output timeline when it begins.

    Attributes
    ----------
    output : Timeline
        Two cycles ahead of ``o``.
    """

    def __init__(
        self,
        lanes: int,
        words: int,
        distance: int,
        lengths: tuple[int, ...],
        lead: int = 0,
        *,
        halved: bool = False,
    ) -> None:
        self.halved = halved
        self.lanes = lanes
        self.words = words
        self.distance = distance
        self.lengths = lengths
        self.lead = lead
        self.output = Timeline(words, lengths)
        kind = range(len(lengths))
        super().__init__(
            {
                "i": In(lanes),
                "start": In(1),
                "kind": In(kind),
                "still": In(1),
                "o": Out(lanes),
                "early": Out(1),
                "passed": Out(kind),
            }
        )

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``, besides the words between."""
        return 1 + self.halved

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.input = entry = Timeline(self.words, self.lengths)
        m.submodules.output = leave = self.output

        near = self.distance.bit_length() - 1  # bits of the word number below the distance
        place = (max(self.lengths) - 1).bit_length()
        m.submodules.delay = delay = memory.Memory(
            shape=self.lanes, depth=self.distance << place, init=[]
        )
        write, read = delay.write_port(), delay.read_port()

        m.d.comb += entry.start.eq(self.start)
        begins = entry.active & (entry.word == self.distance - 1)
        m.d.sync += self.early.eq(begins & entry.at_end(3 + self.lead))
        m.d.comb += leave.start.eq(delayed(m, self.early, 1 + self.lead, "leaves"))
        if len(self.lengths) > 1:
            with m.If(self.start):
                m.d.sync += self.passed.eq(self.kind)
            with m.If(leave.start):
                m.d.sync += leave.kind.eq(self.passed)
            m.d.comb += entry.kind.eq(self.passed)

        # Differences: written a cycle after the bits they belong to.
        difference = Signal(self.lanes, name="difference")
        borrow = Signal(self.lanes, name="borrow", reset_less=True)
        fill = Signal()
        m.d.comb += [
            fill.eq(~entry.word[near] | self.still),
            difference.eq(Mux(fill, self.i, read.data ^ self.i ^ borrow)),
        ]
        writing = Signal.like(write.en)
        address = Signal.like(write.addr, reset_less=True)
        written = Signal(self.lanes, reset_less=True)
        m.d.sync += [
            borrow.eq(unless(entry.clear, majority(~read.data, self.i, borrow))),
            writing.eq(entry.active),
            address.eq((entry.word[:near] << place) | entry.bit),
            written.eq(difference),
        ]
        m.d.comb += [write.en.eq(writing), write.addr.eq(address), write.data.eq(written)]

        # Sums: the memory answers a cycle after the output timeline asks.
        carry, result = signals("carry result", self.lanes, reset_less=True)
        add = Signal()
        clear = Signal(name="clear", init=1)
        m.d.comb += read.addr.eq((leave.word[:near] << place) | leave.bit)
        m.d.sync += [
            add.eq(~(leave.word[near] | self.still)),
            clear.eq(leave.clear),
            carry.eq(unless(clear, majority(read.data, self.i, carry))),
        ]
        holds = delayed(m, clear, 1, "holds") if self.halved else Const(0)
        with m.If(~holds):
            m.d.sync += result.eq(Mux(add, read.data ^ self.i ^ carry, read.data))
        m.d.comb += self.o.eq(result)

        return m
