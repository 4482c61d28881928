# amaranth: UnusedElaboratable=no
"""Constants and terms of the input."""

import numpy as np
import pytest

from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.scale import Scale
from qrnn_hw.hw.popcount.term import Term, term_cycles
from random_model import random_model

MODELS = [
    pytest.param(8, 4, 2, {"weights": "binary", "biased": True}, id="number"),
    pytest.param(7, 6, 3, {"weights": "ternary", "channels": 3}, id="three-channels"),
    pytest.param(8, 8, 8, {"weights": "hadamard", "channels": 2}, id="two-parities"),
    pytest.param(8, 4, 1, {"weights": "hadamard", "vocabulary": 5}, id="joined-tokens"),
    pytest.param(12, 4, 4, {"block": 2, "vocabulary": 5, "biased": True}, id="tokens"),
    pytest.param(5, 5, 5, {"weights": "levels", "activation": "modrelu"}, id="threshold"),
]


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize(("hidden", "lanes", "rows", "options"), MODELS)
def test_adds_what_the_model_adds(trace, hidden, lanes, rows, options, parity):
    rng = np.random.default_rng([1, hidden, rows])
    model = random_model(rng, hidden, 6, **options)
    parity %= model.parities
    plan, inputs = PopcountPlan(model, lanes, rows), model.inputs
    low, high = inputs.range
    x = rng.integers(low, high + 1, (1, inputs.channels))
    if isinstance(inputs, Tokens):
        size = 1 << inputs.width if plan.shifted_tokens else inputs.vocabulary
        scaled = [(parity * size + int(x[0, 0])) * hidden]
    else:
        scaled = inputs.scaled(x[0], parity).tolist()

    # The groups of a step, one right after the other; then two classes.
    each = rows * plan.pace
    steps, latency = plan.groups * each, term_cycles(plan)
    starts = [2 + group * each for group in range(plan.groups)]
    readout = 2 + steps + latency + 2
    starts += [readout + 2, readout + 2 + latency]
    cycles = starts[-1] + latency + 3
    dut = Term(plan, Scale(plan).scaled)
    shown = [scaled[(cycle - 4) % plan.pace] for cycle in range(cycles)]
    signals = [
        (dut.start, [int(cycle in starts) for cycle in range(cycles)]),
        (dut.rewind, [int(cycle in (0, readout)) for cycle in range(cycles)]),
        (dut.readout, [int(cycle >= readout) for cycle in range(cycles)]),
        (dut.parity, [parity]),
        (dut.scaled, shown if plan.pace > 1 else scaled),
    ]
    rows_seen = trace(dut, cycles, signals, [dut.valid, dut.o, dut.threshold, dut.offset])
    found = [(cycle, *row[1:]) for cycle, row in enumerate(rows_seen) if row[0]]

    terms = inputs.terms(x, parity)[0] + plan.bounds.correction * (1 << model.recurrence.guard)
    biased = model.recurrence.activation != "modrelu"
    wanted = [*(terms + model.bias[parity] * biased), *model.readout.class_bias[parity][:2]]
    assert [row[1] for row in found] == [int(value) for value in wanted]
    first = starts[0] + latency + plan.pace - 1
    due = [first + unit * plan.pace for unit in range(hidden)]
    assert [row[0] for row in found] == [*due, *(start + latency for start in starts[-2:])]
    if not biased:
        assert [row[2] for row in found[:hidden]] == model.bias[0].tolist()
    if model.origin is not None:
        assert [row[3] for row in found[:hidden]] == model.origin.levels[parity].tolist()


def test_notices_a_constant_that_is_wrong():
    rng = np.random.default_rng(2)
    model = random_model(rng, 8, 6, weights="binary", biased=True)
    bounds = PopcountPlan(model, 8, 2).bounds
    assert not np.array_equal(bounds.constants[:8], model.bias[0])
    negative = (model.recurrence.matrix() < 0).sum(1) << model.recurrence.guard
    assert (bounds.constants[:8] == model.bias[0] + negative).all()
