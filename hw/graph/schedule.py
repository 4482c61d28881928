"""What is read when in a pass, and when its words pass."""

from collections.abc import Iterable

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed
from qrnn_hw.hw.graph.controller import in_step
from qrnn_hw.hw.graph.reader import READ
from qrnn_hw.hw.graph.timing import DOT_PHASE, READ_PHASE, GraphTiming


class GraphSchedule(wiring.Component):
    """Address the state memory and steer the reader during a pass.

    In a readout the memory shows the sign in phase 1, the flag, the plane of V, the states' planes,
    the least significant first, and then the sign again and again: its address, 0, is also where
    the address rests. A step does without the plane of V, and begins later where the input must
    pass before the states. The reader's output is valid from phase ``DOT_PHASE``, of a step from
    ``plan.read_phase`` on.

    Parameters
    ----------
    plan
        Sizes and phases.

    Members
    -------
    clock : In(plan.clock)
        Where the pass is.
    rewind : In(1)
        The next plane of V is the first.
    address : Out
        Read address of the state memory.
    read : Out(READ)
        For the reader.
    clear : Out(1)
        Carries of the graph's first stage must be zero after this cycle.
    arriving, past : Out(1)
        A bit of a dot product leaves the graph; it is the last.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(
            {
                "clock": In(plan.clock),
                "rewind": In(1),
                "address": Out(range(plan.memory_depth)),
                "read": Out(READ),
                **dict.fromkeys(("clear", "arriving", "past"), Out(1)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, clock = self.plan, self.plan.model, self.clock
        a, end = model.state_bits, 1 << len(clock.phase)

        def step(phases: Iterable[int]) -> Value:
            return clock.active & ~clock.reading & among(clock.phase, phases)

        def read(phases: Iterable[int]) -> Value:
            return clock.active & clock.reading & among(clock.phase, phases)

        wait = plan.read_phase - READ_PHASE
        begins = (clock.first & clock.reading) | in_step(m, clock, [wait], "begins")
        read_1 = delayed(m, clock.first & clock.reading, 1, "read")
        read_2 = delayed(m, read_1, 1, "read_then")
        planes = Signal(range(a + 1))
        weights = Signal(range(plan.memory_depth + 1), init=plan.state_planes)
        with m.If(begins):
            m.d.sync += planes.eq(1)
        with m.Elif((planes != 0) & ~read_1):
            m.d.sync += planes.eq(Mux(planes == a, 0, planes + 1))
        with m.If(self.rewind):
            m.d.sync += weights.eq(plan.state_planes)
        with m.Elif(read_2):
            m.d.sync += weights.eq(weights + 1)
        m.d.comb += [
            self.address.eq(Mux(read_2, weights, planes)),
            self.read.load_sign.eq(begins),
            self.read.load_flag.eq(delayed(m, begins, 1, "load_flag")),
            self.read.load_mask.eq(read_2),
        ]

        # A plane's last bits are read while the next pass begins, which shows the sign, too.
        late = Mux(clock.reading, among(clock.phase, range(a + 2, end)),
                   among(clock.phase, range(wait + a + 1, end)))  # fmt: skip
        m.d.sync += self.read.raw.eq(late | (clock.phase == 0))
        bits = plan.word - model.recurrence.guard
        states = step(range(wait + 1, wait + 1 + bits)) & ~clock.starting
        opens = states | read(range(2, 2 + plan.read_word))
        m.d.comb += self.read.open.eq(delayed(m, opens, 2, "open"))

        # One cycle shorter than a word: while its last bit passes, carries are cleared.
        summing = step(range(plan.begin - 1, plan.begin - 2 + plan.word))
        dotting = delayed(m, read(range(3, 2 + plan.read_word)), 1, "dotting")
        body = delayed(m, summing | dotting, 1, "body")
        m.d.comb += self.clear.eq(~body)

        leaves = DOT_PHASE - 2 + plan.stages.depth
        word = range(2, 2 + plan.read_word)
        m.d.comb += [
            self.arriving.eq(delayed(m, read(word), leaves, "arriving")),
            self.past.eq(delayed(m, read([word[-1]]), leaves, "past")),
        ]
        return m
