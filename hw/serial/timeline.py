"""The clock of bit-serial words: which bit of which word is passing."""

from collections.abc import Iterable

from amaranth import Const, Module, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def among(bit: Signal, numbers: Iterable[int]) -> Value:
    """Tell whether ``bit`` is one of ``numbers``: a table, smaller than a comparator's carries."""
    size = 1 << len(bit)
    return Const(sum(1 << number for number in set(numbers)), size).bit_select(bit, 1)


class Timeline(wiring.Component):
    """Count the bits of the words of a pass.

    Bit 0 of word 0 comes one cycle after ``start``; then ``words * length`` cycles without a gap.
    A ``start`` in the last of them begins the next pass without a gap.

    Parameters
    ----------
    words
        Words a pass, 1 or more.
    length
        Cycles a word, 4 or more.
    long
        Cycles a word of a pass that starts with ``stretch``, 4 or more.

    Members
    -------
    start : In(1)
        Begin a pass.
    stretch : In(1)
        Held during a pass whose words take ``long`` cycles.
    active : Out(1)
        A word is passing.
    bit : Out(range(max(length, long)))
        Which of its bits.
    word : Out(range(words))
        Which word.
    last : Out(1)
        It is the last bit of the word.
    clear : Out(1)
        Carries must be zero in the next cycle: the last bit is passing, or none.
    """

    def __init__(self, words: int, length: int, long: int | None = None) -> None:
        self.words = words
        self.length = length
        self.long = long or length
        super().__init__(
            {
                "start": In(1),
                "stretch": In(1),
                "active": Out(1),
                "bit": Out(range(max(self.length, self.long))),
                "word": Out(range(max(words, 2))),
                "last": Out(1),
                "clear": Out(1, init=1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        # `last` and `clear` are registered a cycle ahead: they drive every lane.
        final = Signal()
        m.d.comb += final.eq(self.bit == self.length - 2)
        if self.long != self.length:
            with m.If(self.stretch):
                m.d.comb += final.eq(self.bit == self.long - 2)

        with m.If(self.start):
            m.d.sync += [
                self.active.eq(1),
                self.bit.eq(0),
                self.word.eq(0),
                self.last.eq(0),
                self.clear.eq(0),
            ]
        with m.Elif(self.active):
            m.d.sync += [
                self.bit.eq(self.bit + 1),
                self.last.eq(final),
                self.clear.eq(final),
            ]
            with m.If(self.last):
                m.d.sync += [self.bit.eq(0), self.word.eq(self.word + 1)]
                with m.If(self.word == self.words - 1):
                    m.d.sync += [self.active.eq(0), self.clear.eq(1)]

        return m
