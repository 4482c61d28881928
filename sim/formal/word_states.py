"""States are written as they must be in the word-serial engine."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.source import Source
from qrnn_hw.hw.word.writer import Writer
from qrnn_hw.sim.formal.inside import Inside, later
from qrnn_hw.sim.formal.proof import Method, Proof


class Writing(Elaboratable):
    """Round and saturate beside the component, of any sums; pass words of any number on.

    A row's state is written when its sum is there, in the order of the units; the last of a step,
    and of a pass, is told.

    Parameters
    ----------
    writer
        What is proven.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.inside = Inside(writer)
        flags = writer.passing, writer.pooling, writer.biasing, writer.layering, writer.due
        self.inputs = [writer.marks.as_value(), *flags, writer.parity, writer.turn, writer.sum,
                       writer.total]  # fmt: skip

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.writer = self.inside.fragment
        writer, model = self.writer, self.writer.plan.model
        a = model.state_bits
        value = writer.total[: model.accumulator_bits].as_signed()
        shifts = [model.shift(p) for p in range(model.parities)]
        rounded = Mux(writer.parity, value >> shifts[-1], value >> shifts[0])
        top = 1 << a - 1
        state = Mux(rounded >= top, top - 1, Mux(rounded < -top, -top, rounded))
        if (layer := model.readout.layer) is not None:
            unit = writer.total >> layer.shift
            unit = Mux(unit < 0, 0, Mux(unit >= top, top - 1, unit))
            state = Mux(writer.layering, unit, state)
        state = Mux(writer.pooling, writer.total[: writer.plan.word_bits].as_signed(), state)
        wanted = later(m, Mux(writer.passing, writer.sum, state))
        known = Signal()
        m.d.sync += known.eq(1)
        m.d.comb += Assert(~known | (writer.write.data.as_signed() == wanted))

        # Rows end, and passes begin, only where the one before was written to its last word.
        ends = delayed(m, writer.marks.ends, Source.latency + Product.latency, "exact_ends")
        number = Signal(writer.plan.index_bits)
        enable, counted = self.inside["enable"], self.inside["number"]
        kind = Cat(writer.passing, writer.pooling, writer.biasing, writer.layering)
        last = Mux(writer.biasing, model.classes - 1, model.hidden - 1)
        last = Mux(writer.layering, writer.plan.units - 1, last)
        behind = (writer.pooling & ~writer.biasing) | writer.layering
        where = Cat(number, behind, writer.biasing)
        m.d.comb += [
            Assume(~known | (number == 0) | (kind == later(m, kind))),
            Assume(~writer.biasing | (writer.pooling & int(writer.plan.counts))),
            Assume(
                ~writer.layering | (~(writer.passing | writer.pooling) & (writer.plan.units > 0))
            ),
            Assume(~writer.pooling | (~writer.passing & int(writer.plan.pooled))),
            Assume(~(ends & writer.passing)),
            Assert(counted == number),
            Assert(number <= last),
            Assert(writer.written == (enable & (number == last))),
            Assert(writer.write.en == enable),
            Assert(~(writer.turn == 0) | (writer.write.addr == where[: len(writer.write.addr)])),
            Assert(writer.state == (enable & (kind == 0))),
        ]
        for count in writer.plan.numbered:
            told = self.inside[f"number_is_last_of_{count}"]
            m.d.comb += Assert(told == (counted == count - 1))
        with m.If(enable):
            m.d.sync += number.eq(Mux(number == last, 0, number + 1))
        comes = later(m, ends & ~writer.passing)
        m.d.comb += Assert(~known | ~comes | enable)
        return m


def writing(plan: WordPlan) -> Proof:
    """Return the proof for what a plan writes."""
    design = Writing(Writer(plan))
    return Proof(
        "states are rounded and saturated sums, in their order",
        design,
        Method.INDUCTION,
        2,
        [signal for signal in design.inputs if len(signal)],
        f"sums of {plan.model.accumulator_bits} bits, states of {plan.model.state_bits}",
    )
