"""The layout of the state memory, both ways."""

import numpy as np
import pytest

from qrnn_hw.hw.plan import Plan
from qrnn_hw.sim.planes import differences, finish_addresses, states, step_addresses
from qrnn_hw.sim.random_model import random_model
from qrnn_hw.sim.recording import write_record


@pytest.fixture(params=[1, 2, 8, 64])
def plan(request):
    return Plan(random_model(np.random.default_rng(1), 64, 5), request.param)


def written(plan, addresses, memory):
    """Record writes of the planes in ``memory``, (addresses, lanes) of 0 and 1."""
    writes = np.zeros(addresses.size, write_record(plan.lanes))
    writes["address"] = addresses
    packed = np.packbits(memory[addresses], axis=1, bitorder="little")
    writes["plane"][:, : packed.shape[1]] = packed
    return writes


def test_states_come_back_and_flags_saturate(plan):
    rng = np.random.default_rng(2)
    n = rng.integers(-16, 16, 64)
    flag = rng.integers(0, 2, 64)
    memory = np.zeros((plan.folds * 6, plan.lanes), np.uint8)
    for unit in range(64):
        word, lane = divmod(unit, plan.lanes)
        bits = [flag[unit], n[unit] < 0, *(n[unit] >> j & 1 for j in range(4))]
        memory[word * 6 : word * 6 + 6, lane] = bits
    got, flags = states(plan, written(plan, step_addresses(plan), memory))
    assert np.array_equal(got, [np.where(flag, np.where(n < 0, -16, 15), n)])
    assert np.array_equal(flags, [flag])


def test_differences_come_back(plan):
    z = np.random.default_rng(3).integers(-32, 32, 64)
    memory = np.zeros((plan.folds * 6, plan.lanes), np.uint8)
    for unit in range(64):
        word, lane = divmod(unit, plan.lanes)
        bits = [z[unit] < 0, *(z[unit] >> j & 1 for j in range(5))]
        memory[word * 6 : word * 6 + 6, lane] = bits
    got = differences(plan, written(plan, finish_addresses(plan), memory))
    assert np.array_equal(got, [z])
