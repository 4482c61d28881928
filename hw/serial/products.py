"""Every product of an input coefficient with the scaled input, as serial streams."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.serial.lanes import majority
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.select import by_word
from qrnn_hw.hw.serial.timeline import Timeline


def signed_digits(value: int) -> list[tuple[int, int]]:
    """Write ``value`` as the fewest signed powers of two: (sign, exponent) pairs.

    >>> signed_digits(7), signed_digits(-6), signed_digits(0)
    ([(-1, 0), (1, 3)], [(1, 1), (-1, 3)], [])
    """
    digits, exponent = [], 0
    while value:
        if value & 1:
            digit = 2 - (value & 3)
            digits.append((digit, exponent))
            value -= digit
        value >>= 1
        exponent += 1
    return digits


class Products(wiring.Component):
    """Give every lane its coefficient times the scaled input, plus the half that rounds.

    Only the coefficients that occur are built, once, from shifted copies of the input; lanes
    select. Latency: two cycles behind the timeline. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    plan
        Coefficients and sizes.
    time
        The output timeline.

    Members
    -------
    scaled : In(signed(plan.model.inputs.scaled_bits))
        Taken at ``ahead``.
    ahead : In(1)
        The timeline begins in two cycles.
    parity : In(1)
        Of the step; from one cycle after ``ahead`` to the next.
    o : Out(plan.lanes)
        ``u_i * scaled + 2**(shift - 1)``, least significant bit first.
    """

    def __init__(self, plan: SerialPlan, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        super().__init__(
            {
                "scaled": In(plan.model.inputs.scaled_bits),
                "ahead": In(1),
                "parity": In(1),
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model, time = self.plan.model, self.time

        kept = Signal(model.inputs.scaled_bits, reset_less=True)
        moving = Signal(model.inputs.scaled_bits, reset_less=True)
        with m.If(self.ahead):
            m.d.sync += kept.eq(self.scaled)
        with m.If(time.start | time.last):
            m.d.sync += moving.eq(kept)
        with m.Else():
            m.d.sync += moving.eq(Cat(moving[1:], moving[-1]))

        half = Signal()
        shifts = [model.shift(p) for p in range(model.parities)]
        m.d.comb += half.eq(time.bit == Mux(self.parity, shifts[-1] - 1, shifts[0] - 1))

        digits = {k: signed_digits(k) for k in sorted(set(map(int, model.inputs.u[:, 0])))}
        deepest = max((e for number in digits.values() for _, e in number), default=0)
        powers = [moving[0]]
        for exponent in range(1, deepest + 1):
            power = Signal(name=f"input_times_{1 << exponent}", reset_less=True)
            m.d.sync += power.eq(powers[-1] & ~time.clear)
            powers.append(power)

        streams: dict[int, Value] = {}
        for k, number in digits.items():
            total: Value = half
            for sign, exponent in number:
                carry = Signal(name=f"carry_{k}_{exponent}", reset_less=True)
                augend = total if sign > 0 else ~total
                m.d.sync += carry.eq(majority(augend, powers[exponent], carry) & ~time.clear)
                total = total ^ powers[exponent] ^ carry
            streams[k] = Signal(name=f"product_{k}", reset_less=True)
            m.d.sync += streams[k].eq(total)

        word = Signal.like(time.word)
        m.d.sync += word.eq(time.word)
        choices = [
            tuple(streams[k] for k in lane) for lane in self.plan.by_lane(model.inputs.u[:, 0])
        ]
        m.d.comb += self.o.eq(by_word(m, choices, word))

        return m
