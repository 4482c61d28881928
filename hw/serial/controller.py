"""The order of passes: steps as inputs come, and readouts."""

from collections.abc import Callable

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.serial.schedule import Mode
from qrnn_hw.hw.serial.timing import SerialTiming


class _Turns:
    """What a controller knows of two sequences whose steps take turns.

    The words of one pass while the step of the other is under way. Steps come in the order of their
    inputs; only one that follows a step of its own sequence waits until that has written its
    states. Any other finds them written: the one before it began ``plan.turn_cycles`` earlier, and
    its own no later than that before it.

    Attributes
    ----------
    begun : Value
        The sequence whose input waits has begun.
    ready : Value
        The states are there for it.
    """

    def __init__(self, m: Module, plan: SerialTiming, whose: Value, sequence: Value) -> None:
        self.wait = plan.sure_cycles - 1
        self.whose, self.sequence = whose, sequence
        self.each = [Signal(name=f"begun_{k}") for k in range(2)]
        self.left = Signal(range(plan.sure_cycles), name="left")
        self.written = Signal(name="written", init=1)
        with m.If(self.left != 0):
            m.d.sync += self.left.eq(self.left - 1)
        m.d.sync += self.written.eq(self.left <= 1)
        self.begun = Mux(whose, self.each[1], self.each[0])
        self.ready = self.written | (whose ^ sequence)

    def take(self, m: Module) -> None:
        """Begin a step of the sequence whose input waits."""
        m.d.sync += [self.sequence.eq(self.whose), self.left.eq(self.wait), self.written.eq(0)]
        for k, begun in enumerate(self.each):
            with m.If(self.whose == k):
                m.d.sync += begun.eq(1)

    def end(self, m: Module) -> Value:
        """End the sequence whose logits came; return whether the other goes on."""
        for k, begun in enumerate(self.each):
            with m.If(self.sequence == k):
                m.d.sync += begun.eq(0)
        return Mux(self.sequence, self.each[0], self.each[1])


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
    whose : In(1)
        Only of two sequences at once: the one whose input waits.
    done, ended : In(1)
        A logit was taken; it was the last.
    told, saturated : In(1)
        Only where steps trust: it is known of the last step that was not taken back whether it
        saturated; it did.
    trusting : Out(1)
        Only where steps trust: the step under way began before that was told; held as ``mode``.
    void : Out(1)
        Only where steps trust: the step that trusted is taken back, and begins again after
        ``plan.back_cycles`` of it. It has not written yet, and its input is not taken again.
    start : Out(1)
        Begin a pass of ``mode``, which holds until the next.
    mode : Out(Mode)
        See ``start``.
    sequence : Out(1)
        Only of two sequences at once: whose pass it is; held as ``mode``.
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
                **self._trust_members(),
                **({"whose": In(1), "sequence": Out(1)} if plan.at_once > 1 else {}),
            }
        )

    def _pool_members(self) -> dict[str, wiring.Member]:
        if self.pool is None:
            return {}
        return {"first": Out(1), "adds": Out(1), "count": Out(range((self.pool.steps or 1) + 1))}

    def _trust_members(self) -> dict[str, wiring.Member]:
        if not self.plan.trusts:
            return {}
        inputs, outputs = ("told", "saturated"), ("trusting", "void")
        return {**dict.fromkeys(inputs, In(1)), **dict.fromkeys(outputs, Out(1))}

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        step = plan.sure_cycles
        if plan.at_once > 1:
            step = plan.turn_cycles
        longest = max(step, plan.last_step_cycles, plan.finish_cycles, plan.read_cycles)
        rest = Signal(range(longest))
        free = Signal(init=1)  # the pass under way lets the next one start
        begins, prompt = free, Const(0)
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
        ending, reads, unsure, calm = signals("ending reads unsure calm")
        if plan.trusts:
            begins, prompt = self._take_back(m, rest, free, begin, ending, unsure, calm)
        m.d.comb += reads.eq(self.last | plan.model.readout.every)
        begun: Value = self.busy
        ready: Value = begins | prompt
        turns = None
        if plan.at_once > 1:
            turns = _Turns(m, plan, self.whose, self.sequence)
            begun, ready = turns.begun, begins & turns.ready
        finishes, twice = Const(1) if self.pool else reads, plan.subtracts_in_fold
        with m.FSM():
            with m.State("STEPS"):
                with m.If(ready & self.valid):
                    begin(
                        Mux(begun, Mode.STEP, Mode.START),
                        Mux(finishes, plan.last_step_cycles - 1, step - 1),
                    )
                    m.d.sync += [self.busy.eq(1), ending.eq(self.last)]
                    if turns:
                        turns.take(m)
                    if plan.trusts:
                        m.d.sync += [self.trusting.eq(prompt), unsure.eq(prompt)]
                    with m.If(finishes):
                        m.next = "FINISH"
                    if self.pool:
                        with m.If(~self.busy):
                            m.d.sync += self.count.eq(0)
            with m.State("FINISH"):
                with m.If(begins):
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
                        m.d.sync += self.busy.eq(turns.end(m) if turns else 0)
                        if plan.trusts:
                            m.d.sync += calm.eq(0)
                    if plan.rest_cycles:
                        m.d.sync += [rest.eq(plan.rest_cycles), free.eq(0)]
                    m.next = "STEPS"
                with m.Elif(self.done):
                    begin(Mode.READ, plan.read_cycles - 1)
                    m.d.sync += [self.begin.eq(1), planes.eq(1)]
                    m.next = "PLANES"

        return m

    def _take_back(
        self,
        m: Module,
        rest: Signal,
        free: Signal,
        begin: Callable[[Mode, ValueLike], None],
        ending: Signal,
        unsure: Signal,
        calm: Signal,
    ) -> tuple[Value, Value]:
        """Begin a step again that should not have trusted the one before, as that saturated.

        None trusts the second one after a step that saturated, which may well have done so, too:
        where all do, no step takes longer than one that is sure of the states.

        It is ``unsure`` whether it should until that is told. While the step under way may be
        trusted it is ``calm``, a register, so that a gate behind registers begins the next.

        Returns
        -------
        begins
            The next pass may begin, sure of the states.
        prompt
            The next step may begin in this cycle, if it trusts.
        """
        plan = self.plan
        back, prompt, wary = signals("back prompt wary")
        m.d.comb += self.void.eq(self.told & self.saturated & unsure)
        m.d.sync += prompt.eq(rest == plan.sure_cycles + 1 - plan.step_cycles)
        with m.If(self.told):
            m.d.sync += [unsure.eq(0), wary.eq(self.saturated)]
        with m.If(~self.busy):
            m.d.sync += wary.eq(0)
        doubtful = Mux(self.told, self.saturated, wary) | (back & ~free)
        m.d.sync += calm.eq(self.busy & ~doubtful)
        with m.If(free & back):
            begin(Mode.STEP, Mux(ending, plan.last_step_cycles - 1, plan.sure_cycles - 1))
            m.d.sync += [back.eq(0), self.trusting.eq(0)]
        with m.If(self.void):
            m.d.sync += [rest.eq(plan.back_rest), free.eq(0), back.eq(1)]
        return free & ~back, prompt & calm
