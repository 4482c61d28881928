"""Schedule, state memory and reader together: the bits of each mode of pass."""

import numpy as np
import pytest
from amaranth import Module
from amaranth.lib import memory
from amaranth.lib.wiring import connect

from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.reader import SerialReader
from qrnn_hw.hw.serial.schedule import Mode, SerialSchedule
from random_model import random_model

SIZES = [
    pytest.param(4, 4, 4, 3, id="4-on-4"),
    pytest.param(8, 2, 7, 5, id="8-on-2"),
    pytest.param(16, 4, 8, 8, id="16-on-4"),
    pytest.param(8, 8, 12, 2, id="8-on-8"),
]


def drawn(hidden, lanes, state_bits, origin_bits, **options):
    rng = np.random.default_rng([11, hidden, state_bits])
    model = random_model(rng, hidden, state_bits, origin_bits=origin_bits, **options)
    return rng, model, SerialPlan(model, lanes)


def image(plan, flag, sign, value, base=0):
    """Fill the memory with states as steps leave them: a word's flag, sign and planes."""
    content = plan.memory_image()
    for word in range(plan.folds):
        units = slice(word * plan.lanes, (word + 1) * plan.lanes)
        rows = [flag, sign, *(value >> bit & 1 for bit in range(plan.model.state_bits - 1))]
        for place, row in enumerate(rows):
            content[base + word * plan.state_planes + place] = sum(
                int(bit) << lane for lane, bit in enumerate(row[units])
            )
    return content


def run(trace, plan, content, passes, parity=0):
    """Run passes (mode, rewind); return the numbers of each, (d,).

    Passes that only read follow each other back to back.
    """
    m = Module()
    m.submodules.schedule = schedule = SerialSchedule(plan)
    m.submodules.memory = store = memory.Memory(
        shape=plan.lanes, depth=plan.memory_depth, init=content
    )
    m.submodules.reader = reader = SerialReader(plan.lanes)
    read = store.read_port()
    m.d.comb += [read.addr.eq(schedule.address), reader.data.eq(read.data)]
    connect(m, schedule.read, reader.read)

    starts, modes, rewinds, begins = [], [], [], []
    for mode, rewind in passes:
        length = plan.read_word if mode == Mode.READ else plan.word
        begins.append((len(starts), length))
        span = plan.folds * length + (0 if mode == Mode.READ else 5)
        starts += [1] + [0] * (span - 1)
        rewinds += [rewind] + [0] * (span - 1)
        modes += [mode] * span
    cycles = len(starts) + 8
    starts.append(0)
    inputs = [
        (schedule.start, starts),
        (schedule.mode, modes),
        (schedule.rewind, rewinds),
        (schedule.parity, [parity]),
    ]
    rows = trace(m, cycles, inputs, [reader.o, schedule.lanes_clear])
    results = []
    for at, length in begins:
        found = []
        for word in range(plan.folds):
            # The timeline's cycle 0 is one after `start`; bits leave from its cycle 6 on.
            begin = 1 + 6 + at + word * length
            bits = [
                [rows[begin + bit][0] >> lane & 1 for lane in range(plan.lanes)]
                for bit in range(length)
            ]
            bits[-1] = bits[-2]  # as the network takes it
            clears = [rows[begin + bit][1] for bit in range(length)]
            assert clears == [0] * (length - 1) + [1]
            weights = [*(1 << bit for bit in range(length - 1)), -(1 << length - 1)]
            found += (np.array(bits).T @ weights).tolist()
        results.append(np.array(found))
    return results


