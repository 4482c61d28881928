"""The layout of the state memory, both ways."""

import numpy as np
import pytest

from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.planes import differences, pools, states
from qrnn_hw.sim.core.recording import trace_record
from random_model import random_model

SHAPES = [(64, 64, 1), (64, 64, 2), (64, 64, 8), (64, 64, 64), (48, 8, 16), (20, 2, 4)]


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


def planned(shape, **options):
    hidden, block, lanes = shape
    model = random_model(np.random.default_rng(1), hidden, 5, block=block, **options)
    return SerialPlan(model, lanes)


def written(plan, addresses, memory):
    """Record writes of the planes in ``memory``, (addresses, lanes) of 0 and 1."""
    writes = np.zeros(len(addresses), trace_record(plan.lanes))
    writes["address"] = addresses
    packed = np.packbits(memory[list(addresses)], axis=1, bitorder="little")
    writes["word"][:, : packed.shape[1]] = packed
    return writes


def test_states_come_back_and_flags_saturate(shape):
    plan, d = planned(shape), shape[0]
    rng = np.random.default_rng(2)
    n = rng.integers(-16, 16, d)
    flag = rng.integers(0, 2, d)
    # What only a step that trusts reads is anything.
    memory = rng.integers(0, 2, (plan.bank, plan.lanes), np.uint8)
    for unit in range(d):
        word, lane = divmod(unit, plan.lanes)
        bits = [flag[unit], n[unit] < 0, *(n[unit] >> j & 1 for j in range(4))]
        begin = word * plan.state_planes
        memory[begin : begin + 6, lane] = bits
    got, flags = states(plan, written(plan, plan.trace.step, memory))
    assert np.array_equal(got, [np.where(flag, np.where(n < 0, -16, 15), n)])
    assert np.array_equal(flags, [flag])


@pytest.mark.parametrize("relu", [True, False], ids=["cut", "signed"])
@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
def test_differences_come_back(shape, every, relu):
    plan, d = planned(shape, every=every, relu=relu), shape[0]
    z = np.random.default_rng(3).integers(-32, 32, d)
    memory = np.zeros((plan.origin_base[0], plan.lanes), np.uint8)
    for unit in range(d):
        word, lane = divmod(unit, plan.lanes)
        begin = word * plan.state_planes + every * plan.bank
        memory[begin : begin + 6, lane] = [z[unit] >> j & 1 for j in (5, 4, 0, 1, 2, 3)]
    step, readout = plan.trace.step, plan.trace.readout
    assert (max(step) < min(readout)) == every
    got = differences(plan, written(plan, readout, memory))
    assert np.array_equal(got, [z])


@pytest.mark.parametrize("statistic", ["mean", "count"])
def test_pools_come_back(shape, statistic):
    halves = (shape[1].bit_length() - 1) % 2
    plan = planned(shape, pool=Pool(statistic, 9, 0), origin_bits=0, halves=halves)
    planes, base = plan.pool_planes, plan.difference_base
    p = np.random.default_rng(4).integers(0, 1 << planes, shape[0])
    memory = np.zeros((plan.weight_base, plan.lanes), np.uint8)
    for unit in range(shape[0]):
        word, lane = divmod(unit, plan.lanes)
        begin = base + word * planes
        memory[begin : begin + planes, lane] = [p[unit] >> j & 1 for j in range(planes)]
    assert max(plan.trace.step) < min(plan.trace.pool)
    assert np.array_equal(pools(plan, written(plan, plan.trace.pool, memory)), [p])
