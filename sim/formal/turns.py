"""Two sequences that take turns never mix: each reads and writes the states that are its own."""

from amaranth import Array, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.schedule import Mode, SerialSchedule
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal.inside import Inside, any_constant, later
from qrnn_hw.sim.formal.proof import Method, Proof

WRITTEN = 6  # cycles from the start of a timeline to the first write, and a few
READ = 2  # cycles from a bit to the address that it asks for


class Writing(Elaboratable):
    """Let two passes follow each other as closely as they may, of any sequences and parities.

    Every plane, sign and flag of the one, and then of the other, is written in its order, to the
    states of its own sequence.

    Parameters
    ----------
    plan
        Whose update is proven.
    """

    def __init__(self, plan: SerialPlan) -> None:
        self.plan = plan
        self.update = SerialUpdate(plan, Timeline(plan.folds, plan.lengths[:1]))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        update, plan = self.update, self.plan
        m.submodules.update = update
        m.submodules.time = update.time
        whose, parities = any_constant(m, 2, "whose"), any_constant(m, 2, "parities")
        cycle, second = Signal(range(_depth(plan) + 2)), Signal()
        m.d.sync += cycle.eq(cycle + 1)
        apart = plan.turn_cycles
        m.d.comb += [
            second.eq(cycle > apart),
            update.time.start.eq((cycle == 1) | (cycle == apart + 1)),
            update.ahead.eq((cycle == 0) | (cycle == apart)),
            update.writes.eq(1),
            update.sequence.eq(whose.bit_select(second, 1)),
            update.parity.eq(parities.bit_select(second, 1) & (plan.model.parities > 1)),
        ]
        places = Array(plan.trace.step)
        count, of = Signal(range(len(plan.trace.step))), Signal()
        with m.If(update.write.en):
            own = Mux(whose.bit_select(of, 1), plan.bank, 0)
            m.d.comb += Assert(update.write.addr == own + places[count])
            m.d.sync += count.eq(count + 1)
            with m.If(count == len(plan.trace.step) - 1):
                m.d.sync += [count.eq(0), of.eq(1)]
        return m


class Reading(Elaboratable):
    """Begin two steps as closely as they may, or a pass of a readout, of any sequences.

    Whatever of the state memory a pass uses is of its own sequence, or a constant.

    Parameters
    ----------
    plan
        Whose schedule is proven.
    steps
        Whether the passes are steps.
    """

    def __init__(self, plan: SerialPlan, *, steps: bool) -> None:
        self.plan = plan
        self.schedule = SerialSchedule(plan)
        self.inside = Inside(self.schedule)
        self.modes = (Mode.STEP, Mode.START) if steps else (Mode.READ, Mode.FINISH)
        self.passes = 2 if steps else 1

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        schedule, plan = self.schedule, self.plan
        m.submodules.schedule = self.inside.fragment
        whose, which = any_constant(m, 2, "whose"), any_constant(m, 2, "which")
        parity, apart = any_constant(m, 1, "parity"), plan.turn_cycles
        cycle, number = Signal(range(_depth(plan) + 2)), Signal()
        m.d.sync += cycle.eq(cycle + 1)
        begins = (cycle == 0) | ((cycle == apart) & (self.passes > 1))
        m.d.comb += [
            number.eq((cycle >= apart) & (self.passes > 1)),
            schedule.start.eq(begins),
            schedule.rewind.eq(begins & (self.passes == 1)),
            schedule.mode.eq(Mux(which.bit_select(number, 1), *reversed(self.modes))),
            schedule.sequence.eq(whose.bit_select(number, 1)),
            schedule.parity.eq(parity),
        ]
        used = later(m, self._used(schedule.mode), READ)
        own = Mux(later(m, schedule.sequence, READ), plan.bank, 0)
        inside = (schedule.address >= own) & (schedule.address < own + plan.bank)
        constant = schedule.address >= plan.at_once * plan.bank
        m.d.comb += Assert(~used | inside | constant)
        return m

    def _used(self, mode: Value) -> Value:
        """Tell whether what the bit that passes asks for is used; what follows is held or blank."""
        plan, a = self.plan, self.plan.model.state_bits
        active, bit, word = (self.inside[f"timeline.{name}"] for name in ("active", "bit", "word"))
        last = a + 2 + plan.halvings * (self.passes == 1)
        finishing = bit < (last if plan.finishes_in_network else 2 * a)
        if plan.subtracts_in_fold:  # between words of the origin
            finishing = finishing & ~word[0]
        return active & Mux(mode == Mode.FINISH, finishing, bit < last)


def _depth(plan: SerialPlan) -> int:
    return plan.turn_cycles + plan.folds * max(plan.lengths) + WRITTEN


def keeping_writes(plan: SerialPlan) -> Proof:
    """Return the proof that steps write the states of their own sequence, all of them."""
    return Proof(
        "of two sequences in turn, each writes its own states",
        Writing(plan),
        Method.BOUNDED,
        _depth(plan),
        (),
        f"two passes of {plan.folds} words",
    )


def keeping_reads(plan: SerialPlan, *, steps: bool) -> Proof:
    """Return the proof that steps, or readouts, read the states of their own sequence."""
    return Proof(
        f"of two sequences in turn, each {'step' if steps else 'readout'} reads its own states",
        Reading(plan, steps=steps),
        Method.BOUNDED,
        _depth(plan),
        (),
        f"{'two passes' if steps else 'a pass'} of {plan.folds} words",
    )
