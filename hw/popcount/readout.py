"""Send logits, and keep the class of the largest."""

from amaranth import Module, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.ports import output_layout


class PopcountReadout(wiring.Component):
    """Ask for the logits of a group of rows one by one, and send each.

    Latency: two cycles from ``arrived`` to ``y.valid``. Throughput: a logit every
    ``LOGIT_CYCLES`` cycles.

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
        It was sent.
    y : Out(stream.Signature(output_layout(plan.model)))
        Logits.
    empty : Out(1)
        All rows of the group were sent.
    ended : Out(1)
        The last logit of a readout is sent.
    """

    latency = 2

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
        m.d.comb += [
            y.payload.data.eq(self.logit),
            y.payload.last.eq(index == model.classes - 1),
            self.advance.eq(y.valid & y.ready),
            self.ended.eq(self.advance & y.payload.last),
            self.request.eq(self.loaded | (self.advance & (left != 0) & ~y.payload.last)),
        ]
        compared, larger = signals("compared larger")
        m.d.sync += compared.eq(self.arrived)
        with m.If(compared):
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

        if model.classes == 1:
            m.d.comb += y.payload.user.eq(self.logit > 0)
        else:
            best = Signal(signed(model.logit_bits), reset_less=True)
            m.d.sync += larger.eq((index == 0) | (self.logit > best))
            with m.If(compared & larger):
                m.d.sync += [best.eq(self.logit), y.payload.user.eq(index)]

        return m
