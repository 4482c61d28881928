"""The class is that of the largest logit in the word-serial engine."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.readout import WordReadout
from qrnn_hw.hw.word.source import Source
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.proof import Method, Proof


class Deciding(Elaboratable):
    """Offer logits of any value at any pace, and watch the stream.

    A row's sum stays from its end until it is taken; the controller offers it when it was compared.
    What is offered is that sum, with its place; with the last comes the lowest number of the
    largest.

    Parameters
    ----------
    readout
        What is proven.
    """

    def __init__(self, readout: WordReadout) -> None:
        self.readout = readout
        self.inside = Inside(readout)
        self.inputs = [
            readout.marks.as_value(), readout.row, readout.total, readout.offered, readout.y.ready
        ]  # fmt: skip

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.readout = self.inside.fragment
        readout, model, y = self.readout, self.readout.plan.model, self.readout.y
        logit = readout.total[: model.logit_bits].as_signed()
        late = Source.latency + Product.latency
        summed = delayed(m, readout.marks.logit, late, "exact_summed")
        compared, waits = Signal(), Signal()  # which it is in this cycle; and it is offered
        rows, units = readout.plan.readout_rows, readout.plan.units
        row, held = Signal(range(rows)), Signal.like(readout.total)
        layering = row < units  # of a unit of the hidden layer nothing is offered
        busy = summed | compared | waits
        m.d.sync += [compared.eq(summed), held.eq(readout.total)]
        with m.If(compared & ~layering):
            m.d.sync += waits.eq(1)
        with m.Elif(y.ready):
            m.d.sync += waits.eq(0)
        following = Signal()
        m.d.sync += following.eq(summed | compared)
        m.d.comb += [
            Assume(readout.offered == waits),
            Assume(~summed | ~(compared | waits)),
            Assume(readout.row == row),
            Assume(~(following | waits) | (readout.total == held)),
        ]
        taken = waits & y.ready
        with m.If(taken | (compared & layering)):
            m.d.sync += row.eq(Mux(row == rows - 1, 0, row + 1))
        best, number = Signal(signed(model.logit_bits)), Signal(range(max(2, model.classes)))
        m.d.comb += [
            Assert(readout.compared == compared),
            Assert(readout.taken == taken),
            Assert(y.valid == waits),
            Assert(~waits | (y.payload.data == logit)),
            Assert(~waits | (y.payload.last == (row == rows - 1))),
            Assert((row < rows) & (~waits | ~layering)),
            Assert(~busy | (summed + compared + waits == 1)),
        ]
        if model.classes == 1:
            m.d.comb += Assert(~waits | (y.payload.user == (logit > 0)))
            return m
        with m.If(compared & ~layering & ((row == units) | (logit > best))):
            m.d.sync += [best.eq(logit), number.eq(row - units)]
        some = waits | (row > units)
        larger = self.inside["larger"]
        m.d.comb += [
            Assert(~waits | (y.payload.user == number)),
            # What makes it so.
            Assert(~some | (self.inside["inverted"] == ~best)),
            Assert(~some | (y.payload.user == number)),
            Assert(~compared | layering | (larger == ((row == units) | (logit > best)))),
        ]
        return m


def deciding(plan: WordPlan) -> Proof:
    """Return the proof for the readout of a plan."""
    design = Deciding(WordReadout(plan))
    return Proof(
        "every logit is offered once, and with the last the class of the largest",
        design,
        Method.INDUCTION,
        Source.latency + Product.latency + 1,
        [signal for signal in design.inputs if len(signal)],
        f"{plan.model.classes} logits of {plan.model.logit_bits} bits",
    )
