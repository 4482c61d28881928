"""What a weight multiplies, and the weight's digit."""

from amaranth import Array, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.word.marks import MARKS
from qrnn_hw.hw.word.sizes import WordSizes

#: A digit of a weight: 0, 1 or 2, or the negative of it.
DIGIT = data.StructLayout({"zero": 1, "two": 1, "negative": 1})
MEMORY = 1  # cycles from an address to the memory's output


def digits(weight: Value, planes: int) -> list[Value]:
    """Write a signed weight as digits -2..2 of base 4, the lowest first (Booth's recoding).

    The digit at place j is ``-2 b(2j+1) + b(2j) + b(2j-1)``, as a ``DIGIT``.
    """
    bits = [weight[min(place, len(weight) - 1)] for place in range(2 * planes)]
    found = []
    for low in range(0, 2 * planes, 2):
        below = bits[low - 1] if low else Const(0)
        one, top = bits[low], bits[low + 1]
        odd = one ^ below
        zero = ~(odd | (top ^ one))
        found.append(Cat(zero, ~odd, top & ~zero))
    return found


class Source(wiring.Component):
    """Choose, for every word that is read, the value that goes on, and the digit it is worth.

    The value is the word of a pass, of a row a word or a constant; of a readout it is the state
    less its origin. Latency: two cycles from an address: ``MEMORY``, and a register behind the
    choice. Throughput: a word a cycle.

    Parameters
    ----------
    plan
        Widths.

    Members
    -------
    marks : In(MARKS)
        With the address.
    plane : In(...)
        Of the weight, with the address.
    reading : In(1)
        The weight is one of V. It changes while nothing is on the way.
    word, constant, unit, token : In
        What the memories hold there, a cycle later.
    inputs, readout : In
        Weights of a unit's row, and of V, as late.
    share : In(range(len(shares)))
        Which shift makes what the unit loses, as late; only where units differ.
    value : Out(signed(value_bits)), digit : Out(DIGIT)
        What goes on.
    """

    latency = MEMORY + 1

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        optional = {
            "unit": In(signed(plan.unit_bits + plan.unit_shift)) if plan.unit_bits else None,
            "token": In(signed(plan.token_bits + plan.token_shift)) if plan.token_bits else None,
        }
        super().__init__(
            {
                "marks": In(MARKS),
                "plane": In(range(max(plan.input_planes, plan.readout_planes))),
                "reading": In(1),
                "word": In(signed(plan.word_bits)),
                "constant": In(signed(plan.constant_bits)),
                **{name: member for name, member in optional.items() if member},
                "inputs": In(signed(plan.input_bits)),
                "readout": In(signed(plan.readout_bits)),
                **({"share": In(range(len(plan.shares)))} if len(plan.shares) > 1 else {}),
                "value": Out(signed(plan.value_bits)),
                "digit": Out(DIGIT),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        marks, plane = Signal(MARKS), Signal.like(self.plane)
        m.d.sync += [marks.eq(self.marks), plane.eq(self.plane)]

        other: Value = Const(0, signed(1))
        if plan.unit_bits:
            other = Mux(marks.unit, self.unit, other)
        if plan.token_bits:
            other = Mux(marks.token, self.token, other)
        chosen = Signal(signed(plan.value_bits))
        m.d.comb += chosen.eq(Mux(marks.constant, self.constant, other))
        word = self._kept(marks)
        if plan.model.origin is not None:
            word = word - chosen
        m.d.sync += self.value.eq(Mux(marks.take, chosen, word))

        inputs = digits(self.inputs, plan.input_planes)
        readout = digits(self.readout, plan.readout_planes)
        found = Mux(self.reading, Array(readout)[plane], Array(inputs)[plane])
        m.d.sync += self.digit.eq(found)
        with m.If(marks.one):
            m.d.sync += self.digit.eq(Cat(Const(0, 2), marks.minus))
        with m.Elif(~marks.weigh):
            m.d.sync += self.digit.eq(1)  # zero
        return m

    def _kept(self, marks: Signal) -> Value:
        """Return the word, or what is lost of it."""
        shares = self.plan.shares
        if not shares:
            return self.word
        lost = [self.word >> share for share in shares]
        if len(shares) == 1:
            return Mux(marks.lose, lost[0], self.word)
        share: Value = self.share
        if self.plan.leak:  # what a pool loses counts negative, of all units alike
            share = Mux(marks.minus, shares.index(self.plan.leak), share)
        return Mux(marks.lose, Array(lost)[share], self.word)
