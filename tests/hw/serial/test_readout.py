"""Planes of dot products in, logits and their largest out."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from amaranth import Module
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.readout import Readout
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.random_model import random_model


def read(model, differences, parities, waits=(0,)):
    """Pass states less their origin, (sequences, d), through a readout.

    Returns
    -------
    list of (data, user, last)
        Every transfer.
    list of int
        Cycles from the last bit of the last plane to ``valid``.
    """
    plan = SerialPlan(model, model.hidden)
    m = Module()
    m.submodules.time = time = Timeline(1, plan.word)
    m.submodules.readout = dut = Readout(plan, time)
    taken, latencies = [], []

    async def bench(ctx):
        ctx.set(dut.reading, 1)
        for difference, parity in zip(differences, parities):
            positive = np.maximum(difference, 0)
            ctx.set(dut.parity, parity)
            for index, row in enumerate(model.v):
                ctx.set(dut.begin, 1)
                ctx.set(dut.rewind, index == 0)
                await ctx.tick()
                ctx.set(dut.begin, 0)
                ctx.set(dut.rewind, 0)
                for bit in range(model.v_bits):
                    total = int(positive @ (row >> bit & 1))
                    ctx.set(time.start, 1)
                    await ctx.tick()
                    ctx.set(time.start, 0)
                    await ctx.tick().repeat(2)
                    for place in range(plan.word):
                        assert not ctx.get(dut.y.valid)
                        ctx.set(dut.bit, total >> place & 1)
                        await ctx.tick()
                latency = 1
                while not ctx.get(dut.y.valid) and latency < 9:
                    await ctx.tick()
                    latency += 1
                latencies.append(latency)
                for _ in range(waits[len(taken) % len(waits)]):
                    payload = ctx.get(dut.y.payload)
                    assert not ctx.get(dut.done)
                    await ctx.tick()
                    assert ctx.get(dut.y.valid)
                    assert ctx.get(dut.y.payload) == payload
                ctx.set(dut.y.ready, 1)
                payload = ctx.get(dut.y.payload)
                taken.append((payload.data, payload.user, payload.last))
                assert ctx.get(dut.done)
                assert ctx.get(dut.ended) == payload.last
                await ctx.tick()
                ctx.set(dut.y.ready, 0)

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, latencies


def check(model, states, steps, waits=(0,)):
    origins = [model.origin[p] << model.origin_shift[p] for p in map(model.parity, steps)]
    differences = [state - origin for state, origin in zip(states, origins)]
    taken, latencies = read(model, differences, list(map(model.parity, steps)), waits)
    assert set(latencies) == {3}
    for state, step in zip(states, steps):
        wanted = golden.readout(model, state[None], step)[0]
        group, taken = taken[: model.classes], taken[model.classes :]
        assert [value for value, *_ in group] == wanted.tolist()
        assert [last for *_, last in group] == [0] * (model.classes - 1) + [1]
        # `user` is the index of the largest so far, the lowest of equals.
        best = [int(wanted[: index + 1].argmax()) for index in range(model.classes)]
        assert [user for _, user, _ in group] == best
    assert not taken


@pytest.mark.parametrize("waits", [(0,), (3, 0, 1)], ids=["taken-at-once", "waits"])
@pytest.mark.parametrize(
    ("hidden", "state_bits", "v_bits", "classes"),
    [
        pytest.param(4, 4, 2, 2, id="smallest"),
        pytest.param(8, 6, 4, 5, id="odd"),
        pytest.param(16, 8, 8, 3, id="8-bit-weights"),
        pytest.param(32, 12, 3, 10, id="ten-classes"),
    ],
)
def test_is_the_golden_readout(hidden, state_bits, v_bits, classes, waits):
    rng = np.random.default_rng([14, hidden])
    model = random_model(rng, hidden, state_bits, v_bits=v_bits, classes=classes)
    top = 1 << state_bits - 1
    states = rng.integers(-top, top, (3, hidden))
    check(model, states, [1, 2, 3], waits)


@pytest.mark.parametrize("sign", [1, -1], ids=["largest", "least"])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_the_extremes_of_a_logit(hidden, sign):
    model = random_model(np.random.default_rng(15), hidden, 5, v_bits=3)
    limit = (1 << model.state_bits + model.log2_hidden - 1) - 1
    shape = model.class_bias.shape
    extreme = replace(
        model,
        v=np.full(model.v.shape, 3 if sign > 0 else -4),
        origin=np.full(model.origin.shape, -(1 << model.origin_bits - 1)),
        class_bias=np.full(shape, sign * limit),
    )
    top = np.full((2, hidden), (1 << model.state_bits - 1) - 1)
    largest = max(abs(golden.readout(extreme, top, step)).max() for step in (1, 2))
    assert int(largest).bit_length() + 1 == extreme.logit_bits
    check(extreme, top, [1, 2])


def test_equals_give_the_lowest_index():
    model = random_model(np.random.default_rng(16), 4, 5, classes=4)
    equal = replace(model, v=np.tile(model.v[:1], (4, 1)), class_bias=np.array([[-5, 2, 2, -1]]))
    taken, _ = read(equal, [np.array([3, -2, 0, 1])] * 2, [0, 0])
    assert [user for _, user, _ in taken] == [0, 1, 1, 1] * 2
    values = [value for value, *_ in taken[:4]]
    assert [b - a for a, b in pairwise(values)] == [7, 0, -3]
