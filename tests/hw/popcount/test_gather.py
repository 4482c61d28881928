# amaranth: UnusedElaboratable=no
"""From states to slices in memory."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount.gather import Gather
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model

CASES = [
    pytest.param(8, 4, 2, 1, False, True, id="8-on-4x2"),
    pytest.param(7, 3, 3, 2, False, False, id="7-on-3x3-signed-features"),
    pytest.param(11, 6, 2, 3, True, True, id="11-on-6x2-every"),
    pytest.param(5, 5, 1, 4, True, False, id="5-on-5x1-every-signed"),
    pytest.param(9, 8, 8, 1, False, True, id="9-on-8x8"),
]


def memory(plan, writes):
    """Return the words of the state memory after writes of (address, data, mask)."""
    words = [0] * plan.state_depth
    for address, data, mask in writes:
        words[address] = (words[address] & ~mask) | (data & mask)
    return words


def stored(plan, words, base, slices, signed):
    """Read units back from a region, sign extended."""
    found = np.zeros(plan.folds * plan.lanes, np.int64)
    width = slices * plan.bits
    for unit in range(found.size):
        word, lane = divmod(unit, plan.lanes)
        for bit in range(width):
            number, plane = divmod(bit, plan.bits)
            value = words[base + number * plan.folds + word] >> plane * plan.lanes + lane & 1
            weight = 1 << width - 1 - bit
            found[unit] += value * (-weight if signed and bit == 0 else weight)
    return found


def run(trace, plan, values, features, final, upper):
    """Feed a step as fast as the plan does; return the writes."""
    dut, d = Gather(plan), plan.model.hidden
    cycles = plan.groups * plan.group_cycles + plan.written_slices + 2
    enable, index = [0] * cycles, [0] * cycles
    for unit in range(d):
        group, row = divmod(unit, plan.rows)
        cycle = group * plan.group_cycles + row * plan.pace
        enable[cycle], index[cycle] = 1, unit
    mask = (1 << plan.feature_planes) - 1
    inputs = [
        (dut.unit.enable, enable),
        (dut.unit.index, index),
        (dut.unit.value, [int(values[unit]) for unit in index]),
        (dut.unit.feature, [int(features[unit]) & mask for unit in index]),
        (dut.final, [final]),
        (dut.upper, [upper]),
    ]
    # Twice, to see that a step leaves nothing behind.
    inputs = [(signal, column * 2 if len(column) > 1 else column) for signal, column in inputs]
    rows = trace(dut, 2 * cycles, inputs, [dut.write.addr, dut.write.data, dut.write.en])
    assert [row for row in rows[:cycles] if row[2]] == [row for row in rows[cycles:] if row[2]]
    return [row for row in rows[:cycles] if row[2]]


@pytest.mark.parametrize("upper", [0, 1])
@pytest.mark.parametrize("final", [False, True], ids=["step", "last"])
@pytest.mark.parametrize(("hidden", "lanes", "rows", "bits", "every", "relu"), CASES)
def test_writes_what_the_reader_expects(
    trace, hidden, lanes, rows, bits, every, relu, final, upper
):
    rng = np.random.default_rng([1, hidden])
    model = random_model(rng, hidden, 6, weights="levels", every=every, relu=relu)
    plan = PopcountPlan(model, lanes, rows, bits)
    values = rng.integers(-32, 32, hidden)
    features = np.maximum(values, 0) if relu else values
    writes = run(trace, plan, values, features, final or every, upper)
    words = memory(plan, writes)
    padding = [0] * (plan.folds * lanes - hidden)
    states = stored(plan, words, plan.region[upper], plan.state_slices, True)
    read = stored(plan, words, plan.feature_base, plan.feature_slices, not relu)
    nothing = [0] * (plan.folds * lanes)
    assert states.tolist() == ([*values, *padding] if every or not final else nothing)
    assert read.tolist() == ([*features, *padding] if every or final else nothing)


def test_a_mask_that_is_wrong_is_seen(trace):
    rng = np.random.default_rng(2)
    model = random_model(rng, 8, 6, weights="levels")
    plan = PopcountPlan(model, 4, 2)
    values = rng.integers(-32, 32, 8) | 1
    writes = run(trace, plan, values, values, False, 0)
    wrong = memory(plan, [(address, data, 0b1111) for address, data, _ in writes])
    assert stored(plan, wrong, 0, plan.state_slices, True).tolist() != values.tolist()
