"""Sums in, the units of a hidden layer out, each in its lane of the memory."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.hw.serial.layer import UnitStore
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

SIZES = [
    pytest.param(8, 8, 8, 3, {}, id="a-word"),
    pytest.param(16, 4, 6, 11, {}, id="words"),
    pytest.param(8, 1, 5, 8, {}, id="1-lane"),
    pytest.param(24, 8, 12, 20, {"block": 8, "relu": False, "every": True}, id="signed"),
]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "units", "options"), SIZES)
def test_units_are_shifted_cut_and_stored(hidden, lanes, state_bits, units, options):
    rng = np.random.default_rng([51, hidden, units])
    plan = SerialPlan(random_model(rng, hidden, state_bits, layer=units, **options), lanes)
    dut, memory, taken = UnitStore(plan), {}, []
    shift, top = plan.model.readout.layer.shift, (1 << state_bits - 1) - 1
    wide = 1 << plan.value_bits - 1
    # Around zero and around the largest unit, at the limits, and anywhere.
    near = rng.choice([0, (top + 1) << shift], units) + rng.integers(-3, 3, units)
    sums = np.where(rng.integers(0, 2, units), near, rng.integers(-wide, wide, units))
    sums = np.clip(sums, -wide, wide - 1)
    sums[:2] = -wide, wide - 1

    async def bench(ctx):
        for _ in range(2):  # a second readout writes the same over it
            for number, value in enumerate(sums.tolist()):
                ctx.set(dut.rewind, number == 0)
                await ctx.tick()
                ctx.set(dut.rewind, 0)
                await ctx.tick().repeat(int(rng.integers(1, 4)))
                assert not ctx.get(dut.active)
                ctx.set(dut.value, value % (2 * wide))
                ctx.set(dut.start, 1)
                await ctx.tick()
                ctx.set(dut.start, 0)
                cycles = 0
                while ctx.get(dut.active):
                    cycles += 1
                    assert ctx.get(dut.lane) == 1 << number % lanes
                    memory[ctx.get(dut.address), number % lanes] = ctx.get(dut.bit)
                    assert ctx.get(dut.done) == (cycles == state_bits - 1)
                    await ctx.tick()
                taken.append(cycles)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert set(taken) == {state_bits - 1}
    found = np.zeros(units, int)
    for (address, lane), bit in memory.items():
        word, plane = divmod(address - plan.unit_base, plan.state_planes)
        found[word * lanes + lane] += bit << plane - 2
    assert found.tolist() == np.clip(sums >> shift, 0, top).tolist()
    assert len(memory) == units * (state_bits - 1)
