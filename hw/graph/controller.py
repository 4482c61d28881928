"""The order of passes: steps as inputs come, then a pass for each plane of V."""

from collections.abc import Iterable

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed, signals
from qrnn_hw.hw.graph.timing import GraphTiming


def in_step(m: Module, clock: wiring.PureInterface, phases: Iterable[int], name: str) -> Value:
    """Tell that a step is in one of some phases: by a register, which is set a phase ahead."""
    wanted = set(phases)
    before = [phase - 1 for phase in wanted if phase]
    step = clock.active & ~clock.reading
    found = delayed(m, step & among(clock.phase, before), 1, name)
    return found | (clock.first & ~clock.reading) if 0 in wanted else found


class GraphController(wiring.Component):
    """Count the phases of passes, and start each as early as the one before allows.

    Parameters
    ----------
    plan
        Phases of a pass.

    Members
    -------
    valid, last : In(1)
        An input waits; it ends its sequence. The one a step started with is gone before the next
        step may start.
    done, ended : In(1)
        A logit was taken; it was the last of a readout.
    clock : Out(plan.clock)
        Where the pass is.
    begin : Out(1)
        A logit begins, with phase 0 of its first plane.
    busy : Out(1)
        A sequence has begun and not ended.
    """

    def __init__(self, plan: GraphTiming) -> None:
        self.plan = plan
        super().__init__(
            {
                **dict.fromkeys(("valid", "last", "done", "ended"), In(1)),
                "clock": Out(plan.clock),
                **dict.fromkeys(("begin", "busy"), Out(1)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, clock, readout = self.plan, self.clock, self.plan.model.readout

        # That this is a pass's last cycle is known in the one before.
        final, free = signals("final free")
        nearly = Mux(clock.reading, plan.plane_cycles - 2, plan.step_cycles - 2)
        m.d.comb += free.eq(~clock.active | final)
        m.d.sync += [self.begin.eq(0), clock.first.eq(0)]
        with m.If(clock.active):
            m.d.sync += [clock.phase.eq(clock.phase + 1), final.eq(clock.phase == nearly)]
            with m.If(final):
                m.d.sync += [clock.active.eq(0), clock.phase.eq(0)]

        def begin(*, reading: bool, starting: ValueLike = 0) -> None:
            m.d.sync += [
                clock.active.eq(1),
                clock.first.eq(1),
                clock.phase.eq(0),
                clock.reading.eq(reading),
                clock.starting.eq(starting),
            ]

        ending = Signal()
        planes = Signal(range(readout.v_bits))
        with m.FSM():
            with m.State("STEPS"):
                with m.If(free & self.valid):
                    begin(reading=False, starting=~self.busy)
                    m.d.sync += [self.busy.eq(1), ending.eq(self.last), planes.eq(0)]
                    with m.If(self.last | readout.every):
                        m.next = "PLANES"
            with m.State("PLANES"):
                with m.If(free):
                    begin(reading=True)
                    m.d.sync += [planes.eq(planes + 1), self.begin.eq(planes == 0)]
                    with m.If(planes == readout.v_bits - 1):
                        m.next = "LOGIT"
            with m.State("LOGIT"):
                with m.If(self.ended):
                    with m.If(ending):
                        m.d.sync += self.busy.eq(0)
                    m.next = "STEPS"
                with m.Elif(self.done):
                    begin(reading=True)
                    m.d.sync += [planes.eq(1), self.begin.eq(1)]
                    m.next = "PLANES"

        return m
