"""A core in a design of your own, in Amaranth: samples in, the class of every window out.

``python examples/in_amaranth.py examples/digits.pt`` simulates it on sequences that the model has
with it, compares the classes with the golden run, and writes ``recogniser.v``.
"""

import sys
from pathlib import Path

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator, SimulatorContext

from qrnn_hw.export import golden
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.models import open_model

SEQUENCES = 3
CYCLES_OF_A_SAMPLE = 100  # of an ADC, here


class Recogniser(wiring.Component):
    """Cut samples into windows, and hold the class of the last one.

    Parameters
    ----------
    plan
        Of the core; ``qrnn_hw.hw.choice.candidates`` lists them.
    steps
        Samples of a window.

    Members
    -------
    sample : In(stream.Signature(model.inputs.width))
        The channels of a time step side by side, channel 0 lowest.
    answer : Out(range(model.classes))
        A class, from a cycle after ``fresh`` on.
    fresh : Out(1)
        A class comes in the next cycle.
    """

    def __init__(self, plan: Plan, steps: int) -> None:
        self.plan, self.steps = plan, steps
        model = plan.model
        super().__init__(
            {
                "sample": In(stream.Signature(model.inputs.width)),
                "answer": Out(range(model.classes)),
                "fresh": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.core = core = self.plan.core()
        place = Signal(range(self.steps))
        last = place == self.steps - 1
        m.d.comb += [
            core.x.valid.eq(self.sample.valid),
            core.x.payload.data.eq(self.sample.payload),
            core.x.payload.last.eq(last),
            self.sample.ready.eq(core.x.ready),
            core.y.ready.eq(1),
            self.fresh.eq(core.y.valid & core.y.payload.last),
        ]
        with m.If(self.sample.valid & self.sample.ready):
            m.d.sync += place.eq(place + 1)
            with m.If(last):
                m.d.sync += place.eq(0)
        with m.If(self.fresh):
            m.d.sync += self.answer.eq(core.y.payload.user)
        return m


def simulate(dut: Recogniser, windows: list[list[int]]) -> list[int]:
    """Feed windows of samples, and return the class of each."""
    found: list[int] = []

    async def sensor(ctx: SimulatorContext) -> None:
        for value in (value for window in windows for value in window):
            await ctx.tick().repeat(CYCLES_OF_A_SAMPLE)
            ctx.set(dut.sample.payload, value)
            ctx.set(dut.sample.valid, 1)
            await ctx.tick().until(dut.sample.ready)
            ctx.set(dut.sample.valid, 0)

    async def listener(ctx: SimulatorContext) -> None:
        for _ in windows:
            await ctx.tick().until(dut.fresh)
            found.append(ctx.get(dut.answer))

    simulator = Simulator(dut)
    simulator.add_clock(1 / 36e6)
    simulator.add_testbench(sensor)
    simulator.add_testbench(listener)
    simulator.run()
    return found


def main(path: str) -> None:
    """Simulate a recogniser for a model file; its core is the smallest that keeps up."""
    opened = open_model(path)
    model, x = opened.model, opened.samples.x[:SEQUENCES]
    fast = (one for one in candidates(model)[0] if one.pace <= CYCLES_OF_A_SAMPLE)
    plan = min(fast, key=lambda one: one.cost.cells).plan
    windows = [[int(word) for word in model.inputs.pack(sequence)] for sequence in x]
    found = simulate(Recogniser(plan, x.shape[1]), windows)
    wanted = golden.run(model, x).classes.tolist()
    print(f"classes of {len(x)} sequences: {found}, golden {wanted}")
    if found != wanted:
        sys.exit("the simulation must give what the golden run does")
    Path("recogniser.v").write_text(verilog(Recogniser(plan, x.shape[1]), "recogniser"))


if __name__ == "__main__":
    main(sys.argv[1])
