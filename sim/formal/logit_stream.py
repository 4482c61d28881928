"""Every logit is offered once, in order, until it is taken."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable
from amaranth.lib import wiring

from qrnn_hw.hw.argmax import Argmax
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.readout import PopcountReadout
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


def comparing(inside: Inside) -> list[Signal]:
    """List the marks of a logit on its way through the comparison of a readout."""
    return [inside[f"argmax.compared_{cycle + 1}"] for cycle in range(Argmax.latency - 1)]


def offers_once(
    m: Module, y: wiring.PureInterface, comes: Value, rewind: Value, classes: int
) -> Signal:
    """Assert that a stream shows each logit that comes, from the next cycle on, until it is taken.

    None comes before the last one was taken. Logits are numbered by their transfers, from
    ``rewind`` on, and the last of a readout is marked.

    Parameters
    ----------
    y
        The stream of a readout.
    comes
        A logit is there in the next cycle.
    rewind
        The next one is the first.
    classes
        Logits of a readout.

    Returns
    -------
    number
        Logits that were taken since ``rewind``.
    """
    payload = Value.cast(y.payload)
    waits, came, before = Signal(), Signal(), Signal(len(payload))
    number = Signal(range(classes + 1))
    m.d.sync += [waits.eq(y.valid & ~y.ready), came.eq(comes), before.eq(payload)]
    with m.If(rewind):
        m.d.sync += number.eq(0)
    with m.Elif(y.valid & y.ready):
        m.d.sync += number.eq(number + 1)
    m.d.comb += [
        Assert(y.valid == (waits | came)),
        Assert(~waits | (payload == before)),
        Assert(~comes | ~y.valid),
        Assert(~y.valid | (y.payload.last == (number == classes - 1))),
    ]
    return number


class Offering(Elaboratable):
    """Answer the requests of a popcount core's readout at any pace, and watch its stream.

    A logit arrives some time after it was requested, and stays; a group of rows is loaded after the
    one before was sent. Each logit is then offered once, in order, until it is taken; a readout has
    as many as there are classes, and a group as many as it has rows.

    Parameters
    ----------
    readout
        What is proven.
    """

    def __init__(self, readout: PopcountReadout) -> None:
        self.readout = readout
        self.inside = Inside(readout)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.readout = self.inside.fragment
        readout, classes = self.readout, self.readout.plan.model.classes
        rows, y = readout.plan.readout_rows, self.readout.y
        # A logit that came some cycles ago is compared.
        index, left = (self.inside[name] for name in ("index", "left"))
        compares = Cat(*comparing(self.inside))

        asked, logit = Signal(), Signal.like(readout.logit)
        m.d.sync += logit.eq(readout.logit)
        with m.If(readout.request):
            m.d.sync += asked.eq(1)
        with m.Elif(readout.arrived):
            m.d.sync += asked.eq(0)
        m.d.comb += [
            Assume(~readout.arrived | asked),
            Assume(readout.arrived | (readout.logit == logit)),
            Assume(~readout.loaded | readout.empty),
        ]
        sent, ends, sending = Signal(range(rows + 1)), Signal(), Signal()
        taken = y.valid & y.ready
        number = offers_once(m, y, self.inside["argmax.done"], ends, classes)
        late = Signal.like(number)  # the readout counts a cycle later
        m.d.comb += ends.eq(taken & (number == classes - 1))
        m.d.sync += [sending.eq(taken), late.eq(number)]
        with m.If(readout.loaded):
            m.d.sync += sent.eq(0)
        with m.Elif(sending):
            m.d.sync += sent.eq(sent + 1)
        whole = (sent == rows) | ((sent != 0) & (late == 0))
        begun = Signal()
        m.d.sync += begun.eq(begun | readout.loaded)
        m.d.comb += [
            Assert(readout.advance == sending),
            Assert(readout.ended == (sending & (late == classes - 1))),
            Assert(readout.empty == (~begun | whole)),
            # What makes it so.
            Assert((index == late) & (late < classes) & (number < classes)),
            Assert(number == Mux(sending, Mux(late == classes - 1, 0, late + 1), late)),
            Assert(~begun | readout.empty | (left == (rows - 1 - sent)[: len(left)])),
            Assert(asked + sum(compares) + y.valid + sending == ~readout.empty),
            Assert(sent <= rows),
        ]
        return m


def offering(plan: PopcountPlan) -> Proof:
    """Return the proof for the readout of a plan."""
    readout = PopcountReadout(plan)
    return Proof(
        "every logit is offered once, in order, until it is taken",
        Offering(readout),
        Method.INDUCTION,
        1,
        free(readout),
        f"{plan.model.classes} logits, {plan.readout_rows} at a time",
    )
