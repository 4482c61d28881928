"""The clock of bit-serial words: which bit of which word is passing."""

from amaranth import Module, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

AHEAD = 2  # cycles by which a mark of that name comes before a pass's bit 0
BEHIND = 2  # cycles by which the bits of words follow the output timeline


class Timeline(wiring.Component):
    """Count the bits of the words of a pass.

    Bit 0 of word 0 comes one cycle after ``start``; then ``words`` words without a gap. A
    ``start`` in the last cycle begins the next pass without a gap.

    Parameters
    ----------
    words
        Words a pass, 1 or more.
    lengths
        Cycles a word, 4 or more, for each kind of pass.

    Members
    -------
    start : In(1)
        Begin a pass.
    kind : In(range(len(lengths)))
        Kind of the pass; held during the pass.
    active : Out(1)
        A word is passing.
    bit : Out(range(max(lengths)))
        Which of its bits.
    word : Out(range(words))
        Which word.
    nearly, last : Out(1)
        It is the last bit but one of the word; the last.
    clear : Out(1)
        Carries must be zero in the next cycle: the last bit is passing, or none.
    """

    latency = 1

    def __init__(self, words: int, lengths: tuple[int, ...]) -> None:
        self.words = words
        self.lengths = lengths
        super().__init__(
            {
                "start": In(1),
                "kind": In(range(len(lengths))),
                "active": Out(1),
                "bit": Out(range(max(lengths))),
                "word": Out(range(max(words, 2))),
                "nearly": Out(1),
                "last": Out(1),
                "clear": Out(1, init=1),
            }
        )

    def at_end(self, cycles: int) -> Value:
        """Tell whether the bit is the one so many ``cycles`` before the last."""
        first, *others = (self.bit == length - 1 - cycles for length in self.lengths)
        found: Value = first
        for kind, (length, other) in enumerate(zip(self.lengths[1:], others), 1):
            if length != self.lengths[0]:
                chosen = self.kind == kind
                found = (chosen & other) | (~chosen & found)
        return found

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        # `last` and `clear` are registered a cycle ahead, because they drive every lane, and so is
        # what tells that they come.

        with m.If(self.start):
            m.d.sync += [
                self.active.eq(1),
                self.bit.eq(0),
                self.word.eq(0),
                self.nearly.eq(0),
                self.last.eq(0),
                self.clear.eq(0),
            ]
        with m.Elif(self.active):
            m.d.sync += [
                self.bit.eq(self.bit + 1),
                self.nearly.eq(self.at_end(2)),
                self.last.eq(self.nearly),
                self.clear.eq(self.nearly),
            ]
            with m.If(self.last):
                m.d.sync += [self.bit.eq(0), self.word.eq(self.word + 1)]
                with m.If(self.word == self.words - 1):
                    m.d.sync += [self.active.eq(0), self.clear.eq(1)]

        return m
