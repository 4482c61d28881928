"""Bit-serial adders, lane by lane: butterflies between lanes, and sums of many words."""

from collections.abc import Sequence

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, majority, unless

TERMS_PER_REGISTER = 3  # serial words that a lane adds between two registers


class LaneTransform(wiring.Component):
    """Transform each word of P bit-serial lanes: multiply it by Sylvester's matrix of order P.

    A butterfly adds and subtracts two lanes serially: two look-up tables and a carry flip-flop an
    output, no sign cases, because a subtraction in borrow form also starts from zero. A register
    follows each: two butterflies between registers would share gates, cost cells, and be slower.
    Latency: one cycle a stage, and one a halving. Throughput: one bit of every lane a cycle.

    A stage that halves leaves out bit 0: its register stays as it is while that passes, and shows
    the last bit of the word before, its sign, once more. Of words of W bits::

        cycle       0       1       2       ..  W-1     W       W+1     W+2
        sum         bit 0   bit 1   bit 2       bit W-1 (next word's bit 0)
        holds       yes     no      no          no      yes     no      no
        register                    bit 1       bit W-2 bit W-1 bit W-1 (next word's bit 1)

    Parameters
    ----------
    lanes
        P.
    stages
        Strides of the butterflies, one after the other; without any, there is a register alone.
    halved
        Those of them that drop a bit.
    whole
        Lanes whose words come with their last bit.

    Members
    -------
    i : In(lanes)
        One bit of every lane, least significant first, in two's complement.
        But for lanes that are ``whole`` the last bit is not looked at: sums of the first stage must
        have their sign before it, too.
    clear : In(1)
        High with the last bit of a word, and where no word passes.
    still : In(1)
        Words pass as they are, but for the bits that are dropped. Constant while any pass.
    o : Out(lanes)
        The sums, modulo two to the length of the word.
    """

    def __init__(
        self,
        lanes: int,
        stages: tuple[int, ...],
        halved: tuple[int, ...] = (),
        whole: Sequence[int] = (),
    ) -> None:
        self.lanes = lanes
        self.stages = stages
        self.halved = halved
        self.whole = whole
        super().__init__({"i": In(lanes), "clear": In(1), "still": In(1), "o": Out(lanes)})

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``."""
        return max(1, len(self.stages)) + len(self.halved)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        bits, clear, still = self.i, self.clear, self.still
        for stride in self.stages:
            upper = Cat(bits[lane & ~stride] for lane in range(self.lanes))
            lower = Cat(bits[lane | stride] for lane in range(self.lanes))
            subtract = sum(1 << lane for lane in range(self.lanes) if lane & stride)
            carry = Signal(self.lanes, name=f"carry_{stride}", reset_less=True)
            total = Signal(self.lanes, name=f"sum_{stride}")
            kept = majority(upper ^ Const(subtract, self.lanes), lower, carry)
            m.d.comb += total.eq(upper ^ lower ^ carry)
            m.d.sync += carry.eq(unless(clear, kept))
            still = delayed(m, still, 1, f"still_{stride}")  # one for every stage: it drives lanes
            bits, clear = self._register(m, Mux(still, bits, total), clear, stride)
        if not self.stages:
            bits, _ = self._register(m, bits, clear, 0)
        m.d.comb += self.o.eq(bits)

        return m

    def _register(self, m: Module, bits: Value, clear: Value, stride: int) -> tuple[Signal, Signal]:
        """Delay words and halve them; the first stage repeats signs in place of last bits."""
        register = Signal(self.lanes, name=f"register_{stride}", reset_less=True)
        passed = Signal(init=1, name=f"clear_{stride}")
        m.d.sync += passed.eq(clear)
        if clear is self.clear:
            whole = Const(sum(1 << lane for lane in self.whole), self.lanes)
            bits = Mux(clear, (bits & whole) | (register & ~whole), bits)
        if stride not in self.halved:
            m.d.sync += register.eq(bits)
            return register, passed
        with m.If(~passed):
            m.d.sync += register.eq(bits)
        later = Signal(init=1, name=f"clear_halved_{stride}")
        m.d.sync += later.eq(passed)
        return register, later


def registers(words: int) -> int:
    """Count the registers on the way through the adders of so many words."""
    count = 0
    while words > 1:
        words = -(-words // TERMS_PER_REGISTER)
        count += 1
    return count


class AdderTree(wiring.Component):
    """Add ``count`` words in each of P bit-serial lanes, three a register.

    Latency: ``registers(count)`` cycles. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    count
        Words to add, 2 or more.
    lanes
        P.

    Members
    -------
    i : In(count * lanes)
        One bit of every lane of every word, least significant first; word 0 lowest.
    clear : In(1)
        High with the last bit of a word, and where no word passes.
    o : Out(lanes)
        The sums, modulo two to the length of the word.
    """

    def __init__(self, count: int, lanes: int) -> None:
        self.count = count
        self.lanes = lanes
        super().__init__({"i": In(count * lanes), "clear": In(1), "o": Out(lanes)})

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``."""
        return registers(self.count)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        clear = self.clear
        words = [self.i.word_select(k, self.lanes) for k in range(self.count)]
        while len(words) > 1:
            words = [
                self._sum(m, words[at : at + TERMS_PER_REGISTER], clear)
                for at in range(0, len(words), TERMS_PER_REGISTER)
            ]
            later = Signal(init=1, name="clear_later")
            m.d.sync += later.eq(clear)
            clear = later
        m.d.comb += self.o.eq(words[0])
        return m

    def _sum(self, m: Module, words: list[Value], clear: Value) -> Value:
        """Add a few words, and put a register behind."""
        total = words[0]
        for word in words[1:]:
            carry = Signal(self.lanes, name="carry", reset_less=True)
            m.d.sync += carry.eq(unless(clear, majority(total, word, carry)))
            added = Signal(self.lanes, name="added")
            m.d.comb += added.eq(total ^ word ^ carry)
            total = added
        register = Signal(self.lanes, name="register", reset_less=True)
        m.d.sync += register.eq(total)
        return register
