"""The butterflies of the word-serial engine do not overflow."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.transform import Butterfly
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.proof import Method, Proof


class Combining(Elaboratable):
    """Follow the words of a butterfly, of any numbers of a bit less than its words have.

    Beside what waits is kept what it should be, as wide as it becomes, and whether it is a first
    word, and no difference: only such a word meets its partner.

    Parameters
    ----------
    butterfly
        What is proven.
    """

    def __init__(self, butterfly: Butterfly) -> None:
        self.butterfly = butterfly
        self.inside = Inside(butterfly)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        butterfly, distance = self.butterfly, self.butterfly.distance
        m.submodules.butterfly = self.inside.fragment
        bits = butterfly.bits
        waiting = [self.inside[f"waiting_{place}"] for place in range(distance)]
        wide = signed(bits + 2)
        exact = [Signal(wide, name=f"exact_{place}") for place in range(distance)]
        first = [Signal(name=f"first_{place}") for place in range(distance)]
        known = [Signal(name=f"known_{place}") for place in range(distance)]
        leaves, left = Signal(wide), Signal()

        given = Signal(wide)
        m.d.comb += given.eq(~butterfly.i if butterfly.inverted else butterfly.i)
        most = 1 << bits - 2
        m.d.comb += [
            Assume((given >= -most) & (given < most)),
            Assume(~butterfly.second | (first[-1] & known[-1])),
        ]
        oldest = exact[-1]
        m.d.sync += [
            exact[0].eq(Mux(butterfly.second, oldest - given, given)),
            first[0].eq(~butterfly.second),
            known[0].eq(1),
            leaves.eq(Mux(butterfly.second, oldest + given, oldest)),
            left.eq(known[-1]),
        ]
        for place in range(1, distance):
            m.d.sync += [
                exact[place].eq(exact[place - 1]),
                first[place].eq(first[place - 1]),
                known[place].eq(known[place - 1]),
            ]
        for held, wanted, is_first, is_known in zip(waiting, exact, first, known):
            found = held if butterfly.inverted else (~held).as_signed()
            reach = Mux(is_first, most, 2 * most)
            m.d.comb += [
                Assert(~is_known | (found == wanted)),
                # What makes it so.
                Assert(~is_known | ((wanted >= -reach) & (wanted < reach))),
            ]
        shown = butterfly.o if butterfly.inverted else (~butterfly.o).as_signed()
        m.d.comb += Assert(~left | (shown == leaves))
        return m


def combining(plan: WordSizes, stage: int) -> Proof:
    """Return the proof for a butterfly of a plan."""
    distance = plan.distances[stage]
    butterfly = Butterfly(plan.pass_bits, distance, inverted=bool(stage % 2))
    return Proof(
        f"butterflies of words that are {distance} apart do not overflow",
        Combining(butterfly),
        Method.INDUCTION,
        1,
        [butterfly.i, butterfly.second],
        f"words of {plan.pass_bits} bits",
    )
