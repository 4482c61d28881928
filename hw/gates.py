"""Small gates and registers that components are written with."""

from collections.abc import Callable, Iterable
from itertools import count

from amaranth import Cat, Const, Module, Signal, Value
from amaranth.hdl import ShapeLike, ValueLike


def signals(names: str, shape: ShapeLike = 1, *, reset_less: bool = False) -> list[Signal]:
    """Make signals of one shape, called by their names here in every version of Python.

    Amaranth reads a name from the assignment, but from no assignment to several.
    """
    return [Signal(shape, name=name, reset_less=reset_less) for name in names.split()]


def delayed(m: Module, signal: ValueLike, cycles: int, name: str) -> Signal:
    """Return ``signal`` as a one-bit signal ``cycles`` clock cycles later."""
    for cycle in range(cycles):
        later = Signal(name=f"{name}_{cycle + 1}")
        m.d.sync += later.eq(signal)
        signal = later
    return signal


def pipeline(m: Module, name: str) -> Callable[[Value, int, int], Value]:
    """Return a function that takes a value from one stage to another: a register each, no reset."""
    numbers = count()

    def later(value: Value, begin: int, end: int) -> Value:
        for stage in range(begin, end):
            kept = Signal(value.shape(), name=f"{name}_{stage}_{next(numbers)}", reset_less=True)
            m.d.sync += kept.eq(value)
            value = kept
        return value

    return later


def majority(a: Value, b: Value, c: Value) -> Value:
    """Carry of a full adder, lane by lane."""
    return (a & b) | (c & (a | b))


def with_carry(a: Value, b: Value, carry: Value) -> Value:
    """Add two numbers and a bit, in one chain of carries.

    The bit enters below the lowest place, beside a one. Beside itself it would do as well, but then
    a look-up table has one net at two inputs, and nextpnr's router may try to reach them for ever.
    """

    def above(low: Value, number: Value) -> Value:
        whole = Cat(low, number)
        return whole.as_signed() if number.shape().signed else whole

    return (above(carry, a) + above(Const(1, 1), b)) >> 1


def unless(clear: Value, bits: Value) -> Value:
    """Return ``bits``, or zeros when ``clear``.

    A gate in each look-up table, where there is room for one, and no reset signal: the lanes then
    share no control nets, and place and route is free to mix them.
    """
    return bits & ~clear.replicate(len(bits))


def among(bit: Signal, numbers: Iterable[int]) -> Value:
    """Tell whether ``bit`` is one of ``numbers``: a table, smaller than a comparator's carries."""
    size = 1 << len(bit)
    return Const(sum(1 << number for number in set(numbers)), size).bit_select(bit, 1)


UNION = 16  # bits that are joined between two registers


def union_latency(bits: int) -> int:
    """Count the registers of :func:`union`."""
    return max(1, -(-(bits - 1).bit_length() // (UNION.bit_length() - 1)))


def union(m: Module, bits: Value) -> Value:
    """Tell whether any of so many bits is set, :func:`union_latency` cycles later."""
    for level in range(union_latency(len(bits))):
        parts = [bits[at : at + UNION].any() for at in range(0, len(bits), UNION)]
        joined = Signal(len(parts), name=f"joined_{level}", reset_less=True)
        m.d.sync += joined.eq(Cat(parts))
        bits = joined
    return bits
