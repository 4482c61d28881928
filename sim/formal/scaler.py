"""A step may begin while its inputs are scaled: they are there when it takes them."""

from amaranth import Module, Signal
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.entry import Scaler
from qrnn_hw.hw.serial.passes import START
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


class WorkingAhead(Elaboratable):
    """Let a step begin with the first cycle in which its inputs are valid, or any later.

    It takes them as long after that as the core does. By then the gains of all channels have come
    to their ends, with the parity that the step began with; and what they came to stays until the
    step has it, in the cycle behind ``release``. That a gain then has the exact product is the
    matter of another proof, :mod:`qrnn_hw.sim.formal.gain`, which assumes such a parity.

    Parameters
    ----------
    scaler
        What is proven.
    taken
        Cycles from the decision to begin a step to the one that takes its inputs.
    """

    def __init__(self, scaler: Scaler, taken: int) -> None:
        self.scaler = scaler
        self.taken = taken
        self.inside = Inside(scaler)
        self.go = Signal()
        self.inputs = [*free(scaler.x), self.go]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        scaler, inside = self.scaler, self.inside
        m.submodules.scaler = inside.fragment
        channels = range(scaler.model.inputs.channels)
        left, *others = (inside[f"gain_{channel}.left"] for channel in channels)
        transfer = scaler.x.valid & scaler.x.ready

        # The step: from its beginning to its inputs.
        begun, rest = Signal(), Signal(range(self.taken + 1))
        with m.If(rest != 0):
            m.d.sync += rest.eq(rest - 1)
        with m.If(self.go & scaler.valid & ~begun):
            m.d.sync += [begun.eq(1), rest.eq(self.taken)]
        m.d.comb += scaler.release.eq(begun & (rest == 1))
        with m.If(scaler.release):
            m.d.sync += begun.eq(0)

        # What it takes: nothing is being scaled, and what was stays.
        held, released = Signal(), Signal()
        with m.If(transfer):
            m.d.sync += held.eq(1)
        with m.Elif(scaler.release):
            m.d.sync += held.eq(0)
        value, parity = Signal.like(scaler.value), Signal()
        settled, follows = Signal(), Signal()
        m.d.sync += [
            released.eq(scaler.release),
            value.eq(scaler.value),
            parity.eq(scaler.parity),
            settled.eq(held & (left == 0)),
            follows.eq(held),
        ]
        m.d.comb += [
            Assert(~scaler.release | (left == 0)),
            Assert(~(settled & (held | released)) | (scaler.value == value)),
            Assert(~(follows & (held | released)) | (scaler.parity == parity)),
        ]
        # Why: a step begins no earlier than so many cycles before they are scaled.
        slack = scaler.slack
        m.d.comb += [
            *(Assert(other == left) for other in others),
            Assert(left <= scaler.model.numbers.factor_bits),
            Assert(scaler.x.ready == ~held),
            Assert(scaler.valid == (held & (left <= slack))),
            Assert(held | ((left == 0) & ~begun)),
            Assert(~begun | (scaler.valid & (rest != 0))),
            Assert(begun | (rest == 0)),
            Assert(~begun | (left < rest)),
        ]
        return m


def working_ahead(plan: SerialPlan) -> Proof:
    """Return the proof for the inputs of a plan, which are numbers."""
    scaler = Scaler(plan.model, slack=plan.take_offset, at_once=plan.at_once)
    design = WorkingAhead(scaler, START + plan.take_offset)
    return Proof(
        "inputs that are scaled while their step begins are there when it takes them",
        design,
        Method.INDUCTION,
        2,
        design.inputs,
        f"taken {plan.take_offset} cycles after a step begins",
    )
