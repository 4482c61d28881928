"""The entry of a core: how a time step is taken, scaled, and held until it is used."""

import numpy as np
from amaranth import Array, Cat, Module, Mux, Shape, Signal, Value, signed
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import input_layout, whose


class Parity(wiring.Component):
    """Count the steps of a sequence, modulo the parities of the model. Latency: one cycle.

    Parameters
    ----------
    parities
        1 or 2.
    at_once
        Sequences that are counted: 1 or 2.

    Members
    -------
    taken, ends : In(1)
        An input is taken; it ends its sequence.
    whose : In(1)
        Only of two sequences: the one whose input it is.
    last, parity : Out(1)
        The input that was taken last ended its sequence; parity of its step, from 1 on: 0 where
        there is but one parity.
    sequence : Out(1)
        Only of two sequences: whose input was taken last.
    """

    latency = 1

    def __init__(self, parities: int, at_once: int = 1) -> None:
        self.parities = parities
        self.at_once = at_once
        both = {"whose": In(1), "sequence": Out(1)} if at_once > 1 else {}
        super().__init__(
            {
                "taken": In(1),
                "ends": In(1),
                "last": Out(1, init=1),
                "parity": Out(1),
                **both,
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        if self.at_once > 1:
            self._count_both(m)
            return m
        with m.If(self.taken):
            m.d.sync += self.last.eq(self.ends)
            if self.parities == 2:
                m.d.sync += self.parity.eq(self.last | ~self.parity)
        return m

    def _count_both(self, m: Module) -> None:
        """Count the steps of either sequence by itself."""
        ended = [Signal(name=f"ended_{k}", init=1) for k in range(2)]
        parities = [Signal(name=f"parity_{k}") for k in range(2)]
        with m.If(self.taken):
            m.d.sync += self.sequence.eq(self.whose)
        for k in range(2):
            with m.If(self.taken & (self.whose == k)):
                m.d.sync += ended[k].eq(self.ends)
                if self.parities == 2:
                    m.d.sync += parities[k].eq(ended[k] | ~parities[k])
        m.d.comb += [
            self.last.eq(Mux(self.sequence, ended[1], ended[0])),
            self.parity.eq(Mux(self.sequence, parities[1], parities[0])),
        ]


def entry_members(model: IntegerModel, at_once: int = 1) -> dict[str, wiring.Member]:
    """List what every entry has beside what it found out about a step.

    Members
    -------
    x : In(stream.Signature(input_layout(model, at_once)))
        Time steps.
    last, parity : Out(1)
        The step ends its sequence; its parity, 0 where the scale does not alternate.
    sequence : Out(1)
        Only of two sequences at once: whose step it is.
    valid : Out(1)
        The results are there, until ``release``.
    release : In(1)
        Let go of them.
    """
    flags = dict.fromkeys(("last", "parity", "valid", *whose(at_once)), Out(1))
    return {"x": In(stream.Signature(input_layout(model, at_once))), **flags, "release": In(1)}


class TokenInput(wiring.Component):
    """Hold a token until its step has taken it.

    Latency: one cycle from a transfer on ``x`` to ``valid``. Throughput: the next token is taken
    after ``release``.

    Parameters
    ----------
    model
        Input format.
    at_once
        Sequences at once, 1 or 2.

    Members
    -------
    value : Out(model.inputs.width)
        The token; valid with ``valid``.
    x, last, parity, sequence, valid, release
        As :func:`entry_members` has them.
    """

    latency = 1

    def __init__(self, model: IntegerModel, at_once: int = 1) -> None:
        self.model = model
        self.at_once = at_once
        super().__init__(entry_members(model, at_once) | {"value": Out(model.inputs.width)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.steps = steps = Parity(self.model.parities, self.at_once)
        if self.at_once > 1:
            m.d.comb += [
                steps.whose.eq(self.x.payload.sequence),
                self.sequence.eq(steps.sequence),
            ]
        m.d.comb += [
            self.x.ready.eq(~self.valid),
            steps.taken.eq(self.x.valid & self.x.ready),
            steps.ends.eq(self.x.payload.last),
            self.last.eq(steps.last),
            self.parity.eq(steps.parity),
        ]
        with m.If(steps.taken):
            m.d.sync += [self.valid.eq(1), self.value.eq(self.x.payload.data)]
        with m.Elif(self.release):
            m.d.sync += self.valid.eq(0)
        return m


def gain_cycles(inputs: Numbers) -> int:
    """Count the cycles that scaling an input takes."""
    return inputs.factor_bits + 1


def centred(inputs: Numbers, given: ValueLike) -> list[Value]:
    """Take the channels of a step on the wire apart, each less its zero."""
    word = Value.cast(given)
    channels = [word.word_select(k, inputs.bits) for k in range(inputs.channels)]
    if inputs.zero is None:
        return channels
    whole = [channel.as_signed() if inputs.signed else channel for channel in channels]
    return [
        (channel - int(zero))[: inputs.factor_bits] for channel, zero in zip(whole, inputs.zero)
    ]


def choosing_cycles(inputs: Numbers) -> int:
    """Count the cycles in which :func:`next_channel` chooses: none where there is but one."""
    return int(inputs.channels > 1)


def next_channel(m: Module, inputs: Numbers, given: ValueLike, taken: Value) -> Value:
    """Return one channel of a step on the wire after the other, each less its zero.

    Channel 0 is there :func:`choosing_cycles` after the step, each other one two cycles after the
    one before was ``taken``. One subtractor, behind registers, is for all of them.
    """
    if not choosing_cycles(inputs):
        return centred(inputs, given)[0]
    channel = Signal(range(inputs.channels), name="next_channel")
    with m.If(taken):
        m.d.sync += channel.eq(Mux(channel == inputs.channels - 1, 0, channel + 1))
    word = Value.cast(given)
    channels = Array(word.word_select(k, inputs.bits) for k in range(inputs.channels))
    x = Signal(Shape(inputs.bits, inputs.signed), name="chosen", reset_less=True)
    m.d.sync += x.eq(channels[channel])
    if inputs.zero is None:
        return x
    zeros = Array(map(int, inputs.zero))
    zero = Signal(signed(signed_bits(int(np.abs(inputs.zero).max()))), name="zero", reset_less=True)
    m.d.sync += zero.eq(zeros[channel])
    return x - zero


class Gain(wiring.Component):
    """Scale an input as :meth:`qrnn_hw.export.inputs.Numbers.scaled` does, one bit a cycle.

    Latency: :func:`gain_cycles` from ``start`` to ``value``. Throughput: one input in so
    many cycles.

    Parameters
    ----------
    inputs
        Gains and format.

    Members
    -------
    start : In(1)
        Take ``x``.
    x : In(inputs.factor_bits)
        An input less its zero.
    parity : In(1)
        Of its step; held from one cycle after ``start`` to the result.
    value : Out(signed(inputs.scaled_bits))
        The input times the gain, rounded half up; stays until the next ``start``.
    left : Out(range(inputs.factor_bits + 1))
        Cycles until ``value`` is there; 0 when nothing is under way.
    """

    def __init__(self, inputs: Numbers) -> None:
        self.inputs = inputs
        super().__init__(
            {
                "start": In(1),
                "x": In(inputs.factor_bits),
                "parity": In(1),
                "value": Out(signed(inputs.scaled_bits)),
                "left": Out(range(inputs.factor_bits + 1)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        bits, frac = self.inputs.factor_bits, self.inputs.gain_frac
        gains, half = self.inputs.gain.tolist(), 1 << frac - 1

        # The sum moves right instead of the gain left: bits that fall off cannot change again.
        largest = max(half, *gains) + max(gains)
        total = Signal(signed(largest.bit_length() + 1), name="total", reset_less=True)
        pending = Signal(bits, name="pending", reset_less=True)
        left = self.left
        gain = Mux(self.parity, gains[-1], gains[0])
        addend = Mux(pending[0], gain, 0)
        m.d.comb += self.value.eq(total >> frac - bits)
        with m.If(self.start):
            m.d.sync += [total.eq(half), pending.eq(self.x), left.eq(bits)]
        with m.Elif(left != 0):
            m.d.sync += [
                pending.eq(pending >> 1),
                left.eq(left - 1),
                total.eq((total + addend) >> 1),
            ]
            if self.inputs.factor_signed:
                with m.If(left == 1):
                    m.d.sync += total.eq((total - addend) >> 1)
        return m


class Scaler(wiring.Component):
    """Scale all channels side by side.

    A step needs its inputs some cycles after it begins, and so may begin before they are there.
    Latency: :meth:`latency` from a transfer on ``x`` to ``valid``. Throughput: the next inputs are
    taken after ``release``, which must not come before the value is there.

    Parameters
    ----------
    model
        Gains and input format.
    slack
        Cycles from ``valid`` until the value is needed.
    at_once
        Sequences at once, 1 or 2.

    Members
    -------
    value : Out(model.inputs.channels * model.inputs.scaled_bits)
        The inputs times the gain, rounded half up, channel 0 lowest; there ``slack`` cycles after
        ``valid`` at the latest, until the cycle after ``release``.
    x, last, parity, sequence, valid, release
        As :func:`entry_members` has them, but for the value.
    """

    def __init__(self, model: IntegerModel, *, slack: int = 0, at_once: int = 1) -> None:
        self.model = model
        self.slack = slack
        self.at_once = at_once
        value = Out(model.inputs.channels * model.numbers.scaled_bits)
        super().__init__(entry_members(model, at_once) | {"value": value})

    @staticmethod
    def latency(inputs: Numbers, slack: int) -> int:
        """Count the cycles from a transfer on ``x`` to ``valid``."""
        return max(1, gain_cycles(inputs) - slack)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        inputs = self.model.numbers
        m.submodules.steps = steps = Parity(self.model.parities, self.at_once)
        if self.at_once > 1:
            m.d.comb += steps.whose.eq(self.x.payload.sequence)
        gains = [Gain(inputs) for _ in range(inputs.channels)]
        for channel, (gain, x) in enumerate(zip(gains, centred(inputs, self.x.payload.data))):
            m.submodules[f"gain_{channel}"] = gain
            m.d.comb += [
                gain.start.eq(steps.taken),
                gain.x.eq(x),
                gain.parity.eq(steps.parity),
            ]
        left = gains[0].left
        soon: Value = left == 1 + self.slack if self.slack < inputs.factor_bits else steps.taken
        m.d.comb += [
            steps.taken.eq(self.x.valid & self.x.ready),
            steps.ends.eq(self.x.payload.last),
            self.x.ready.eq((left == 0) & ~self.valid),
            self.last.eq(steps.last),
            self.parity.eq(steps.parity),
            self.value.eq(Cat(gain.value for gain in gains)),
        ]
        if self.at_once > 1:
            m.d.comb += self.sequence.eq(steps.sequence)
        with m.If(soon):
            m.d.sync += self.valid.eq(1)
        with m.Elif(self.release):
            m.d.sync += self.valid.eq(0)
        return m
