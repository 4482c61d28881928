# amaranth: UnusedElaboratable=no
"""The memory of loaded weights: what fills it, and what empties it."""

import numpy as np
import pytest
from amaranth import ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.store import Store
from random_model import random_model


@pytest.fixture
def run():
    """Return a function that runs ``steps``: ("w", word), ("read", address), "soft" or "full"."""

    def run(plan, steps):
        store, soft = Store(plan), Signal()
        said = []

        async def bench(ctx):
            for step in steps:
                if step == "full":
                    said.append(ctx.get(store.full))
                elif step == "soft":
                    ctx.set(soft, 1)
                    await ctx.tick()
                    ctx.set(soft, 0)
                else:
                    what, number = step
                    ctx.set(store.w.valid, what == "w")
                    ctx.set(store.w.payload if what == "w" else store.address, number)
                    assert ctx.get(store.w.ready)
                    await ctx.tick()
                    ctx.set(store.w.valid, 0)
                    if what == "read":
                        said.append(ctx.get(store.o))

        simulator = Simulator(ResetInserter(soft)(store))
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()
        return said

    return run


@pytest.fixture
def plan():
    """Words of 24 bits, two transfers each."""
    model = random_model(np.random.default_rng(2), 6, 5, weights="ternary")
    plan = PopcountPlan(model, 6, 2, load=True)
    assert plan.load_words == 2
    return plan


def words(plan, seed):
    drawn = np.random.default_rng(seed).integers(0, 1 << 16, plan.load_cycles).tolist()
    whole = [(low | high << 16) & 0xFFFFFF for low, high in zip(drawn[::2], drawn[1::2])]
    return [("w", word) for word in drawn], whole


def test_what_came_is_read(plan, run):
    load, whole = words(plan, 1)
    reads = [("read", place) for place in range(len(whole))]
    assert run(plan, [*load[:-1], "full", load[-1], "full", *reads]) == [0, 1, *whole]


def test_a_reset_around_it_keeps_what_is_full(plan, run):
    load, whole = words(plan, 1)
    assert run(plan, [*load, "soft", "full", ("read", 3)]) == [1, whole[3]]


def test_a_reset_around_it_forgets_what_is_not(plan, run):
    load, whole = words(plan, 1)
    steps = [*load[:5], "soft", *load[:-1], "full", load[-1], "full", ("read", 0), ("read", 3)]
    assert run(plan, steps) == [0, 1, whole[0], whole[3]]


def test_other_words_may_follow(plan, run):
    load, _ = words(plan, 1)
    other, whole = words(plan, 2)
    steps = [*load, other[0], "full", *other[1:], "full", ("read", 0), ("read", 5)]
    assert run(plan, steps) == [0, 1, whole[0], whole[5]]
