"""Where words are written: sums as they leave the butterflies, states as they are rounded."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.ports import write_port
from qrnn_hw.hw.word.marks import MARKS
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.source import Source
from qrnn_hw.hw.word.walk import Numbering, is_last, place


class Writer(wiring.Component):
    """Write the d words of a pass, or the d states of a step, in the order of their numbers.

    A state is its row's sum moved down, and the largest of its sign where it has no room. Latency:
    a cycle from the butterflies, or from a sum, to the port. Throughput: a word a cycle.

    Parameters
    ----------
    plan
        Widths and shifts.

    Members
    -------
    marks : In(MARKS)
        With the address of a row's product.
    passing : In(1)
        Words of a pass are written, else states.
    pooling, biasing : In(1)
        Pools are written, of units or of biases, else states.
    layering : In(1)
        A unit of the hidden layer is: its sum moved down, and cut at zero.
    due : In(1)
        The first word of a pass leaves the butterflies in the next cycle.
    turn : In(range(passes))
        Number of the pass, and 0 behind the last.
    parity : In(1)
        Of the step.
    sum : In(signed(pass_bits)), total : In(signed(sum_bits))
        From the butterflies; of a row.
    write : Out
        Port of the memory of words.
    state : Out(1)
        What is written is a state, at its number.
    written : Out(1)
        The last word is.
    """

    latency = 1

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "marks": In(MARKS),
                **dict.fromkeys(("passing", "pooling", "biasing", "layering"), In(1)),
                "due": In(1),
                "turn": In(range(plan.passes)),
                "parity": In(1),
                "sum": In(signed(plan.pass_bits)),
                "total": In(signed(plan.sum_bits)),
                "write": In(write_port(plan.words, plan.word_bits)),
                "state": Out(1),
                "written": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, write = self.plan, self.plan.model, self.write
        top = model.state_bits - 1
        shifts = [model.shift(p) for p in range(model.parities)]
        whole = self.total[: model.accumulator_bits].as_signed()

        # What is written is a choice of four a bit.
        rounded = Signal(signed(plan.sum_bits - min(shifts)))
        m.d.comb += rounded.eq(Mux(self.parity, whole >> shifts[-1], whole >> shifts[0]))
        if (layer := model.readout.layer) is not None:
            with m.If(self.layering):
                m.d.comb += rounded.eq(self.total >> layer.shift)
        sign, beyond = rounded[-1], Signal()
        m.d.comb += beyond.eq(~self.pooling & (rounded[top:] != sign.replicate(len(rounded) - top)))
        state = Mux(self.pooling, self.total, rounded) if plan.pooled else rounded
        low, high = signals("low high")
        negative = self.layering & sign if plan.units else Const(0)
        m.d.comb += [
            low.eq(~self.passing & (~(beyond | negative) | ~sign)),
            high.eq(~self.passing & (beyond | negative)),
        ]
        data = Signal(signed(plan.word_bits), reset_less=True)
        for bit in range(plan.word_bits):
            if bit < top:
                kept = Mux(high, low, Mux(low, state[bit], self.sum[bit]))
            else:
                above = (
                    Mux(self.pooling, self.total[bit], sign) if plan.pooled else sign & ~negative
                )
                kept = Mux(self.passing, self.sum[min(bit, plan.pass_bits - 1)], above)
            m.d.sync += data[bit].eq(kept)

        ends = delayed(m, self.marks.ends, Source.latency + Product.latency, "ends")
        number = Signal(plan.index_bits)
        enable = Signal()
        numbers = Numbering(m, number, plan.numbered)
        last = is_last(plan, numbers, self.biasing, self.layering)
        m.d.comb += self.written.eq(enable & last)
        m.d.sync += enable.eq(
            Mux(self.passing, (enable | self.due) & ~self.written, ends & ~self.passing)
        )
        with m.If(self.written):
            numbers.restart()
        with m.Elif(enable):
            numbers.advance()
        m.d.comb += [
            write.en.eq(enable),
            write.data.eq(data),
            write.addr.eq(
                Cat(
                    place(plan, number, self.turn),
                    (self.pooling & ~self.biasing) | self.layering,
                    self.biasing,
                )
            ),
            self.state.eq(enable & ~(self.passing | self.pooling | self.layering)),
        ]
        return m
