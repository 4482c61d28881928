"""The butterflies of a pass: words stream through them, one a cycle."""

from amaranth import Module, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.word.sizes import WordSizes


def butterfly_latency(distance: int) -> int:
    """Count the cycles that a word takes through a butterfly: it waits for its partner."""
    return distance + 1


class Butterfly(wiring.Component):
    """Replace words a and b, ``distance`` apart in a stream, by a + b and a - b.

    With a distance of 2 and words a0 a1 b0 b1::

        cycle    0    1    2       3       4       5
        i        a0   a1   b0      b1
        second   0    0    1       1       0       0
        kept               a0      a1      a0-b0   a1-b1
        o                          a0+b0   a1+b1   a0-b0, then a1-b1

    Latency: :func:`butterfly_latency`. Throughput: a word a cycle.

    Parameters
    ----------
    bits
        Of a word; no sum overflows it.
    distance
        Words from the first of a pair to the second.
    inverted
        Whether words come with all bits inverted, and go as they are; else they go inverted.

    Members
    -------
    i, o : In(signed(bits)), Out(signed(bits))
        Words.
    second : In(1)
        ``i`` is the second of its pair; where it never is, words pass unchanged.
    """

    def __init__(self, bits: int, distance: int, *, inverted: bool = False) -> None:
        self.bits = bits
        self.distance = distance
        self.inverted = inverted
        word = signed(bits)
        super().__init__({"i": In(word), "second": In(1), "o": Out(word)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        # Words are inverted on one side: as ~(a - b) is ~a + b, and a - b is a + ~b + 1.
        # Each adder then takes as they are both what it adds and what passes it unchanged.
        waiting = [
            Signal(signed(self.bits), name=f"waiting_{place}", reset_less=True)
            for place in range(self.distance)
        ]
        for earlier, later in zip(waiting, waiting[1:]):
            m.d.sync += later.eq(earlier)
        kept = waiting[-1]
        m.d.sync += [waiting[0].eq(~self.i), self.o.eq(kept)]
        with m.If(self.second):
            if self.inverted:
                m.d.sync += [waiting[0].eq(kept - ~self.i), self.o.eq(kept + ~self.i)]
            else:
                m.d.sync += [waiting[0].eq(kept + self.i), self.o.eq(kept - self.i)]
        return m


class Transform(wiring.Component):
    """All butterflies of a pass, those of the largest distance first.

    Latency: :attr:`latency`. Throughput: a word a cycle.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    i, o : In(signed(pass_bits)), Out(signed(pass_bits))
        Words.
    age : In(...)
        Cycles since the first word of the pass was at ``i``, modulo 2**stages.
    final : In(1)
        It is the last pass: butterflies that are left over rest.
    """

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        word = signed(plan.pass_bits)
        super().__init__({"i": In(word), "age": In(plan.stages), "final": In(1), "o": Out(word)})

    @staticmethod
    def latency(plan: WordSizes) -> int:
        """Count the cycles from a word's entry to its place at the output."""
        return sum(map(butterfly_latency, plan.distances))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, word, late = self.plan, self.i, 0
        for stage, distance in enumerate(plan.distances):
            m.submodules[f"butterfly_{distance}"] = each = Butterfly(
                plan.pass_bits, distance, inverted=bool(stage % 2)
            )
            m.d.comb += [each.i.eq(word), each.second.eq(self._second(distance, late))]
            if stage < plan.idle_stages:
                with m.If(self.final):
                    m.d.comb += each.second.eq(0)
            word = each.o
            late += butterfly_latency(distance)
        m.d.comb += self.o.eq(~word if plan.stages % 2 else word)
        return m

    def _second(self, distance: int, late: int) -> Value:
        """Tell whether the word ``late`` cycles before the one at ``i`` is the second of a pair."""
        place = (self.age - late)[: self.plan.stages]
        return (place & distance).any()
