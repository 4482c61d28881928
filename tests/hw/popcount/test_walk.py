# amaranth: UnusedElaboratable=no
"""Addresses of a pass."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.rows import PAIR
from qrnn_hw.hw.popcount.walk import Walk
from random_model import random_model


def expected(plan, source, first, groups, slices, planes, signed_planes, signed_states, still):
    """List (states, weights, flags) of a pass."""
    cycles = []
    for group in range(groups):
        for number in range(slices):
            for place in range(planes * plan.folds):
                plane, word = divmod(place, plan.folds)
                last = place == planes * plan.folds - 1
                states = source if still else source + number * plan.folds + word
                weights = first + group * planes * plan.folds + place
                flags = (True, place == 0, last, plane > 0 and word == 0,
                         signed_planes and plane == 0, signed_states and number == 0, number == 0,
                         last and number == slices - 1)  # fmt: skip
                cycles.append((states, weights, *map(int, flags)))
    return cycles


@pytest.mark.parametrize("still", [False, True], ids=["moving", "still"])
@pytest.mark.parametrize("readout", [False, True], ids=["step", "readout"])
@pytest.mark.parametrize(
    ("weights", "lanes", "rows", "bits"),
    [("binary", 7, 7, 1), ("ternary", 3, 1, 2), ("levels", 4, 2, 1), ("levels", 7, 1, 3)],
)
def test_walks_through_all_words_in_order(trace, weights, lanes, rows, bits, readout, still):
    rng = np.random.default_rng(1)
    model = random_model(rng, 7, 5, weights=weights, w_bits=3, v_bits=4, relu=lanes == 3)
    plan = PopcountPlan(model, lanes, rows, bits)
    groups = plan.readout_groups if readout else plan.groups
    source = 1
    if readout:
        shape = (plan.feature_slices, plan.readout_planes, True, not model.readout.relu)
    else:
        shape = (plan.state_slices, plan.planes, weights == "levels", True)
    wanted = expected(plan, source, plan.recurrent_depth * readout, groups, *shape, still)

    # Group after group without a pause, then a pause before the pass begins again.
    dut, each = Walk(plan), len(wanted) // groups
    pauses = 3
    total = len(wanted) + pauses
    go = [cycle % each == 0 and cycle // each < groups for cycle in range(total)]
    inputs = [
        (dut.order.start, ([1] + [0] * (total - 1)) * 2),
        (dut.order.go, go * 2),
        (dut.order.readout, [readout]),
        (dut.order.source, [source]),
        (dut.order.still, [0] + [still] * (total - 1) + [still]),
    ]
    outputs = [
        dut.states,
        dut.weights,
        *(getattr(dut.pair, name) for name in PAIR.members),
        dut.last,
    ]
    rows = trace(dut, 2 * total, inputs, outputs)
    for begin in (1, total + 1):
        assert rows[begin : begin + len(wanted)] == wanted
    quiet = rows[1 + len(wanted) : total + 1]
    assert not any(row[2] or row[-1] for row in quiet)
