"""Multiply the inputs of a step by its gain."""

from amaranth import Cat, Module, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import input_layout
from qrnn_hw.hw.serial.gain import Gain
from qrnn_hw.hw.serial.parity import Parity


class Scaler(wiring.Component):
    """Scale all channels side by side.

    Latency: ``inputs.bits + 1`` cycles from a transfer on ``x`` to ``valid``. Throughput: the next
    inputs are taken after ``release``.

    Parameters
    ----------
    model
        Gains and input format.

    Members
    -------
    x : In(stream.Signature(input_layout(model)))
        Inputs.
    value : Out(model.inputs.channels * model.inputs.scaled_bits)
        The inputs times the gain, rounded half up, channel 0 lowest; valid with ``valid``.
    last, parity : Out(1)
        They end their sequence; parity of their step, 0 where the scale does not alternate.
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
                "value": Out(model.inputs.channels * model.inputs.scaled_bits),
                "last": Out(1),
                "parity": Out(1),
                "valid": Out(1),
                "release": In(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        inputs = self.model.inputs
        m.submodules.steps = steps = Parity(self.model.parities)
        given = Value.cast(self.x.payload.data)
        gains = [Gain(inputs) for _ in range(inputs.channels)]
        for channel, gain in enumerate(gains):
            m.submodules[f"gain_{channel}"] = gain
            m.d.comb += [
                gain.start.eq(steps.taken),
                gain.x.eq(given.word_select(channel, inputs.bits)),
                gain.parity.eq(steps.parity),
            ]
        m.d.comb += [
            self.x.ready.eq(gains[0].idle & ~self.valid),
            steps.taken.eq(self.x.valid & self.x.ready),
            steps.ends.eq(self.x.payload.last),
            self.last.eq(steps.last),
            self.parity.eq(steps.parity),
            self.value.eq(Cat(gain.value for gain in gains)),
        ]
        with m.If(gains[0].final):
            m.d.sync += self.valid.eq(1)
        with m.Elif(self.release):
            m.d.sync += self.valid.eq(0)
        return m
