"""Schedule, state memory and reader together: the bits of each mode of pass."""

import numpy as np
import pytest
from amaranth import Module
from amaranth.lib import memory

from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.reader import Reader
from qrnn_hw.hw.serial.schedule import Mode, Schedule
from qrnn_hw.sim.random_model import random_model

SIZES = [
    pytest.param(4, 4, 4, 3, id="4-on-4"),
    pytest.param(8, 2, 7, 5, id="8-on-2"),
    pytest.param(16, 4, 8, 8, id="16-on-4"),
    pytest.param(8, 8, 12, 2, id="8-on-8"),
]


def drawn(hidden, lanes, state_bits, origin_bits):
    rng = np.random.default_rng([11, hidden, state_bits])
    model = random_model(rng, hidden, state_bits, origin_bits=origin_bits)
    return rng, model, SerialPlan(model, lanes)


def image(plan, flag, sign, value):
    """Fill the memory with states as steps leave them: a word's flag, sign and planes."""
    content = plan.memory_image()
    for word in range(plan.folds):
        units = slice(word * plan.lanes, (word + 1) * plan.lanes)
        rows = [flag, sign, *(value >> bit & 1 for bit in range(plan.model.state_bits - 1))]
        for place, row in enumerate(rows):
            content[word * plan.state_planes + place] = sum(
                int(bit) << lane for lane, bit in enumerate(row[units])
            )
    return content


def run(trace, plan, content, passes, parity=0):
    """Run passes (mode, rewind) back to back; return the numbers of each, (d,)."""
    m = Module()
    m.submodules.schedule = schedule = Schedule(plan)
    m.submodules.memory = store = memory.Memory(
        shape=plan.lanes, depth=plan.memory_depth, init=content
    )
    m.submodules.reader = reader = Reader(plan.lanes)
    read = store.read_port()
    m.d.comb += [read.addr.eq(schedule.address), reader.data.eq(read.data)]
    m.d.comb += reader.mode.eq(schedule.mode)
    for name in ("load_flag", "load_sign", "mask_flag", "blank", "extend"):
        m.d.comb += getattr(reader, name).eq(getattr(schedule, name))

    cycles = plan.pass_cycles * len(passes) + 8
    starts, modes, rewinds = [0] * cycles, [], [0] * cycles
    for number, (mode, rewind) in enumerate(passes):
        at = number * plan.pass_cycles
        starts[at], rewinds[at] = 1, rewind
        modes += [mode] * plan.pass_cycles
    inputs = [
        (schedule.start, starts),
        (schedule.mode, modes),
        (schedule.rewind, rewinds),
        (schedule.parity, [parity]),
    ]
    rows = trace(m, cycles, inputs, [reader.o, schedule.lanes_clear])
    results = []
    for number in range(len(passes)):
        found = []
        for word in range(plan.folds):
            # The timeline's cycle 0 is one after `start`; bits leave from its cycle 5 on.
            begin = 1 + 5 + number * plan.pass_cycles + word * plan.word
            bits = [
                [rows[begin + bit][0] >> lane & 1 for lane in range(plan.lanes)]
                for bit in range(plan.word)
            ]
            clears = [rows[begin + bit][1] for bit in range(plan.word)]
            assert clears == [0] * (plan.word - 1) + [1]
            weights = [*(1 << bit for bit in range(plan.word - 1)), -(1 << plan.word - 1)]
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
    start = model.origin[0] << model.origin_shift[0]
    assert [one.tolist() for one in found] == [start.tolist(), state.tolist(), start.tolist()]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "origin_bits"), SIZES)
def test_the_readout_reads_positive_states_under_each_plane_of_v(
    trace, hidden, lanes, state_bits, origin_bits
):
    rng, model, plan = drawn(hidden, lanes, state_bits, origin_bits)
    a = model.state_bits
    difference = rng.integers(-(1 << a), 1 << a, hidden)
    # FINISH leaves a sign and one plane more where steps leave a flag and a sign.
    content = image(plan, difference < 0, difference & 1, difference >> 1)
    rows = model.classes * model.v_bits
    found = run(trace, plan, content, [(Mode.READ, n in (0, rows)) for n in range(rows + 2)])
    positive = np.maximum(difference, 0)
    planes = [row >> bit & 1 for row in model.v for bit in range(model.v_bits)]
    for one, plane in zip(found, [*planes, *planes[:2]], strict=True):
        assert one.tolist() == (positive * plane).tolist()