def stored(rng, model):
    """Draw flags, signs and planes, and what they mean."""
    a = model.state_bits
    flag = rng.integers(0, 4, model.hidden) == 0
    sign = rng.integers(0, 2, model.hidden)
    value = rng.integers(0, 1 << a - 1, model.hidden)
    limit = np.where(sign, -(1 << a - 1), (1 << a - 1) - 1)
    return flag, sign, value, np.where(flag, limit, value - (sign << a - 1))


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "origin_bits"), SIZES)
def test_a_step_reads_saturated_and_extended_states(trace, hidden, lanes, state_bits, origin_bits):
    rng, model, plan = drawn(hidden, lanes, state_bits, origin_bits)
    flag, sign, value, state = stored(rng, model)
    content = image(plan, flag, sign, value)
    for found in run(trace, plan, content, [(Mode.STEP, 0)] * 2):
        assert found.tolist() == state.tolist()


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "origin_bits"), SIZES)
def test_a_start_reads_the_origin(trace, hidden, lanes, state_bits, origin_bits):
    rng, model, plan = drawn(hidden, lanes, state_bits, origin_bits)
    flag, sign, value, state = stored(rng, model)
    content = image(plan, flag, sign, value)
    passes = [(Mode.START, 0), (Mode.STEP, 0), (Mode.START, 0)]
    found = run(trace, plan, content, passes, parity=model.parities - 1)
    start = model.offset(0)
    assert [one.tolist() for one in found] == [start.tolist(), state.tolist(), start.tolist()]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "origin_bits"), SIZES)
def test_the_readout_reads_positive_states_under_each_plane_of_v(
    trace, hidden, lanes, state_bits, origin_bits
):
    rng, model, plan = drawn(hidden, lanes, state_bits, origin_bits)
    a = model.state_bits
    difference = rng.integers(-(1 << a), 1 << a, hidden)
    # FINISH leaves the sign and the highest plane where steps leave a flag and a sign.
    content = image(plan, difference < 0, difference >> a - 1 & 1, difference)
    rows = model.classes * model.readout.v_bits
    found = run(trace, plan, content, [(Mode.READ, n in (0, rows)) for n in range(rows + 2)])
    positive = np.maximum(difference, 0)
    planes = [row >> bit & 1 for row in model.readout.v for bit in range(model.readout.v_bits)]
    for one, plane in zip(found, [*planes, *planes[:2]], strict=True):
        assert one.tolist() == (positive * plane).tolist()


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
@pytest.mark.parametrize(("hidden", "lanes"), [(16, 4), (8, 8), (24, 2)])
def test_a_readout_that_does_not_cut_reads_signed_states(trace, hidden, lanes, every):
    rng, model, plan = drawn(hidden, lanes, 7, 4, relu=False, every=every, block=2)
    a = model.state_bits
    assert plan.read_word > plan.word
    difference = rng.integers(-(1 << a), 1 << a, hidden)
    content = image(plan, difference < 0, difference >> a - 1 & 1, difference, plan.difference_base)
    rows = model.classes * model.readout.v_bits
    found = run(trace, plan, content, [(Mode.READ, n == 0) for n in range(rows)])
    planes = [row >> bit & 1 for row in model.readout.v for bit in range(model.readout.v_bits)]
    for one, plane in zip(found, planes, strict=True):
        assert one.tolist() == (difference * plane).tolist()


@pytest.mark.parametrize("statistic", ["mean", "count"])
@pytest.mark.parametrize(("hidden", "lanes"), [(16, 4), (8, 8), (24, 2)])
def test_the_readout_reads_pools_under_each_plane_of_v(trace, hidden, lanes, statistic):
    options = {"block": 4 if hidden == 24 else hidden, "halves": int(hidden == 8)}
    rng, model, plan = drawn(hidden, lanes, 7, 0, pool=Pool(statistic, 9, 0), **options)
    pool = rng.integers(0, 1 << plan.pool_planes, hidden)
    content, base = plan.memory_image(), plan.difference_base
    for word, units in enumerate(pool.reshape(plan.folds, lanes)):
        for bit in range(plan.pool_planes):
            line = sum((int(unit) >> bit & 1) << lane for lane, unit in enumerate(units))
            content[base + word * plan.pool_planes + bit] = line
    rows = model.classes * model.readout.v_bits
    found = run(trace, plan, content, [(Mode.READ, n == 0) for n in range(rows)])
    planes = [row >> bit & 1 for row in model.readout.v for bit in range(model.readout.v_bits)]
    for one, plane in zip(found, planes, strict=True):
        assert one.tolist() == (pool * plane).tolist()


def test_a_start_without_an_origin_is_zero(trace):
    rng, model, plan = drawn(8, 4, 6, 0)
    flag, sign, value, state = stored(rng, model)
    content = image(plan, flag, sign, value)
    found = run(trace, plan, content, [(Mode.START, 0), (Mode.STEP, 0), (Mode.START, 0)])
    assert [one.tolist() for one in found] == [[0] * 8, state.tolist(), [0] * 8]
