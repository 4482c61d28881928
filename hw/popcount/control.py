"""The order of passes and groups: steps as inputs come, and readouts."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.popcount.timing import BEGINNING, PopcountTiming
from qrnn_hw.hw.popcount.walk import walk_order


class PopcountController(wiring.Component):
    """Begin each pass, and each group of rows, as early as its operands allow.

    Parameters
    ----------
    plan
        Distances in cycles, addresses.

    Members
    -------
    valid, last, parity : In(1)
        A scaled time step waits; it ends its sequence; its step's parity.
    take : Out(1)
        Its step begins.
    walk : Out(walk_order(plan))
        Where to go.
    group : In(1)
        A group's last pair of words is addressed.
    rewind : Out(1)
        A pass has begun.
    readout, step_parity : Out(1)
        It is a readout; parity of its step; until the next.
    final, upper : Out(1)
        A readout follows the step; the step's states are written to the second region.
    drained : Out(1)
        The sums of a readout's group are there, and are taken in this cycle.
    empty, ended : In(1)
        Of :class:`~qrnn_hw.hw.popcount.readout.PopcountReadout`.
    busy : Out(1)
        A sequence has begun and not ended.
    """

    def __init__(self, plan: PopcountTiming) -> None:
        self.plan = plan
        inputs = ("valid", "last", "parity", "group", "empty", "ended")
        passing = ("take", "rewind", "readout", "step_parity", "final", "upper", "drained", "busy")
        super().__init__(
            {
                **dict.fromkeys(inputs, In(1)),
                **dict.fromkeys(passing, Out(1)),
                "walk": Out(walk_order(plan)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, walk = self.plan, self.walk
        every = plan.model.readout.every

        idle = plan.group_cycles - plan.issue_cycles  # a group waits for terms or for writes
        drained = plan.drain_cycles - BEGINNING
        rest = drained + (plan.state_slices if every else 0)
        timer = Signal(range(max(rest, idle, plan.row_latency) + 1))
        ends = Signal()
        fresh = Signal(init=1)
        # Groups after this one; whether it is the last is a register, as all of control asks.
        left = Signal(range(max(plan.groups, plan.readout_groups)))
        last_group, over = signals("last_group over")

        m.d.comb += walk.readout.eq(self.readout)
        due = Signal()  # a readout follows
        passed = Signal(init=1)  # the timer is at zero
        with m.If(~passed):
            m.d.sync += [timer.eq(timer - 1), passed.eq(timer == 1)]
        m.d.sync += [self.rewind.eq(walk.start), self.drained.eq(0)]
        with m.If(self.ended & ends):
            m.d.sync += [self.busy.eq(0), fresh.eq(1)]

        with m.FSM():
            with m.State("REST"):
                with m.If(passed & self.empty & (due | self.valid)):
                    m.next = "START"
            with m.State("START"):
                m.d.comb += [walk.start.eq(1), walk.go.eq(1), walk.readout.eq(due)]
                m.d.sync += [
                    left.eq(Mux(due, plan.readout_groups - 1, plan.groups - 1)),
                    last_group.eq(Mux(due, plan.readout_groups == 1, plan.groups == 1)),
                ]
                with m.If(due):
                    m.d.comb += walk.source.eq(plan.feature_base)
                    m.d.sync += [walk.still.eq(0), self.readout.eq(1), due.eq(0)]
                with m.Else():
                    m.d.comb += self.take.eq(1)
                    # The step before wrote to `upper`.
                    region = Mux(self.upper, plan.region[1], plan.region[0])
                    m.d.comb += walk.source.eq(Mux(fresh, plan.start_base, region))
                    m.d.sync += [
                        walk.still.eq(fresh if plan.model.origin is None else 0),
                        self.readout.eq(0),
                        self.step_parity.eq(self.parity),
                        ends.eq(self.last),
                        self.final.eq(1 if every else self.last),
                        due.eq(1 if every else self.last),
                        self.upper.eq(~self.upper),
                        self.busy.eq(1),
                        fresh.eq(0),
                    ]
                m.next = "GROUP"
            with m.State("GROUP"):
                with m.If(self.group):
                    m.d.sync += [
                        left.eq(left - 1),
                        last_group.eq(left == 1),
                        over.eq(last_group),
                    ]
                    with m.If(self.readout):
                        m.d.sync += [timer.eq(plan.row_latency - 1), passed.eq(0)]
                        m.next = "DRAIN"
                    with m.Elif(last_group):
                        m.d.sync += timer.eq(Mux(self.final, rest, drained))
                        m.d.sync += passed.eq(0)
                        m.next = "REST"
                    with m.Else():
                        if idle:
                            m.d.sync += [timer.eq(idle - 1), passed.eq(idle == 1)]
                            m.next = "WAIT"
                        else:
                            m.d.comb += walk.go.eq(1)
            if idle:
                with m.State("WAIT"):
                    with m.If(passed):
                        m.d.comb += walk.go.eq(1)
                        m.next = "GROUP"
            with m.State("DRAIN"):
                with m.If(passed & self.empty):
                    m.d.sync += self.drained.eq(1)
                    m.next = "HAND"
            with m.State("HAND"):
                with m.If(over):
                    m.next = "REST"
                with m.Else():
                    m.d.comb += walk.go.eq(1)
                    m.next = "GROUP"

        return m
