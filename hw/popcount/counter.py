"""Count the ones of a word."""

from collections.abc import Sequence

from amaranth import Cat, Const, Module, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import pipeline, with_carry

LEAF = 4  # bits whose count is a look-up table a bit
LEVELS = 2  # of adders between registers
SERIAL = 2  # widest operands that are added without a carry chain


def halves(bits: int) -> tuple[int, int]:
    """Split what a carry input leaves of ``bits``: the words that one adder of the tree adds."""
    return bits // 2, bits - 1 - bits // 2


def _level(bits: int) -> int:
    """Level of the tree's node that counts ``bits``: 0 of a leaf."""
    return 0 if bits <= LEAF else 1 + _level(max(halves(bits)))


def _stage(level: int) -> int:
    """Count the registers before a node of that level; the first are behind the leaves' tables."""
    return -(-level // LEVELS)


def stages(bits: int) -> int:
    """Cycles that counting ``bits`` takes.

    >>> [stages(bits) for bits in (1, 4, 8, 16, 64, 128)]
    [1, 1, 2, 2, 3, 4]
    """
    return _stage(_level(bits)) + 1


def _full(a: Value, b: Value, c: Value) -> tuple[Value, Value]:
    """Sum and carry of three bits."""
    return a ^ b ^ c, (a & b) | (c & (a | b))


class Counter(wiring.Component):
    """Count the ones of a word, in a tree of adders that take a bit as their carry.

    Latency: :func:`stages` cycles, at least one. Throughput: a word a cycle.

    Parameters
    ----------
    bits
        Bits of a word.

    Members
    -------
    i : In(bits)
        A word.
    o : Out(range(bits + 1))
        How many of its bits are one.
    """

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__({"i": In(bits), "o": Out(range(bits + 1))})

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``."""
        return stages(self.bits)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        later = pipeline(m, "counted")

        def add(a: Value, b: Value, carry: Value) -> Value:
            width = max(len(a), len(b))
            if width > SERIAL:
                return with_carry(a, b, carry)
            total = []
            a, b = (Cat(x, Const(0, width - len(x))) for x in (a, b))
            for x, y in zip(a, b):
                bit, carry = _full(x, y, carry)
                total.append(bit)
            return Cat(*total, carry)

        def leaf(bits: Sequence[Value]) -> Value:
            if len(bits) == 1:
                return bits[0]
            if len(bits) == 2:
                return Cat(bits[0] ^ bits[1], bits[0] & bits[1])
            low, two = _full(*bits[:3])
            if len(bits) == 3:
                return Cat(low, two)
            other = low & bits[3]
            return Cat(low ^ bits[3], two ^ other, two & other)

        def ones(bits: Sequence[Value]) -> tuple[Value, int]:
            """Return the number of ones, and the level of the node that counts them."""
            level = _level(len(bits))
            if not level:
                return leaf(bits), 0
            upper, _ = halves(len(bits))
            stage = _stage(level)
            counted = (ones(part) for part in (bits[:upper], bits[upper:-1]))
            left, right = (later(value, _stage(below), stage) for value, below in counted)
            carry = later(bits[-1], 0, stage)
            return add(left, right, carry)[: len(bits).bit_length()], level

        value, level = ones(list(self.i))
        m.d.comb += self.o.eq(later(value, _stage(level), self.latency))

        return m
