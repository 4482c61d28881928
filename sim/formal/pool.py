"""Pools are exact, do not overflow, and their bias counts every step."""

from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable
from amaranth.lib import wiring

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.schedule import Mode, SerialSchedule
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Pooling(Elaboratable):
    """Let a pass read any state and any pool of the first unit, and compare the pool it writes.

    Schedule, reader and update are those of the core; in place of the memory are its bits of one
    lane, of the first word. A pool is one that the steps before can have made.

    Parameters
    ----------
    plan
        A plan of pools.
    """

    def __init__(self, plan: SerialPlan) -> None:
        self.plan = plan
        pool = plan.model.readout.pool
        assert pool is not None
        self.pool = pool
        self.schedule = SerialSchedule(plan)
        self.reader = SerialReader(plan.lanes)
        self.update = SerialUpdate(plan, Timeline(plan.folds, plan.lengths))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, pool = self.plan, self.pool
        m.submodules.schedule, m.submodules.reader = schedule, reader = self.schedule, self.reader
        m.submodules.update, m.submodules.time = update, _ = self.update, self.update.time
        wiring.connect(m, schedule.read, reader.read)
        wiring.connect(m, schedule.finish, update.finish)

        # The planes of the memory, as steps and passes leave them.
        bits, planes, base = plan.model.state_bits, plan.pool_planes, plan.difference_base
        flag, sign, first, adds = (
            any_constant(m, 1, one) for one in "flag sign first adds".split()
        )
        value, held = any_constant(m, bits - 1, "value"), any_constant(m, planes, "pool")
        behind = any_constant(m, max(plan.leak, 1), "behind")  # of the next word
        data, image = Signal(), Signal(base + planes + len(behind))
        state = Cat(flag, sign, value)
        m.d.comb += image.eq(Cat(state, Cat(held, behind) << base - len(state)))
        m.d.sync += data.eq(image.bit_select(schedule.address, 1))

        begins = Signal(init=1)
        m.d.sync += begins.eq(0)
        m.d.comb += [
            schedule.start.eq(begins),
            schedule.mode.eq(Mode.FINISH),
            schedule.first.eq(first),
            schedule.adds.eq(adds),
            reader.data.eq(data),
            update.begin.eq(begins),
            update.finishing.eq(1),
            update.states.eq(reader.o),
            update.origin.eq(data),
        ]

        counts, largest = pool.statistic == "count", (1 << bits - 1) - 1
        feature = Mux(sign, 0, pool.one if counts else Mux(flag, largest, value))
        before = Mux(first, 0, held)
        # Of a pool that leaks, by how often a bias counts; of another, by the steps before.
        top = pool.weight * (1 if counts else largest)
        if pool.leak:
            after = before - (before >> pool.leak) + feature
            m.d.comb += Assume(adds & (before <= top))
        else:
            after = before + Mux(adds, feature, 0)
            m.d.comb += Assume(before <= top - Mux(adds, top // pool.steps, 0))

        written, count = Signal(planes), Signal(range(planes + 1))
        with m.If(update.write.en & (count != planes)):
            m.d.comb += Assert(update.write.addr == base + count)
            m.d.sync += [written.eq(Cat(written, update.write.data[0])[1:]), count.eq(count + 1)]
        with m.If(count == planes):
            m.d.comb += Assert(written == after)
        ends = Signal(range(pooling_cycles(plan) + 1))
        m.d.sync += ends.eq(ends + 1)
        with m.If(ends == pooling_cycles(plan) - 1):
            m.d.comb += Assert(count == planes)
        return m


def pooling_cycles(plan: SerialPlan) -> int:
    """Cycles in which the first word is read and written."""
    return plan.finish_word + SerialSchedule.latency + SerialUpdate.latency + 2


def pooling(plan: SerialPlan) -> Proof:
    """Return the proof for the pools of a plan."""
    design = Pooling(plan)
    return Proof(
        "pools are exact, and do not overflow",
        design,
        Method.BOUNDED,
        pooling_cycles(plan),
        (),
        f"pools of {plan.pool_planes} bits, states of {plan.model.state_bits}, "
        + (f"a leak of 1 / {1 << plan.leak}" if plan.leak else f"{plan.most_steps} steps"),
    )


class Counting(Elaboratable):
    """Begin a logit, of any class and after any number of steps, with a plane of no dot product.

    What its first word leaves behind is the bias as often as there were steps.

    Parameters
    ----------
    readout
        What is proven.
    """

    def __init__(self, readout: SerialReadout) -> None:
        self.readout = readout
        self.inside = Inside(readout)
        (port,) = self.inside.cut("biases").read_ports
        self.bias = port.data

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.readout = self.inside.fragment
        m.submodules.time = time = self.readout.time
        readout, output = self.readout, self.readout.plan.model.readout

        index = any_constant(m, output.classes.bit_length(), "any_class")
        count = any_constant(m, len(readout.count), "any_count")
        bias = Array(output.class_bias[0].tolist())[index]
        cycle = Signal(range(counting_cycles(readout.plan) + 1))
        m.d.sync += cycle.eq(cycle + 1)
        m.d.comb += [
            Assume((index < output.classes) & (count <= readout.plan.most_steps)),
            self.bias.eq(bias),
            readout.count.eq(count),
            readout.begin.eq(cycle == 0),
            readout.reading.eq(1),
            time.start.eq(cycle == 1),
        ]
        with m.If(cycle == counting_cycles(readout.plan) - 1):
            m.d.comb += Assert(self.inside["moving"].as_signed() == bias * count)
        return m


def counting_cycles(plan: SerialSizes) -> int:
    """Cycles until the first word of a plane has arrived."""
    return plan.read_word + BEHIND + plan.sum_latency + 3


def counting(plan: SerialPlan) -> Proof:
    """Return the proof for the bias of a plan's pools, which do not leak."""
    return Proof(
        "the bias of pools counts every step",
        Counting(SerialReadout(plan, Timeline(plan.folds, (plan.read_word,)))),
        Method.BOUNDED,
        counting_cycles(plan),
        (),
        f"words of {plan.read_word} bits, {plan.model.classes} classes, {plan.most_steps} steps",
    )
