"""The last adder of a step does not overflow."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Updating(Elaboratable):
    """Pass one word through the first lane: any number of the network, any terms, any sign.

    What leaves the adder is their exact sum or difference. The numbers are bounded by the model:
    a row of the transform by ``block`` largest states, the terms by the largest input, bias and
    rounding half. Of a halved transform they are any, and the sum has its low bits.

    Parameters
    ----------
    update
        What is proven.
    """

    def __init__(self, update: SerialUpdate) -> None:
        self.update = update
        self.inside = Inside(update)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        update, time, plan = self.update, self.update.time, self.update.plan
        model, length = plan.model, plan.word
        m.submodules.update = self.inside.fragment
        m.submodules.time = time

        begun = Signal()
        m.d.sync += begun.eq(1)
        m.d.comb += time.start.eq(~begun)
        bits = length + 1  # a bound may need one more than a word that is too narrow has
        network, terms = (any_constant(m, bits, name).as_signed() for name in ("network", "terms"))
        negative = any_constant(m, 1, "negative")
        row = plan.block << model.state_bits - 1
        half = max(1 << model.shift(p) >> 1 for p in range(model.parities))
        most = model.inputs.largest_term + int(abs(model.bias).max()) + half
        for value, bound in () if plan.halvings else ((network, row), (terms, most)):
            m.d.comb += Assume((value <= bound) & (value >= -bound))

        place, gathered = Signal.like(time.bit), Signal(length)
        passing = delayed(m, time.active & (time.word == 0), BEHIND, "passing")
        with m.If(passing):
            m.d.sync += place.eq(place + 1)
        m.d.comb += [
            update.network[0].eq(network.bit_select(place, 1)),
            update.terms[0].eq(terms.bit_select(place, 1)),
            update.negative[0].eq(negative),
        ]
        with m.If(delayed(m, passing, 1, "gathering")):
            m.d.sync += gathered.eq(Cat(gathered[1:], self.inside["total"][0]))
        whole = delayed(m, passing & (place == length - 1), 2, "whole")
        exact = Mux(negative, terms - network, terms + network)
        if plan.halvings:
            # Nothing behind the sign is looked at, and that stays a cycle longer.
            size = plan.sign_bits[0] + 1 if plan.flags_first else length
            wanted = exact.as_unsigned()[:size]
            m.d.comb += Assert(~whole | (gathered[:size] == wanted))
        else:
            m.d.comb += Assert(~whole | (gathered.as_signed() == exact))
        return m


def updating(plan: SerialPlan) -> Proof:
    """Return the proof for the adder of a plan."""
    update = SerialUpdate(plan, Timeline(plan.folds, (plan.word,)))
    return Proof(
        "the sum of network and terms wraps as specified"
        if plan.halvings
        else "the sum of network and terms does not overflow",
        Updating(update),
        Method.BOUNDED,
        plan.word + BEHIND + 5,
        (),
        f"words of {plan.word} bits, rows of {plan.block} states of {plan.model.state_bits}",
    )
