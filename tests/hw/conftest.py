"""Clock a component, cycle by cycle."""

import pytest
from amaranth.sim import Simulator


@pytest.fixture
def trace():
    """Return a function that drives inputs and lists outputs.

    ``trace(dut, cycles, inputs, outputs)``: ``inputs`` maps signals to their values in cycle 0, 1,
    and so on, the last of which stays; the result holds for every cycle a tuple of what
    ``outputs`` are at its end. The run ends after ``cycles``, whatever the component does.
    """

    def run(dut, cycles, inputs, outputs):
        rows = []

        async def bench(ctx):
            for cycle in range(cycles):
                for signal, values in inputs:
                    if cycle < len(values):
                        ctx.set(signal, values[cycle])
                rows.append(tuple(ctx.get(signal) for signal in outputs))
                await ctx.tick()

        simulator = Simulator(dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()
        return rows

    return run
