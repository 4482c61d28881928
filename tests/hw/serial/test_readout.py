"""Planes of dot products in, logits and their largest out."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from amaranth import Module
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.timeline import Timeline
from random_model import random_model


def readout_of(model, **fields):
    """Replace fields of a model's readout."""
    return replace(model, readout=replace(model.readout, **fields))


def read(model, lanes, differences, parities, waits=(0,), counts=None):
    """Pass states less their origin, (sequences, d), through a readout of so many ``lanes``.

    Or pools, of so many steps.

    Returns
    -------
    list of (data, user, last)
        Every transfer.
    list of int
        Cycles from the last bit of the last plane to ``valid``.
    """
    plan = SerialPlan(model, lanes)
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, (plan.read_word,))
    m.submodules.readout = dut = SerialReadout(plan, time)
    taken, latencies = [], []

    async def bench(ctx):
        ctx.set(dut.reading, 1)
        for difference, parity in zip(differences, parities):
            features = np.maximum(difference, 0) if model.readout.relu else difference
            ctx.set(dut.parity, parity)
            if counts is not None:
                ctx.set(dut.count, counts[len(taken) // model.classes])
            for index, row in enumerate(model.readout.v):
                ctx.set(dut.begin, 1)
                ctx.set(dut.rewind, index == 0)
                await ctx.tick()
                ctx.set(dut.begin, 0)
                ctx.set(dut.rewind, 0)
                for bit in range(model.readout.v_bits):
                    masked = features * (row >> bit & 1)
                    # The first word of a group has the sums of its blocks; the others differ.
                    totals = masked.reshape(plan.groups, -1).sum(1)
                    sums = [
                        int(total if word % plan.group == 0 else ~total)
                        for total, word in zip(np.repeat(totals, plan.group), range(plan.folds))
                    ]
                    while ctx.get(time.active):  # the rest of the last pass
                        await ctx.tick()
                    ctx.set(time.start, 1)
                    await ctx.tick()
                    ctx.set(time.start, 0)
                    await ctx.tick().repeat(2 + plan.sum_latency)
                    if bit == model.readout.v_bits - 1:
                        del sums[plan.folds - plan.group + 1 :]  # the logit is complete before
                    for total in sums:
                        for place in range(plan.read_word):
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
                await ctx.tick()
                ctx.set(dut.y.ready, 0)
                assert ctx.get(dut.done)
                assert ctx.get(dut.ended) == payload.last

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, latencies


def check(model, states, steps, waits=(0,), lanes=None):
    parities = list(map(model.parity, steps))
    differences = [state - model.offset(p) for state, p in zip(states, parities)]
    taken, latencies = read(model, lanes or model.hidden, differences, parities, waits)
    assert set(latencies) == {SerialReadout.latency}
    for state, step in zip(states, steps):
        wanted = golden.readout(model, state[None], step)[0]
        group, taken = taken[: model.classes], taken[model.classes :]
        assert [value for value, *_ in group] == wanted.tolist()
        assert [last for *_, last in group] == [0] * (model.classes - 1) + [1]
        # `user` is the index of the largest so far, the lowest of equals.
        best = [int(wanted[: index + 1].argmax()) for index in range(model.classes)]
        if model.classes == 1:
            best = [int(wanted[0] > 0)]
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


BLOCKS = [
    pytest.param(16, 16, 4, id="blocks-in-a-word"),
    pytest.param(24, 8, 2, id="blocks-in-three-words"),
    pytest.param(24, 8, 8, id="a-block-a-word"),
    pytest.param(24, 2, 8, id="a-block-in-four-words"),
    pytest.param(16, 2, 16, id="one-block"),
    pytest.param(32, 32, 2, id="16-blocks-in-a-word"),
]


@pytest.mark.parametrize("relu", [True, False], ids=["cut", "signed"])
@pytest.mark.parametrize(("hidden", "lanes", "block"), BLOCKS)
def test_sums_over_all_blocks(hidden, lanes, block, relu):
    rng = np.random.default_rng([17, hidden, block])
    model = random_model(rng, hidden, 6, block=block, v_bits=3, relu=relu)
    check(model, rng.integers(-32, 32, (2, hidden)), [1, 2], lanes=lanes)


@pytest.mark.parametrize("relu", [True, False], ids=["cut", "signed"])
def test_one_logit_decides_by_its_sign(relu):
    rng = np.random.default_rng(18)
    model = random_model(rng, 8, 6, classes=1, relu=relu)
    states = rng.integers(-32, 32, (30, 8))
    logits = [int(golden.readout(model, n[None], t)[0, 0]) for t, n in enumerate(states, 1)]
    assert min(logits) < 0 < max(logits)
    check(model, states, range(1, 31))
    zero = readout_of(model, v=np.zeros((1, 8), int), class_bias=np.array([[0], [1]]))
    taken, _ = read(zero, 8, list(states[:2]), [0, 1])
    assert [(value, user) for value, user, _ in taken] == [(0, 0), (1, 1)]


@pytest.mark.parametrize("sign", [1, -1], ids=["largest", "least"])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_the_extremes_of_a_logit(hidden, sign):
    model = random_model(np.random.default_rng(15), hidden, 5, v_bits=3)
    origin = model.origin
    least = np.full(origin.levels.shape, -(1 << origin.bits - 1))
    model = replace(model, origin=replace(origin, levels=least))
    extreme = readout_of(
        model,
        v=np.full(model.readout.v.shape, 3 if sign > 0 else -4),
        class_bias=np.full(model.readout.class_bias.shape, sign * ((hidden << 5) - 1)),
    )
    top = np.full((2, hidden), 15)
    largest = max(abs(golden.readout(extreme, top, step)).max() for step in (1, 2))
    assert int(largest).bit_length() + 1 == extreme.logit_bits
    check(extreme, top, [1, 2])


POOLS = [
    pytest.param(8, 8, 4, Pool("mean", 5, 0), id="mean"),
    pytest.param(16, 4, 16, Pool("mean", 1000, 0), id="mean-of-a-block-in-four-words"),
    pytest.param(24, 8, 4, Pool("count", 1 << 16, 0), id="count-in-three-words"),
    pytest.param(4, 1, 4, Pool("count", 1, 0), id="count-of-one-step"),
]


@pytest.mark.parametrize("extreme", [None, 1, -1], ids=["any", "largest", "least"])
@pytest.mark.parametrize(("hidden", "lanes", "block", "pool"), POOLS)
def test_the_bias_of_pools_counts_every_step(hidden, lanes, block, pool, extreme):
    rng = np.random.default_rng([19, hidden, lanes])
    model = random_model(rng, hidden, 6, block=block, origin_bits=0, pool=pool, v_bits=3)
    most = pool.weight * (1 if pool.statistic == "count" else 31)
    pools = rng.integers(0, most + 1, (2, hidden))
    counts = [pool.steps, int(rng.integers(0, pool.steps + 1))]
    if extreme:
        v = np.full(model.readout.v.shape, 3 if extreme > 0 else -4)
        bias = np.full(model.readout.class_bias.shape, extreme * ((hidden << 6) - 1))
        model = readout_of(model, v=v, class_bias=bias)
        pools[0] = most
    taken, latencies = read(model, lanes, list(pools), [0, 0], counts=counts)
    assert set(latencies) == {SerialReadout.latency}
    wanted = [
        p @ model.readout.v.T + n * model.readout.class_bias[0] for p, n in zip(pools, counts)
    ]
    assert [value for value, *_ in taken] == np.concatenate(wanted).tolist()


def test_equals_give_the_lowest_index():
    model = random_model(np.random.default_rng(16), 4, 5, classes=4)
    equal = readout_of(
        model, v=np.tile(model.readout.v[:1], (4, 1)), class_bias=np.array([[-5, 2, 2, -1]])
    )
    taken, _ = read(equal, 4, [np.array([3, -2, 0, 1])] * 2, [0, 0])
    assert [user for _, user, _ in taken] == [0, 1, 1, 1] * 2
    values = [value for value, *_ in taken[:4]]
    assert [b - a for a, b in pairwise(values)] == [7, 0, -3]
