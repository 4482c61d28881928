# amaranth: UnusedElaboratable=no
"""Rows of a table outside: fetched ahead of their steps, kept apart, and never half there."""

from itertools import chain, pairwise

import numpy as np
import pytest
from amaranth.sim import Simulator

from core_bench import record
from qrnn_hw.export.errors import MismatchError, ModelError
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.row import ROWS
from qrnn_hw.hw.serial.rows import RowInput
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running, stalling
from qrnn_hw.sim.core.pace import check_pace
from random_model import random_model


def run(plan, steps, rng):
    """Pass (token, last) pairs, with random waits on all sides and rows that begin again.

    Returns
    -------
    list
        What was released: last, parity, and the bytes of the row that were in the slot then.
    """
    dut = RowInput(plan)
    results, memory = [], {}

    async def bench(ctx):
        fed = hold = place = 0
        given, shown = False, None
        for _ in range(200 * len(steps)):
            offered = fed < len(steps) and rng.random() < 0.7
            token, last = steps[min(fed, len(steps) - 1)]
            ctx.set(dut.x.payload, {"data": token ^ (not offered), "last": last ^ (not offered)})
            ctx.set(dut.x.valid, offered)
            ctx.set(dut.ask.ready, given)
            ctx.set(dut.row.valid, shown is not None)
            ctx.set(dut.row.payload, shown or {"data": int(rng.integers(256)), "first": 1})
            valid = ctx.get(dut.valid)
            if valid and not hold:
                hold = 1 + int(rng.integers(0, 60))
            release = bool(valid and hold == 1)
            ctx.set(dut.release, release)
            if release:
                base = ctx.get(dut.value) * plan.table_depth // ROWS
                words = [memory[base + k] for k in range(plan.row.words)]
                results.append((ctx.get(dut.last), ctx.get(dut.parity), list(chain(*words))))
            hold = max(0, hold - 1)
            fed += bool(offered and ctx.get(dut.x.ready))
            for k in range(plan.row.word_bytes):
                if ctx.get(dut.write.en) >> k & 1:
                    word = memory.setdefault(ctx.get(dut.write.addr), [None] * plan.row.word_bytes)
                    word[k] = ctx.get(dut.write.data) >> 8 * k & 255
            if len(results) == len(steps):
                return
            if given or not ctx.get(dut.ask.valid):
                place, given, shown = 0, False, None
            else:
                place = 0 if rng.random() < 0.02 else place
                given = place == plan.row.bytes and rng.random() < 0.5
                shown = None
                if place < plan.row.bytes and rng.random() < 0.7:
                    number = ctx.get(dut.ask.payload) * plan.row.bytes + place
                    shown = {"data": number % 251, "first": place == 0}
                    place += 1
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results


@pytest.mark.parametrize(
    ("hidden", "lanes"),
    [
        pytest.param(8, 2, id="two-parities"),
        pytest.param(16, 16, id="two-bytes"),
        pytest.param(32, 32, id="four"),
    ],
)
def test_rows_come_whole_and_in_order(hidden, lanes):
    rng = np.random.default_rng([70, hidden])
    plan = SerialPlan(random_model(rng, hidden, 6, vocabulary=300, table_bits=4), lanes)
    steps = [(int(rng.integers(300)), int(rng.random() < 0.3)) for _ in range(25)]
    wanted, step = [], 1
    for token, last in steps:
        parity = plan.model.parity(step)
        number = token * plan.model.parities + parity
        # Of a byte, as many bits as there are lanes.
        bits = (1 << min(8, plan.lanes)) - 1
        content = [(number * plan.row.bytes + k) % 251 & bits for k in range(plan.row.bytes)]
        wanted.append((last, parity, content))
        step = 1 if last else step + 1
    assert run(plan, steps, rng) == wanted


slow = pytest.mark.slow
CORES = [
    pytest.param(
        32, 32, {"vocabulary": 300, "classes": 1, "v_bits": 2}, id="long-rows", marks=slow
    ),
    pytest.param(8, 4, {"vocabulary": 300, "classes": 1, "v_bits": 2}, id="odd"),
    pytest.param(16, 16, {"vocabulary": 270, "every": True, "classes": 1}, id="every", marks=slow),
    pytest.param(8, 8, {"vocabulary": 40, "biased": True, "table_bits": 3}, id="small", marks=slow),
]


@pytest.mark.parametrize(("hidden", "lanes", "options"), CORES)
def test_a_core_with_its_table_outside_is_golden_and_as_fast_as_planned(hidden, lanes, options):
    rng = np.random.default_rng([71, hidden])
    model = random_model(rng, hidden, 6, **options)
    plan = SerialPlan(model, lanes, fetches=True)
    sequences = [random_sequence(rng, model, steps) for steps in (1, 5, 2)]
    free = record(free_running(plan, sequences))
    judge(plan, sequences, free)
    check_pace(plan, sequences, free)
    judge(plan, sequences, record(stalling(plan, sequences, rng)))


def test_a_row_of_another_token_is_found(monkeypatch):
    rng = np.random.default_rng(72)
    model = random_model(rng, 8, 6, vocabulary=300, classes=1, v_bits=2)
    plan = SerialPlan(model, 4)
    sequences = [random_sequence(rng, model, 1)]
    right = SerialPlan.table.func
    monkeypatch.setattr(
        SerialPlan, "table", property(lambda plan: _turned(right(plan))), raising=True
    )
    wrong = record(free_running(plan, sequences))
    with pytest.raises(MismatchError, match=r"unit"):
        judge(plan, sequences, wrong)


def _turned(table):
    numbers = np.roll(table.numbers, 1, axis=1)
    return type(table)(table.bits, table.low, table.half, numbers)


def test_a_step_takes_the_longer_of_pass_and_fetch():
    rng = np.random.default_rng(73)
    model = random_model(rng, 64, 8, vocabulary=300, table_bits=4)
    plans = [SerialPlan(model, 64 >> k) for k in range(7)]
    for plan in plans:
        network = max(plan.group * plan.word + plan.network_latency + 7, plan.pass_cycles + 6)
        assert plan.step_cycles == max(network, plan.row.cycles)
    assert len({plan.step_cycles == plan.row.cycles for plan in plans}) == 2
    assert all(a.row.bytes <= b.row.bytes for a, b in pairwise(plans))


def test_what_cannot_be_outside_or_inside_is_refused():
    rng = np.random.default_rng(74)
    with pytest.raises(
        ModelError, match=r"inside the core must be of up to 256 tokens, not of 257"
    ):
        SerialPlan(random_model(rng, 8, 6, vocabulary=257), 4, fetches=False)
    with pytest.raises(ModelError, match=r"^a table outside the core must be of tokens$"):
        SerialPlan(random_model(rng, 8, 6), 4, fetches=True)
    assert not SerialPlan(random_model(rng, 8, 6, vocabulary=256), 4).fetches
    assert not SerialPlan(random_model(rng, 8, 6), 4).fetches
