"""Tokens in, tokens held."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.hw.serial.tokens import TokenInput
from qrnn_hw.sim.random_model import random_model


def run(model, steps, rng):
    """Pass (token, last) pairs, with random waits on both sides; return what was released."""
    dut = TokenInput(model)
    results, latencies = [], []

    async def bench(ctx):
        fed, entered, hold = 0, 0, 0
        for cycle in range(20 * len(steps)):
            offered = fed < len(steps) and rng.random() < 0.6
            token, last = steps[min(fed, len(steps) - 1)]
            # What is not offered is wrong.
            shown = (token, last) if offered else (token ^ 1, 1 - last)
            ctx.set(dut.x.payload, dict(zip(("data", "last"), shown)))
            ctx.set(dut.x.valid, offered)
            valid, ready = ctx.get(dut.valid), ctx.get(dut.x.ready)
            assert valid != ready
            if valid and not hold:
                latencies.append(cycle - entered)
                hold = 1 + int(rng.integers(0, 4))
            release = bool(valid and hold == 1)
            ctx.set(dut.release, release)
            if release:
                results.append((ctx.get(dut.value), ctx.get(dut.last), ctx.get(dut.parity)))
            hold = max(0, hold - 1)
            if offered and ready:
                fed, entered = fed + 1, cycle
            if len(results) == len(steps):
                return
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results, latencies


@pytest.mark.parametrize("vocabulary", [2, 5, 256])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_tokens_come_out_with_the_parity_of_their_step(hidden, vocabulary):
    rng = np.random.default_rng([50, hidden, vocabulary])
    model = random_model(rng, hidden, 6, vocabulary=vocabulary)
    steps = [(int(rng.integers(0, vocabulary)), int(rng.random() < 0.3)) for _ in range(40)]
    results, latencies = run(model, steps, rng)
    wanted, step = [], 1
    for token, last in steps:
        wanted.append((token, last, model.parity(step)))
        step = 1 if last else step + 1
    assert results == wanted
    assert set(latencies) == {1}
