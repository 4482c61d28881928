"""One input times the gain of its step."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.inputs import Numbers


class Gain(wiring.Component):
    """Scale an input as :meth:`qrnn_hw.export.inputs.Numbers.scaled` does, one bit a cycle.

    Latency: ``inputs.bits + 1`` cycles from ``start`` to ``value``. Throughput: one input in so
    many cycles.

    Parameters
    ----------
    inputs
        Gains and format.

    Members
    -------
    start : In(1)
        Take ``x``.
    x : In(inputs.bits)
        An input.
    parity : In(1)
        Of its step; held from one cycle after ``start`` to the result.
    value : Out(signed(inputs.scaled_bits))
        The input times the gain, rounded half up; stays until the next ``start``.
    idle, final : Out(1)
        Nothing is under way; ``value`` is there in the next cycle.
    """

    def __init__(self, inputs: Numbers) -> None:
        self.inputs = inputs
        super().__init__(
            {
                "start": In(1),
                "x": In(inputs.bits),
                "parity": In(1),
                "value": Out(signed(inputs.scaled_bits)),
                "idle": Out(1),
                "final": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        bits, frac = self.inputs.bits, self.inputs.gain_frac
        gains, half = self.inputs.gain.tolist(), 1 << frac - 1

        # The sum moves right instead of the gain left: bits that fall off cannot change again.
        largest = max(half, *gains) + max(gains)
        total = Signal(signed(largest.bit_length() + 1), reset_less=True)
        pending = Signal(bits, reset_less=True)
        left = Signal(range(bits + 1))
        gain = Mux(self.parity, gains[-1], gains[0])
        addend = Mux(pending[0], gain, 0)
        m.d.comb += [
            self.value.eq(total >> frac - bits),
            self.idle.eq(left == 0),
            self.final.eq(left == 1),
        ]
        with m.If(self.start):
            m.d.sync += [total.eq(half), pending.eq(self.x), left.eq(bits)]
        with m.Elif(left != 0):
            m.d.sync += [
                pending.eq(pending >> 1),
                left.eq(left - 1),
                total.eq((total + addend) >> 1),
            ]
            if self.inputs.signed:
                with m.If(left == 1):
                    m.d.sync += total.eq((total - addend) >> 1)
        return m
