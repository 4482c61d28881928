"""Products of input coefficients as serial streams, and what each lane takes from a few streams."""

from collections.abc import Sequence

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.digits import signed_powers
from qrnn_hw.hw.gates import among, majority
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


def chosen(m: Module, choices: Sequence[tuple[Value, ...]], word: Value) -> list[Value]:
    """Choose for each lane among one bit a word; equal choices share their multiplexers."""
    nodes: dict[tuple[int, ...], Value] = {}  # by the level, and the bits below it

    def node(bits: tuple[Value, ...], level: int) -> Value:
        key = (level, *(id(bit) for bit in bits))
        if len(set(key[1:])) == 1:
            return bits[0]
        if key not in nodes:
            choice = Signal(name=f"choice_{len(nodes)}")
            m.d.comb += choice.eq(
                Mux(word[level], node(bits[1::2], level + 1), node(bits[::2], level + 1))
            )
            nodes[key] = choice
        return nodes[key]

    return [node(bits, 0) for bits in choices]


def by_word(m: Module, choices: Sequence[tuple[Value, ...]], word: Value) -> Value:
    """Choose as :func:`chosen`, into registers, which equal choices share too.

    The result comes one cycle after ``word``.
    """
    registers: dict[tuple[int, ...], Signal] = {}
    lanes = []
    for bits, bit in zip(choices, chosen(m, choices, word)):
        key = tuple(id(bit) for bit in bits)
        if key not in registers:
            registers[key] = Signal(name=f"chosen_{len(registers)}", reset_less=True)
            m.d.sync += registers[key].eq(bit)
        lanes.append(registers[key])
    return Cat(*lanes)


class Signs(wiring.Component):
    """Give every lane the sign of its unit. Latency: two cycles behind the timeline.

    Parameters
    ----------
    plan
        Signs and sizes.
    time
        The output timeline.

    Members
    -------
    o : Out(plan.lanes)
        1 where the transform is to be subtracted.
    """

    latency = BEHIND

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        super().__init__({"o": Out(plan.lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        word = Signal.like(self.time.word)
        m.d.sync += word.eq(self.time.word)
        sign = {1: Const(0), -1: Const(1)}
        choices = [
            tuple(sign[u] for u in lane) for lane in self.plan.by_lane(self.plan.model.signs)
        ]
        m.d.comb += self.o.eq(by_word(m, choices, word))
        return m


class Products(wiring.Component):
    """Give every lane its coefficient times one scaled input.

    Only the coefficients that occur are built, once, from shifted copies of the input; lanes
    select. Latency: two cycles behind the timeline. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    plan
        Coefficients and sizes.
    time
        The timeline of the terms.
    channel
        Which input.
    rounds
        Whether to add the half that rounds: once among all terms.

    Members
    -------
    scaled : In(signed(plan.model.numbers.scaled_bits))
        Taken at ``take``.
    take : In(1)
        The timeline begins in the next cycle, with another input; without it, with the last one.
    parity : In(1)
        Of the step, from bit 0 on.
    o : Out(plan.lanes)
        ``u_i * scaled``, plus ``2**(shift - 1)`` if it rounds, least significant bit first.
    """

    latency = BEHIND

    def __init__(self, plan: SerialSizes, time: Timeline, channel: int, *, rounds: bool) -> None:
        self.plan = plan
        self.time = time
        self.channel = channel
        self.rounds = rounds
        super().__init__(
            {
                "scaled": In(plan.model.numbers.scaled_bits),
                "take": In(1),
                "parity": In(1),
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model, time = self.plan.model, self.time
        u = model.numbers.u[:, self.channel]

        # The input goes round once a word: its bits, then its sign for the rest of the word. So it
        # is there again for a pass that begins behind any word.
        size = min(model.numbers.scaled_bits, self.plan.word)
        ring = Signal(size, reset_less=True)
        turning = Signal()
        m.d.comb += turning.eq(among(time.bit, range(size)))
        with m.If(self.take):
            m.d.sync += ring.eq(self.scaled)
        with m.Elif(time.active & turning):
            m.d.sync += ring.eq(ring.rotate_right(1))

        half: Value = Const(0)
        if self.rounds:
            places = [model.shift(p) - 1 for p in range(model.parities)]
            at = [time.bit == place if place >= 0 else Const(0) for place in places]
            half = Signal()
            m.d.comb += half.eq(Mux(self.parity, at[-1], at[0]))

        digits = {k: signed_powers(k) for k in sorted(set(map(int, u)))}
        deepest = max((e for number in digits.values() for _, e in number), default=0)
        powers: list[Value] = [Mux(turning, ring[0], ring[-1])]
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
        choices = [tuple(streams[k] for k in lane) for lane in self.plan.by_lane(u)]
        m.d.comb += self.o.eq(by_word(m, choices, word))

        return m
