"""The states of the graph engine are rounded right, and never wrap."""

from amaranth import Module, Signal, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.check import signed_bits
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.update import GraphUpdate
from qrnn_hw.sim.formal.adders import row_bounds
from qrnn_hw.sim.formal.inside import any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Rounding(Elaboratable):
    """Pass one product, any that the model's rows can have, through the first lane.

    What is written must be the exact product, rounded half up: its sign, and its planes, unless it
    does not fit a state, of which the flag tells.

    Parameters
    ----------
    update
        What is proven.
    """

    def __init__(self, update: GraphUpdate) -> None:
        self.update = update

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.update = update = self.update
        plan, bits = update.plan, update.plan.model.state_bits
        largest = max(row_bounds(plan)[:-1]) * plan.multiplier

        phase = Signal(range(plan.sign_phase + 4))
        m.d.sync += phase.eq(phase + 1)
        product = any_constant(m, signed_bits(largest), "product").as_signed()
        long = Signal(signed(max(len(product), plan.word)))
        place = phase - plan.product_phase
        m.d.comb += [
            Assume((product <= largest) & (product >= -largest)),
            long.eq(product),
            update.clock.active.eq(1),
            update.clock.phase.eq(phase),
            update.products[0].eq((place >= 0) & long.bit_select(place.as_unsigned(), 1)),
        ]

        written = Signal(bits + 1)  # the sign, the flag, the planes, as they are addressed
        with m.If(update.write.en):
            m.d.sync += written.bit_select(update.write.addr, 1).eq(update.write.data[0])
        half = 1 << plan.fraction >> 1
        rounded = (product + half) >> plan.fraction
        fits = (rounded >= -(1 << bits - 1)) & (rounded < 1 << bits - 1)
        with m.If(phase == plan.sign_phase + 3):
            m.d.comb += [
                Assert(written[0] == (rounded < 0)),
                Assert(written[1] == ~fits),
                Assert(~fits | (written[2:] == rounded[: bits - 1])),
            ]
        return m


def rounding(plan: GraphPlan) -> Proof:
    """Return the proof for the states of a plan."""
    return Proof(
        "states are rounded, or marked as too large",
        Rounding(GraphUpdate(plan)),
        Method.BOUNDED,
        plan.sign_phase + 5,
        (),
        f"products of {plan.word} bits, states of {plan.model.state_bits}",
    )
