# amaranth: UnusedElaboratable=no
"""Sums of rows, from words of weights and states."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount.image import state_image, weight_image
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.rows import PAIR, Chain, Rows
from random_model import random_model

KINDS = {"binary": {}, "ternary": {}, "levels": {"w_bits": 3}}


def slices_of(plan, states):
    """Cut states into words of slices, [slice from the highest][word]."""
    padded = np.zeros(plan.folds * plan.lanes, np.int64)
    padded[: states.size] = states
    bits = plan.bits
    return [
        [
            sum(
                int(n >> bits * number + bits - 1 - plane & 1) << plane * plan.lanes + lane
                for plane in range(bits)
                for lane, n in enumerate(word)
            )
            for word in padded.reshape(plan.folds, plan.lanes)
        ]
        for number in reversed(range(plan.state_slices))
    ]


def drive(plan, states, corrupt):
    """List the cycles of all groups: states, weights, and the flags of ``PAIR``."""
    slices, cycles = slices_of(plan, states), []
    both, others = weight_image(plan)
    width, last = plan.readout_rows * plan.row_bits, plan.planes * plan.folds - 1
    for group in range(plan.groups):
        for number, words in enumerate(slices):
            for place in range(plan.planes * plan.folds):
                plane, word = divmod(place, plan.folds)
                address = group * plan.planes * plan.folds + place
                weights = both[address] | (others[address] << width if others else 0)
                flags = (True, place == 0, place == last, plane and word == 0)
                flags += (plan.kind == "levels" and plane == 0, number == 0, number == 0)
                cycles.append((words[word], weights ^ corrupt, *map(int, flags)))
    return cycles


@pytest.mark.parametrize(
    ("lanes", "rows", "bits"), [(7, 1, 1), (6, 3, 2), (4, 4, 1), (3, 1, 5), (7, 7, 3), (7, 1, 6)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_sums_groups_back_to_back(trace, kind, lanes, rows, bits):
    rng = np.random.default_rng([1, lanes, rows])
    model = random_model(rng, 7, 6, weights=kind, **KINDS[kind])
    plan = PopcountPlan(model, lanes, rows, bits)
    states = rng.integers(-32, 32, 7)
    found = sums(trace, plan, states)
    wanted = model.recurrence.matrix() @ states - plan.bounds.correction
    assert found[:7] == wanted.tolist()
    assert plan.bounds.sums.low <= min(found[:7]) and max(found[:7]) <= plan.bounds.sums.high


def sums(trace, plan, states, corrupt=0):
    """Return the sums of all rows, each group's taken in the one cycle in which they are due."""
    dut = Rows(plan)
    cycles = drive(plan, states, corrupt)
    size = len(cycles) // plan.groups
    latency = plan.row_latency - 1  # from words, which lie a cycle behind addresses
    due = [group * size + size - 1 + latency for group in range(plan.groups)]
    columns = [list(column) for column in zip(*cycles)]
    signals = [dut.states, dut.weights, *(getattr(dut.pair, name) for name in PAIR.members)]
    inputs = [(signal, [*column, 0]) for signal, column in zip(signals, columns)]
    inputs += [(dut.clear, [cycle in due for cycle in range(due[-1] + 2)])]
    rows = trace(dut, due[-1] + 1, inputs, [dut.sums[row] for row in range(plan.rows)])
    return [value for cycle in due for value in rows[cycle]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_of_a_weight_changes_a_sum(trace, kind):
    rng = np.random.default_rng(2)
    model = random_model(rng, 6, 5, weights=kind, **KINDS[kind])
    plan = PopcountPlan(model, 6, 2)
    states = rng.integers(-16, 16, 6) | 1
    assert sums(trace, plan, states) != sums(trace, plan, states, corrupt=2)


def test_bits_of_v_are_no_signs(trace):
    rng = np.random.default_rng(3)
    model = random_model(rng, 6, 5, weights="binary")
    plan = PopcountPlan(model, 6, 1)
    dut = Rows(plan)
    inputs = [(dut.states, [0b101100]), (dut.weights, [0b100110]), (dut.readout, [1])]
    pair = dut.pair
    inputs += [(flag, [1, 0]) for flag in (pair.active, pair.begin, pair.end, pair.first)]
    rows = trace(dut, plan.row_latency, inputs, [dut.sums[0]])
    assert rows[-1][0] == 2


def test_the_origin_is_stored_as_it_is_read():
    rng = np.random.default_rng(4)
    model = random_model(rng, 8, 6)
    plan = PopcountPlan(model, 3, 1, 4)
    image = state_image(plan)
    stored = [word for part in slices_of(plan, model.offset(0)) for word in part]
    assert image[plan.start_base :] == stored
    assert not any(image[: plan.start_base])


def test_hands_on_what_it_took(trace):
    plan = PopcountPlan(random_model(np.random.default_rng(1), 8, 6, weights="binary"), 8, 4)
    dut = Chain(plan)
    words = [[5, -3, 7, 1], [2, 4, -6, 8], [9, 9, 9, 9]]
    held = [*[words[0]] * 6, *[words[1]] * 4, words[2]]
    inputs = [(dut.sums[row], [word[row] for word in held]) for row in range(4)]
    #                    take; wait; three on;       take;  on;      wait
    inputs += [(dut.load, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])]
    inputs += [(dut.advance, [0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0])]
    rows = trace(dut, 11, inputs, [dut.o])
    assert [row[0] for row in rows[1:]] == [5, 5, -3, 7, 1, 1, 2, 4, -6, -6]
