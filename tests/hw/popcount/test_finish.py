# amaranth: UnusedElaboratable=no
"""From sums to states."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.popcount.finish import Finish
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model

DENSE = {"weights": "levels", "w_bits": 4, "biased": True}
MODELS = [
    pytest.param(8, {"weights": "hadamard"}, id="hadamard"),
    pytest.param(8, {"weights": "hadamard", "block": 4, "relu": False}, id="block"),
    pytest.param(8, {"weights": "hadamard", "origin_bits": 0}, id="no-origin"),
    pytest.param(8, {**DENSE}, id="linear"),
    pytest.param(12, {**DENSE, "activation": "relu", "relu": False}, id="relu"),
    pytest.param(9, {**DENSE, "activation": "modrelu"}, id="modrelu"),
]


def cases(rng, plan, parity):
    """Draw sums and terms of every size, the smallest and the largest too."""
    bounds, model = plan.bounds, plan.model
    low, high = bounds.values.low, bounds.values.high
    scales = 2 ** rng.uniform(2, bounds.values.signed - 1, 200)
    values = np.clip(np.rint(scales * rng.choice([-1, 1], 200)).astype(np.int64), low, high)
    values = np.concatenate([values, [low, high, 0, 1, -1]])
    guard = model.recurrence.guard
    sums = np.clip(values >> guard, bounds.sums.low, bounds.sums.high)
    terms = np.clip(values - (sums << guard), bounds.terms.low, bounds.terms.high)
    units = np.arange(values.size) % model.hidden
    return sums, terms, units


def run(trace, plan, sums, terms, units, parity):
    """Return (unit, state, feature) of every case, and check when they come."""
    dut, model, latency = Finish(plan), plan.model, plan.finish_latency
    inputs = [(dut.sum, sums.tolist()), (dut.term, terms.tolist())]
    inputs += [(dut.parity, [parity]), (dut.valid, [1] * sums.size + [0])]
    inputs += [(dut.threshold, model.bias[0][units].tolist())] * bool(
        model.recurrence.activation == "modrelu"
    )
    if model.origin is not None:
        inputs += [(dut.offset, model.origin.levels[parity][units].tolist())]
    cycles = sums.size + latency
    unit = dut.unit
    rows = trace(dut, cycles + 3, inputs, [unit.enable, unit.index, unit.value, unit.feature])
    assert [row[0] for row in rows] == [0] * latency + [1] * sums.size + [0] * 3
    return [row[1:] for row in rows[latency:cycles]]


def expected(plan, sums, terms, units, parity):
    """Return what :mod:`qrnn_hw.export.golden` makes of the cases."""
    model, d = plan.model, plan.model.hidden
    values = (sums << model.recurrence.guard) + terms
    padded = np.zeros((-(-values.size // d), d), np.int64)
    padded.ravel()[: values.size] = values
    states, _ = golden.requantize(model, padded, parity)
    states = states.ravel()[: values.size]
    features = states - model.offset(parity)[units]
    if model.readout.relu:
        features = np.maximum(features, 0)
    mask = (1 << plan.feature_planes) - 1
    return list(zip(units.tolist(), states.tolist(), (features & mask).tolist()))


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize(("bits", "options"), MODELS)
def test_is_the_golden_requantization(trace, bits, options, parity):
    rng = np.random.default_rng([1, bits])
    model = random_model(rng, 8, bits, **options)
    plan, parity = PopcountPlan(model, 8, 2), parity % model.parities
    drawn = cases(rng, plan, parity)
    assert run(trace, plan, *drawn, parity) == expected(plan, *drawn, parity)


@pytest.mark.parametrize("activation", ["linear", "relu", "modrelu"])
@pytest.mark.parametrize(
    ("multiplier", "fraction"),
    [(1, 0), (1, 3), (2, 1), (65535, 20), (65535, 0), (3, 40), (40000, 22)],
)
def test_scales_by_any_multiplier_and_shift(trace, activation, multiplier, fraction):
    rng = np.random.default_rng([2, multiplier, fraction])
    model = random_model(rng, 8, 8, **DENSE)
    weights = model.recurrence.weights
    model = replace(model, recurrence=Dense(weights, 4, multiplier, fraction, 1, activation))
    plan = PopcountPlan(model, 8, 2)
    drawn = cases(rng, plan, 0)
    assert run(trace, plan, *drawn, 0) == expected(plan, *drawn, 0)


@pytest.mark.parametrize(("name", "value"), [("fraction", 13), ("multiplier", 299)])
def test_a_scale_that_is_wrong_is_noticed(trace, name, value):
    rng = np.random.default_rng(3)
    model = random_model(rng, 8, 8, **DENSE)
    model = replace(model, recurrence=Dense(model.recurrence.weights, 4, 300, 12, 1, "linear"))
    plan = PopcountPlan(model, 8, 2)
    drawn = cases(rng, plan, 0)
    other = replace(model, recurrence=replace(model.recurrence, **{name: value}))
    wrong = expected(PopcountPlan(other, 8, 2), *drawn, 0)
    assert run(trace, plan, *drawn, 0) != wrong


def test_logits_keep_until_the_next(trace):
    rng = np.random.default_rng(4)
    plan = PopcountPlan(random_model(rng, 8, 8, **DENSE), 8, 2)
    dut = Finish(plan)
    inputs = [(dut.sum, [7, 8, 9]), (dut.term, [-2, 0]), (dut.readout, [1])]
    inputs += [(dut.valid, [1, 0, 0, 0])]
    rows = trace(dut, 4, inputs, [dut.arrived, dut.logit, dut.unit.enable])
    assert [row[0] for row in rows] == [0, 1, 0, 0]
    assert [row[1] for row in rows[1:]] == [5, 5, 5]
    assert not any(row[2] for row in rows)
