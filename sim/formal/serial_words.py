"""Bit-serial words: where their bits are, and what a serial adder owes them.

That a word does not overflow is shown from one bit to the next, so that it costs as little for 128
lanes as for two. A number of ``k`` bits is one whose bits from ``k - 1`` on are alike. A serial
adder makes of two of them a number of ``k + 1`` bits; if a word has that many, no sum is lost.
"""

from dataclasses import dataclass

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, ValueLike


@dataclass(frozen=True)
class Clock:
    """Where the words of a pass are.

    Parameters
    ----------
    active
        A bit is passing.
    place
        Which.
    length
        Bits of a word.
    """

    active: Value
    place: Value
    length: ValueLike

    @property
    def last(self) -> Value:
        """Tell whether it is the last bit of its word."""
        return self.active & (self.place == self.length - 1)

    @property
    def clear(self) -> Value:
        """Tell whether carries must be zero in the next cycle."""
        return ~self.active | self.last

    def later(self, m: Module) -> "Clock":
        """Return the same, a cycle later."""
        active, place = Signal(), Signal.like(self.place)
        m.d.sync += [active.eq(self.active), place.eq(self.place)]
        later = Clock(active, place, self.length)
        follows = self.active & (self.place == place + 1)
        m.d.comb += Assert((place < self.length) & (active | (place == 0)))
        m.d.comb += Assert(Mux(later.clear, self.place == 0, follows))
        return later

    @classmethod
    def running(cls, m: Module, length: int, runs: Value) -> "Clock":
        """Return the clock of words with gaps between them, or none, as ``runs`` tells."""
        place, active = Signal(range(length)), Signal()
        when = cls(active, place, length)
        with m.If(active & ~when.last):
            m.d.sync += place.eq(place + 1)
        with m.Else():
            m.d.sync += [place.eq(0), active.eq(runs)]
        m.d.comb += Assert((place < length) & (active | (place == 0)))
        return when


@dataclass(frozen=True)
class Word:
    """A bit of a serial word, and the one before.

    Parameters
    ----------
    bit, before
        They.
    width
        Bits that the number in the word needs.
    """

    bit: Value
    before: Value
    width: int

    @classmethod
    def of(cls, m: Module, bit: Value, width: int) -> "Word":
        """Watch a bit."""
        before = Signal()
        m.d.sync += before.eq(bit)
        return cls(bit, before, width)

    def fits(self, when: Clock) -> Value:
        """Tell whether the bit is what a number of that width has there."""
        return ~(when.active & (when.place >= self.width)) | (self.bit == self.before)

    def assume(self, m: Module, when: Clock) -> None:
        """Assume that the number fits: it comes from outside."""
        m.d.comb += Assume(self.fits(when))


def serial_sum(
    m: Module,
    when: Clock,
    words: tuple[Word, Word],
    total: Value,
    carry: Value,
    negative: Value,
    clear: Value | None = None,
) -> Word:
    """Assert what an adder of one bit owes, and return the word that it makes.

    Sum and carry are those of the two bits and the last carry, or difference and borrow, and the
    carry is zero as a word begins: by that the words are right, modulo two to their length. The
    result fits one bit more than the wider operand, and at the last bit the signs say that
    nothing is lost.

    Parameters
    ----------
    when
        Of the words.
    words
        They.
    total, carry
        Of the adder: its output, and its flip-flop.
    negative
        Whether the second word is subtracted.
    clear
        Carries are zero in the next cycle; None for those between the words of ``when``.
    """
    first, second = words
    width = max(first.width, second.width)
    result = Word.of(m, total, width + 1)
    exact = Mux(negative, first.bit - second.bit - carry, first.bit + second.bit + carry)
    due = Signal()  # the next carry
    m.d.sync += due.eq(exact[1] & ~(when.clear if clear is None else clear))
    last_first, now_first = first.before ^ negative, first.bit ^ negative
    alike = last_first == second.before
    signs = when.active & (when.place >= width)
    m.d.comb += [
        Assert(~when.active | (total == exact[0])),
        Assert(carry == due),
        Assert(~(when.active & (when.place == 0)) | ~carry),
        Assert(result.fits(when)),
        Assert(~when.last | (now_first != second.bit) | (total == first.bit)),
        # What makes it so: from the signs on, nothing changes any more.
        Assert(~signs | ~alike | (carry == second.before)),
        Assert(
            ~(signs & (when.place > width))
            | (result.before == first.before ^ second.before ^ carry)
        ),
    ]
    return result
