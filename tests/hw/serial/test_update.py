"""The end of a step alone: sums in, planes out, against the golden run's rounding."""

import numpy as np
import pytest
from amaranth import Module

from qrnn_hw.export import golden
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.core import planes
from qrnn_hw.sim.core.recording import trace_record
from random_model import random_model

SIZES = [
    pytest.param(4, 4, 4, id="4-on-4"),
    pytest.param(8, 8, 7, id="8-on-8"),
    pytest.param(8, 2, 4, id="8-on-2"),
    pytest.param(16, 8, 12, id="16-on-8"),
    pytest.param(32, 8, 16, id="32-on-8"),
    pytest.param(16, 1, 8, id="16-on-1"),
]
BLOCKS = [
    pytest.param(12, 2, 5, 4, id="12-in-blocks-of-4"),
    pytest.param(20, 4, 6, 2, id="20-in-pairs"),
    pytest.param(8, 8, 6, 2, id="8-in-pairs"),
]


def serial(plan, numbers):
    """Lay a pass of d numbers out in time, one vector of lanes a cycle."""
    words = numbers.reshape(plan.folds, plan.lanes)
    return [
        sum((int(value) >> bit & 1) << lane for lane, value in enumerate(word))
        for word in words
        for bit in range(plan.word)
    ]


def run(trace, plan, passes, gap):
    """Run steps 1, 2, ... of (network, terms) and return what they wrote, (steps, d)."""
    model = plan.model
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, plan.lengths[:1])
    m.submodules.update = update = SerialUpdate(plan, time)
    span = plan.occupied_cycles + gap
    cycles = span * len(passes) + 12
    start = [0] * cycles
    lines = {name: [0] * cycles for name in ("parity", "network", "terms", "negative")}
    negative = np.repeat(
        [
            sum(int(u < 0) << lane for lane, u in enumerate(word))
            for word in model.recurrence.signs.reshape(plan.folds, plan.lanes)
        ],
        plan.word,
    ).tolist()
    for number, (network, terms) in enumerate(passes):
        at = number * span
        start[at + 1] = 1
        lines["parity"][at + 2 : at + 2 + span] = [model.parity(number + 1)] * span
        # The operands are two cycles behind the timeline's bit 0.
        bits = slice(at + 4, at + 4 + plan.pass_cycles)
        lines["network"][bits] = serial(plan, network)
        lines["terms"][bits] = serial(plan, terms)
        lines["negative"][bits] = negative
    inputs = [(getattr(update, name), values) for name, values in lines.items()]
    inputs += [(update.writes, [1]), (time.start, start)]
    write = update.write
    rows = trace(m, cycles, inputs, [write.en, write.addr, write.data])
    kind = trace_record(plan.lanes)
    size = kind["word"].itemsize
    writes = [(at, list(data.to_bytes(size, "little"))) for enable, at, data in rows if enable]
    records = np.array(writes, kind).reshape(len(passes), -1)
    assert (records["address"] == np.array(plan.trace.step)).all()

    # Latency: bit j of a word is written four cycles behind the timeline.
    written = [cycle for cycle, (enable, *_) in enumerate(rows) if enable]
    assert written[0] == 2 + model.shift(1) + 4
    last = (plan.folds - 1) * plan.word + plan.sign_bits[0]
    assert written[-1] == (len(passes) - 1) * span + 2 + last + 4 + 1
    return planes.states(plan, records)


def check(trace, model, lanes, gap):
    rng = np.random.default_rng([12, model.hidden, model.state_bits])
    hidden, state_bits = model.hidden, model.state_bits
    plan = SerialPlan(model, lanes)
    sums = []
    for step in range(1, 9):
        shift, a = model.shift(step), model.state_bits
        top, half = 1 << a + shift - 1, 1 << shift >> 1
        # Around the limits of the state, at the halves, and anywhere that a sum's bits hold.
        wide = (1 << plan.sign_bits[model.parity(step)]) - half
        near = rng.choice(np.array([-top, top, 0]), hidden)
        near += rng.integers(-half - 1, half + 1, hidden)
        far = rng.integers(-wide, wide, hidden)
        sums.append(np.where(rng.integers(0, 2, hidden), near, far))
    passes, wanted = [], []
    for step, total in enumerate(sums, 1):
        terms = rng.integers(-(1 << plan.word - 2), 1 << plan.word - 2, hidden)
        half = 1 << model.shift(step) >> 1
        passes.append((model.recurrence.signs * (total - terms), terms + half))
        wanted.append(golden.requantize(model, total, step)[0])
    found, flags = run(trace, plan, passes, gap)
    np.testing.assert_array_equal(found, wanted)
    top = 1 << state_bits - 1
    assert set(np.unique(np.array(wanted)[flags == 1])) <= {-top, top - 1}
    assert flags.any()


@pytest.mark.parametrize("gap", [0, 9])
@pytest.mark.parametrize(("hidden", "lanes", "state_bits"), SIZES)
def test_rounds_and_saturates_as_the_golden_run(trace, hidden, lanes, state_bits, gap):
    rng = np.random.default_rng([12, hidden])
    model = random_model(rng, hidden, state_bits, input_signed=True)
    check(trace, model, lanes, gap)


@pytest.mark.parametrize("gap", [0, 9])
@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "block"), BLOCKS)
def test_rounds_by_the_shift_of_a_block(trace, hidden, lanes, state_bits, block, gap):
    rng = np.random.default_rng([12, block])
    model = random_model(rng, hidden, state_bits, block=block)
    check(trace, model, lanes, gap)


@pytest.mark.parametrize("gap", [0, 9])
@pytest.mark.parametrize(("hidden", "lanes"), [(16, 16), (32, 8)], ids=["even", "odd"])
def test_the_flag_of_halved_sums_comes_before_the_sign(trace, hidden, lanes, gap):
    rng = np.random.default_rng([14, hidden])
    model = random_model(rng, hidden, 7, transform="halved")
    plan = SerialPlan(model, lanes)
    top = plan.state_planes - 1
    assert plan.flags_first and plan.trace.step[plan.model.state_bits - 1 :][:3] == (top, 0, 1)
    check(trace, model, lanes, gap)


def test_the_rounding_half_of_the_other_parity_shows(trace):
    rng = np.random.default_rng(13)
    model = random_model(rng, 8, 8)
    plan = SerialPlan(model, 8)
    sums = rng.integers(-100, 100, 8)
    found, _ = run(trace, plan, [(model.recurrence.signs * sums, np.full(8, 2))], 0)
    assert model.shift(1) != model.shift(2)
    assert (found[0] != golden.requantize(model, sums, 1)[0]).any()
