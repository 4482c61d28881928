"""Products of a row, summed: a digit of a weight a cycle."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.word.marks import MARKS
from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.source import DIGIT, Source


def half_place(plan: WordSizes, parity: int) -> tuple[int, int]:
    """Return the plane at whose beginning the half that rounds is added, and what it is there."""
    half = 1 << plan.model.shift(parity) >> 1
    plane = min((half.bit_length() - 1) // 2, plan.input_planes - 1) if half else 0
    return plane, half >> 2 * plane


class Product(wiring.Component):
    """Multiply values by digits, and add them up, the highest plane of a row first.

    A digit is 0, 1 or 2, or its negative: the value is moved, inverted, or dropped; the sum moves
    by two bits from plane to plane. The half of a state's rounding comes in where its bits are
    zero: in the sum that begins, or has moved. Latency: two cycles from a value to its sum.
    Throughput: a digit a cycle.

    Parameters
    ----------
    plan
        Widths and halves.

    Members
    -------
    marks : In(MARKS)
        With the address, ``Source.latency`` cycles before the value.
    parity : In(1)
        Of the step.
    value, digit : In
        From :class:`~qrnn_hw.hw.word.source.Source`.
    total : Out(signed(sum_bits))
        The sum; it stays after a row's end until the next row begins.
    """

    latency = 2

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "marks": In(MARKS),
                "parity": In(1),
                "value": In(signed(plan.value_bits)),
                "digit": In(DIGIT),
                "total": Out(signed(plan.sum_bits)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, value, digit = self.plan, self.value, self.digit
        cut = delayed(m, self.marks.cut, Source.latency, "cut")
        operand = Signal(signed(plan.value_bits + 1), reset_less=True)
        carry, drop = Signal(), Signal()
        m.d.comb += drop.eq(digit.zero | (cut & (value < 0)))
        moved = Mux(digit.two, value << 1, value)
        m.d.sync += [
            operand.eq(moved ^ digit.negative.replicate(len(operand))),
            carry.eq(digit.negative & ~drop),
        ]
        pool = plan.model.readout.pool
        one = pool.leak if pool is not None and pool.statistic == "count" else None
        with m.If(drop if one is None else drop | cut):
            m.d.sync += operand.eq(0)
            if one is not None:  # what is not negative counts as one, whatever it is
                m.d.sync += operand[one].eq(cut & ~digit.zero & (value >= 0))

        first, shift, half = (
            delayed(m, self.marks[name], Source.latency + 1, name)
            for name in ("first", "shift", "half")
        )
        halves = [half_place(plan, p)[1] for p in range(plan.model.parities)]
        extra = Mux(half, Mux(self.parity, halves[-1], halves[0]), Const(0))
        before = Signal.like(self.total)
        m.d.comb += before.eq(Mux(first, 0, Mux(shift, self.total << 2, self.total)) | extra)
        # The carry goes in below the lowest bit: an adder with a carry is one chain.
        added = Cat(Const(1, 1), before).as_signed() + Cat(carry, operand).as_signed()
        m.d.sync += self.total.eq(added >> 1)
        return m
