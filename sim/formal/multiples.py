"""The multiples of the graph engine's sums do not overflow."""

from amaranth import Module, Signal, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.check import signed_bits
from qrnn_hw.hw.graph.network import AdderNetwork
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.sim.formal.adders import row_bounds
from qrnn_hw.sim.formal.inside import any_constant
from qrnn_hw.sim.formal.proof import Method, Proof

REST = 2  # cycles before the word: a memory shows nothing in the first


class Rescaling(Elaboratable):
    """Pass one word, of any sum that the model's rows can have, and compare its product.

    The exact product must fit the word, and every bit that leaves must be its bit.

    Parameters
    ----------
    plan
        The plan; its multiplier of one lane is proven.
    """

    def __init__(self, plan: GraphPlan) -> None:
        self.plan = plan
        self.network = AdderNetwork(plan.rescale, 1, plan.word)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, network, length = self.plan, self.network, self.plan.word
        m.submodules.network = network
        depth, largest = plan.rescale.depth, max(row_bounds(plan)[:-1])

        time = Signal(signed((length + depth + 1).bit_length() + 1), init=-REST)
        m.d.sync += time.eq(time + 1)
        number = any_constant(m, signed_bits(largest), "number").as_signed()
        product = Signal(signed(signed_bits(largest * plan.multiplier)))
        long = Signal(signed(max(len(product), length)))
        given = Signal.like(long)
        passing = (time >= 0) & (time < length)
        leaving = (time >= depth) & (time < depth + length)
        m.d.comb += [
            Assume((number <= largest) & (number >= -largest)),
            product.eq(number * plan.multiplier),
            long.eq(product),
            given.eq(number),
            network.i.eq(passing & given.bit_select(time.as_unsigned(), 1)),
            network.clear.eq((time < 0) | (time >= length - 1)),
            network.place.eq(time),
            Assert(product[:length].as_signed() == product),
            Assert(~leaving | (network.o == long.bit_select((time - depth).as_unsigned(), 1))),
        ]
        return m


def rescaling(plan: GraphPlan) -> Proof:
    """Return the proof for the scale of a plan."""
    return Proof(
        "products of the sums do not overflow",
        Rescaling(plan),
        Method.BOUNDED,
        plan.word + plan.rescale.depth + REST,
        (),
        f"{len(plan.rescale.graph.adders)} adders, times {plan.multiplier}, "
        f"words of {plan.word} bits",
    )
