"""Logits bit by bit, and the index of the largest so far."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.hw.serial.largest import Largest


def largest(bits, classes, logits, rng):
    """Pass readouts, (count, classes), bit by bit with pauses; return ``user`` after each logit."""
    dut = Largest(bits, classes)
    found = []

    async def bench(ctx):
        for row in logits:
            for number, logit in enumerate(map(int, row)):
                ctx.set(dut.begin, 1)
                await ctx.tick()
                ctx.set(dut.begin, 0)
                for place in range(bits):
                    await ctx.tick().repeat(int(rng.integers(1, 3)))
                    ctx.set(dut.bit, logit >> place & 1)
                    ctx.set(dut.arrives, 1)
                    ctx.set(dut.sign, place == bits - 1)
                    await ctx.tick()
                    ctx.set(dut.arrives, 0)
                    ctx.set(dut.bit, 1 - (logit >> place & 1))
                ctx.set(dut.value, logit)
                ctx.set(dut.number, number)
                ctx.set(dut.whole, 1)
                await ctx.tick()
                ctx.set(dut.whole, 0)
                found.append(ctx.get(dut.user))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return np.reshape(found, np.shape(logits))


@pytest.mark.parametrize(("bits", "classes"), [(3, 2), (5, 4), (9, 10)])
def test_the_largest_so_far_and_of_equals_the_lowest(bits, classes):
    rng = np.random.default_rng([61, bits])
    top = 1 << bits - 1
    logits = rng.integers(-top, top, (30, classes))
    logits[:4] = [[-top], [top - 1], [-1], [0]]
    logits[4] = np.where(np.arange(classes) % 2, top - 1, -top)
    wanted = [[row[: last + 1].argmax() for last in range(classes)] for row in logits]
    assert (largest(bits, classes, logits, rng) == wanted).all()


def test_of_one_it_tells_whether_it_is_positive():
    logits = np.arange(-8, 8)[:, None]
    found = largest(4, 1, logits, np.random.default_rng(62))
    assert (found == (logits > 0)).all()
