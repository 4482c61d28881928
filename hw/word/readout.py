"""Logits, one by one, and the class of the largest."""

from amaranth import Module, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.ports import output_layout
from qrnn_hw.hw.word.marks import MARKS
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.source import Source


class WordReadout(wiring.Component):
    """Keep the largest logit, and offer each.

    Latency: two cycles from a row's sum to ``y.valid``. Throughput: the next row begins when its
    logit was taken.

    Parameters
    ----------
    plan
        Widths.

    Members
    -------
    marks : In(MARKS)
        With the address of a product.
    row : In(range(readout_rows))
        Its number; behind those of the units of a hidden layer.
    total : In(signed(sum_bits))
        A row's sum; it stays until the next row begins.
    offered : In(1)
        The controller waits for the logit to be taken.
    compared : Out(1)
        It can be offered in the next cycle.
    taken : Out(1)
        It is taken.
    y : Out(stream.Signature(output_layout(plan.model)))
        Logits.
    """

    latency = 2

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "marks": In(MARKS),
                "row": In(range(plan.readout_rows)),
                "total": In(signed(plan.sum_bits)),
                "offered": In(1),
                "compared": Out(1),
                "taken": Out(1),
                "y": Out(stream.Signature(output_layout(plan.model))),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        model, y, units = self.plan.model, self.y, self.plan.units
        logit = self.total[: model.logit_bits].as_signed()
        summed = delayed(m, self.marks.logit, Source.latency + Product.latency, "summed")
        larger = signals("larger")[0]
        m.d.sync += self.compared.eq(summed)
        m.d.comb += [
            y.valid.eq(self.offered),
            y.payload.data.eq(logit),
            y.payload.last.eq(self.row == self.plan.readout_rows - 1),
            self.taken.eq(y.valid & y.ready),
        ]
        if model.classes == 1:
            m.d.comb += y.payload.user.eq(logit > 0)
            return m
        # The largest is inverted: ``logit + ~best`` is at least 0 where the logit is larger.
        inverted = Signal(signed(model.logit_bits), reset_less=True)
        m.d.sync += larger.eq((self.row == units) | (logit + inverted >= 0))
        with m.If(self.compared & larger):
            m.d.sync += [inverted.eq(~logit), y.payload.user.eq(self.row - units)]
        return m
