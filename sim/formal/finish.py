"""What follows the sums in the popcount engine does not overflow."""

from amaranth import Module, Mux, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.popcount.finish import Finish, finish_cycles
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.sim.formal.inside import any_constant, later
from qrnn_hw.sim.formal.proof import Method, Proof


class Finishing(Elaboratable):
    """Compute states and logits beside the component, of any sums that the model's rows can have.

    The exact value of a unit is activated, multiplied, rounded and saturated; a logit is its exact
    value. All numbers are as wide as they become.

    Parameters
    ----------
    finish
        What is proven.
    """

    def __init__(self, finish: Finish) -> None:
        self.finish = finish
        self.plan = finish.plan
        self.inputs = [finish.sum, finish.term, finish.threshold, finish.offset, finish.valid,
                       finish.readout]  # fmt: skip

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.finish = finish = self.finish
        plan, bounds = self.plan, self.plan.bounds
        recurrence = plan.model.recurrence
        m.d.comb += finish.parity.eq(any_constant(m, 1, "parity"))

        value = Mux(finish.readout, finish.sum, finish.sum << recurrence.guard) + finish.term
        least = Mux(finish.readout, bounds.logits.low, bounds.values.low)
        most = Mux(finish.readout, bounds.logits.high, bounds.values.high)
        m.d.comb += Assume(~finish.valid | ((value >= least) & (value <= most)))
        logit = later(m, value, 1)
        arrived = delayed(m, finish.valid & finish.readout, 1, "logit_is_there")
        m.d.comb += Assert(~arrived | (finish.logit == logit))

        bias = plan.model.bias
        if recurrence.activation == "modrelu":
            m.d.comb += Assume((finish.threshold >= int(bias.min()))
                               & (finish.threshold <= int(bias.max())))  # fmt: skip
        latency = finish_cycles(plan)
        state = later(m, self._state(value), latency)
        there = delayed(m, finish.valid & ~finish.readout, latency, "state_is_there")
        m.d.comb += Assert(finish.unit.enable == there)
        m.d.comb += Assert(~there | (finish.unit.value == state))
        return m

    def _state(self, value: Value) -> Value:
        """Return the state of a value."""
        model, finish = self.plan.model, self.finish
        recurrence = model.recurrence
        negative = value < 0
        if recurrence.activation == "relu":
            value = Mux(negative, 0, value)
        elif recurrence.activation == "modrelu":
            total = Mux(negative, -value, value) + finish.threshold
            value = Mux(total < 0, 0, total)
        shifts = [recurrence.shift(p) for p in range(model.parities)]
        if recurrence.multiplier != 1:
            value = value * recurrence.multiplier
        choices = [(value + (1 << shift >> 1)) >> shift for shift in shifts]
        rounded = Mux(finish.parity, choices[-1], choices[0])
        top = 1 << model.state_bits - 1
        state = Mux(rounded >= top, top - 1, Mux(rounded < -top, -top, rounded))
        if recurrence.activation == "modrelu":
            state = Mux(negative, -state, state)
        return state


def finishing(plan: PopcountPlan) -> Proof:
    """Return the proof for what follows the sums of a plan."""
    design = Finishing(Finish(plan))
    return Proof(
        "sums with their input terms, states and logits do not overflow",
        design,
        Method.INDUCTION,
        finish_cycles(plan) + 1,
        [signal for signal in design.inputs if len(signal)],
        f"values of {plan.bounds.values.signed} bits, states of {plan.model.state_bits}, "
        f"logits of {plan.model.logit_bits}",
    )
