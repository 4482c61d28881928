"""Multiply an input by the gain of its step."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import input_layout


class Scaler(wiring.Component):
    """Scale inputs as :meth:`qrnn_hw.export.inputs.Numbers.scaled` does, one bit a cycle.

    Latency: ``inputs.bits + 1`` cycles from a transfer on ``x`` to ``valid``. Throughput: the next
    input is taken after ``release``.

    Parameters
    ----------
    model
        Gains and input format.

    Members
    -------
    x : In(stream.Signature(input_layout(model)))
        Inputs.
    scaled : Out(signed(model.inputs.scaled_bits))
        The input times the gain, rounded half up; valid with ``valid``.
    last, parity : Out(1)
        The input ends its sequence; parity of its step, 0 where the scale does not alternate.
    valid : Out(1)
        The results are there, until ``release``.
    release : In(1)
        Let go of them.
    """

    def __init__(self, model: IntegerModel) -> None:
        self.model = model
        super().__init__(
            {
                "x": In(stream.Signature(input_layout(model))),
                "scaled": Out(signed(model.inputs.scaled_bits)),
                "last": Out(1),
                "parity": Out(1),
                "valid": Out(1),
                "release": In(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model = self.model
        bits, frac = model.inputs.bits, model.inputs.gain_frac
        gains = [int(gain) for gain in model.inputs.gain]
        half = 1 << frac - 1

        # The sum moves right instead of the gain left: bits that fall off cannot change again.
        largest = max(half, *gains) + max(gains)
        total = Signal(signed(largest.bit_length() + 1), reset_less=True)
        pending = Signal(bits, reset_less=True)
        left = Signal(range(bits + 1))
        ended = Signal(init=1)  # so that the first step is odd

        gain = Mux(self.parity, gains[-1], gains[0])
        addend = Mux(pending[0], gain, 0)
        m.d.comb += [
            self.x.ready.eq((left == 0) & ~self.valid),
            self.scaled.eq(total >> frac - bits),
        ]

        with m.If(self.x.valid & self.x.ready):
            m.d.sync += [
                total.eq(half),
                pending.eq(self.x.payload.data),
                left.eq(bits),
                self.last.eq(self.x.payload.last),
                ended.eq(self.x.payload.last),
            ]
            if model.parities == 2:
                m.d.sync += self.parity.eq(ended | ~self.parity)
        with m.Elif(left != 0):
            m.d.sync += [
                pending.eq(pending >> 1),
                left.eq(left - 1),
                total.eq((total + addend) >> 1),
                self.valid.eq(left == 1),
            ]
            if model.inputs.signed:
                with m.If(left == 1):
                    m.d.sync += total.eq((total - addend) >> 1)
        with m.If(self.release):
            m.d.sync += self.valid.eq(0)

        return m
