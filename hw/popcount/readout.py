"""Send logits, and keep the class of the largest."""

from amaranth import Module, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.argmax import Argmax
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.ports import output_layout


class PopcountReadout(wiring.Component):
    """Ask for the logits of a group of rows one by one, and send each.

    Latency: three cycles from ``arrived`` to ``y.valid``, one from a
    transfer to ``advance``. Throughput: a logit every
    ``plan.logit_cycles``.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    loaded : In(1)
        The sums of a group of rows of V are there.
    request : Out(1)
        The next one is wanted.
    logit, arrived : In
        It is there, and stays.
    advance : Out(1)
        It was sent, in the cycle before.
    y : Out(stream.Signature(output_layout(plan.model)))
        Logits.
    empty : Out(1)
        All rows of the group were sent.
    ended : Out(1)
        So was the last logit of a readout.
    """

    latency = Argmax.latency
    done_latency = 1

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "loaded": In(1),
                "request": Out(1),
                "logit": In(signed(plan.model.logit_bits)),
                "arrived": In(1),
                "advance": Out(1),
                "y": Out(stream.Signature(output_layout(plan.model))),
                "empty": Out(1, init=1),
                "ended": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model, rows = self.plan.model, self.plan.readout_rows

        index = Signal(range(model.classes), name="index")
        left = Signal(range(rows + 1), name="left")  # rows after this one
        y = self.y
        m.submodules.argmax = argmax = Argmax(model.logit_bits, model.classes)
        m.d.comb += [
            argmax.logit.eq(self.logit),
            argmax.number.eq(index),
            argmax.strobe.eq(self.arrived),
            y.payload.data.eq(self.logit),
            y.payload.user.eq(argmax.user),
            y.payload.last.eq(index == model.classes - 1),
            self.ended.eq(self.advance & y.payload.last),
            self.request.eq(self.loaded | (self.advance & (left != 0) & ~y.payload.last)),
        ]
        m.d.sync += self.advance.eq(y.valid & y.ready)
        with m.If(argmax.done):
            m.d.sync += y.valid.eq(1)
        with m.Elif(y.ready):
            m.d.sync += y.valid.eq(0)
        with m.If(self.loaded):
            m.d.sync += [left.eq(rows - 1), self.empty.eq(0)]
        with m.Elif(self.advance):
            m.d.sync += [left.eq(left - 1), index.eq(index + 1)]
            with m.If(left == 0):
                m.d.sync += self.empty.eq(1)
            with m.If(y.payload.last):
                m.d.sync += [index.eq(0), self.empty.eq(1)]

        return m
