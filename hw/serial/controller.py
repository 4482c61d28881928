"""The order of passes: steps as inputs come, and readouts."""

from amaranth import Const, Module, Mux, Signal
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.serial.schedule import Mode
from qrnn_hw.hw.serial.timing import SerialTiming


class SerialController(wiring.Component):
    """Start each pass as early as its operands allow.

    Parameters
    ----------
    plan
        Distances between passes, in cycles.

    Members
    -------
    valid, last : In(1)
        An input waits; it ends its sequence. The one a step started with is gone before
        the next step may start.
    done, ended : In(1)
        A logit was taken; it was the last.
    start : Out(1)
        Begin a pass of ``mode``, which holds until the next.
    mode : Out(Mode)
        See ``start``.
    rewind, begin : Out(1)
        With ``start`` of FINISH, or of a readout pass: it is the first; a logit's first.
    busy : Out(1)
        A sequence has begun and not ended.
    first, adds : Out(1)
        Only of pools, with ``start`` of FINISH: they are empty; they take the states.
    count : Out(range(steps + 1))
        Only of pools: how many steps are in them, with that of the pass under way; of those that
        leak, whether any is.
    """

    def __init__(self, plan: SerialTiming) -> None:
        self.plan = plan
        self.pool = plan.model.readout.pool
        inputs = ("valid", "last", "done", "ended")
        outputs = ("start", "rewind", "begin", "busy")
        super().__init__(
            {
                **dict.fromkeys(inputs, In(1)),
                **dict.fromkeys(outputs, Out(1)),
                "mode": Out(Mode),
                **self._pool_members(),
            }
        )

    def _pool_members(self) -> dict[str, wiring.Member]:
        if self.pool is None:
            return {}
        return {"first": Out(1), "adds": Out(1), "count": Out(range((self.pool.steps or 1) + 1))}

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        longest = max(plan.step_cycles, plan.last_step_cycles, plan.finish_cycles, plan.read_cycles)
        rest = Signal(range(longest))
        free = Signal(init=1)  # the pass under way lets the next one start
        m.d.sync += [self.start.eq(0), self.begin.eq(0), self.rewind.eq(0)]
        with m.If(rest != 0):
            m.d.sync += rest.eq(rest - 1)
        m.d.sync += free.eq(rest <= 1)

        def begin(mode: Mode, cycles: ValueLike) -> None:
            m.d.sync += [
                self.start.eq(1),
                self.mode.eq(mode),
                rest.eq(cycles),
                free.eq(0),
            ]

        planes = Signal(range(plan.row_bits + 1))
        ending, reads = signals("ending reads")
        m.d.comb += reads.eq(self.last | plan.model.readout.every)
        finishes, twice = Const(1) if self.pool else reads, plan.subtracts_in_fold
        with m.FSM():
            with m.State("STEPS"):
                with m.If(free & self.valid):
                    begin(
                        Mux(self.busy, Mode.STEP, Mode.START),
                        Mux(finishes, plan.last_step_cycles - 1, plan.step_cycles - 1),
                    )
                    m.d.sync += [self.busy.eq(1), ending.eq(self.last)]
                    with m.If(finishes):
                        m.next = "FINISH"
                    if self.pool:
                        with m.If(~self.busy):
                            m.d.sync += self.count.eq(0)
            with m.State("FINISH"):
                with m.If(free):
                    begin(Mode.FINISH, (plan.read_cycles if twice else plan.finish_cycles) - 1)
                    m.d.sync += [planes.eq(0), self.rewind.eq(twice)]
                    m.next = "SECOND" if twice else "FIRST"
                    if self.pool:
                        more = self.count != (self.pool.steps or 1)
                        adds = Const(1) if self.pool.leak else more
                        m.d.sync += [self.first.eq(self.count == 0), self.adds.eq(adds)]
                        m.d.sync += self.count.eq(self.count + more)
                        with m.If(~(ending | plan.model.readout.every)):
                            m.next = "STEPS"
            if twice:
                with m.State("SECOND"):
                    with m.If(free):
                        begin(Mode.FINISH, plan.finish_cycles - plan.read_cycles - 1)
                        m.next = "FIRST"
            with m.State("FIRST"):
                with m.If(free):
                    begin(Mode.READ, plan.read_cycles - 1)
                    m.d.sync += [self.rewind.eq(1), self.begin.eq(1), planes.eq(1)]
                    m.next = "PLANES"
            with m.State("PLANES"):
                with m.If(planes == plan.row_bits):
                    m.next = "LOGIT"
                with m.Elif(free):
                    begin(Mode.READ, plan.read_cycles - 1)
                    m.d.sync += planes.eq(planes + 1)
            with m.State("LOGIT"):
                with m.If(self.ended):
                    with m.If(ending):
                        m.d.sync += self.busy.eq(0)
                    if plan.rest_cycles:
                        m.d.sync += [rest.eq(plan.rest_cycles), free.eq(0)]
                    m.next = "STEPS"
                with m.Elif(self.done):
                    begin(Mode.READ, plan.read_cycles - 1)
                    m.d.sync += [self.begin.eq(1), planes.eq(1)]
                    m.next = "PLANES"

        return m
