"""The token of a step."""

from amaranth import Module
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import input_layout
from qrnn_hw.hw.serial.parity import Parity


class TokenInput(wiring.Component):
    """Hold a token until its step has taken it.

    Latency: one cycle from a transfer on ``x`` to ``valid``. Throughput: the next token is taken
    after ``release``.

    Parameters
    ----------
    model
        Input format.

    Members
    -------
    x : In(stream.Signature(input_layout(model)))
        Tokens.
    value : Out(model.inputs.width)
        The token; valid with ``valid``.
    last, parity : Out(1)
        It ends its sequence; parity of its step, 0 where the scale does not alternate.
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
                "value": Out(model.inputs.width),
                "last": Out(1),
                "parity": Out(1),
                "valid": Out(1),
                "release": In(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.steps = steps = Parity(self.model.parities)
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
