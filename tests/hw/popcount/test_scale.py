# amaranth: UnusedElaboratable=no
"""Scaled inputs, and addresses of tokens."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.scale import Scale
from random_model import random_model

WIDE = {"input_bits": 16, "input_signed": True}
MODELS = [
    pytest.param(8, {"weights": "binary"}, id="one-channel"),
    pytest.param(8, {"weights": "hadamard", **WIDE}, id="wide-in-two-parities"),
    pytest.param(8, {"weights": "levels", "channels": 5, "input_signed": True}, id="five-channels"),
    pytest.param(8, {"weights": "hadamard", "channels": 2, "input_bits": 1}, id="one-bit"),
    pytest.param(8, {"weights": "hadamard", "vocabulary": 5}, id="joined-tokens"),
    pytest.param(7, {"weights": "binary", "vocabulary": 6}, id="multiplied-tokens"),
    pytest.param(12, {"block": 2, "vocabulary": 6}, id="multiplied-tokens-in-two-parities"),
]


def expected(plan, x, parity):
    """Return what a step's channels become, or where its token's table row begins."""
    inputs = plan.model.inputs
    if not hasattr(inputs, "table"):
        return inputs.scaled(x, parity).tolist()
    size = 1 << inputs.width if plan.shifted_tokens else inputs.vocabulary
    return [(parity * size + int(x[0])) * inputs.hidden]


@pytest.mark.parametrize(("hidden", "options"), MODELS)
def test_scales_each_step_with_its_parity(trace, hidden, options):
    rng = np.random.default_rng([1, hidden])
    model = random_model(rng, hidden, 6, **options)
    plan, inputs = PopcountPlan(model, hidden, 1), model.inputs
    dut, (low, high) = Scale(plan), inputs.range
    x = rng.integers(low, high + 1, (7, inputs.channels))
    x[:2] = [[low], [high]]
    lasts = [0, 0, 1, 0, 1, 1, 0]
    parities = [t % model.parities for t in (1, 2, 3, 1, 2, 1, 1)]
    words = inputs.pack(x)
    shape = dut.x.payload.data.shape()
    if shape.signed:
        words = [word - (word >> shape.width - 1 << shape.width) for word in words]

    # Taken as soon as it is ready; meanwhile every channel of the step before is looked at.
    period = plan.scale_cycles + inputs.channels
    take = ([0] * (period - 1) + [1]) * 7 + [0]
    held = [word for word in words for _ in range(period)]
    channels = [min(cycle % period, inputs.channels - 1) for cycle in range(8 * period)]
    signals = [(dut.x.valid, [1]), (dut.x.payload.data, held), (dut.take, take),
               (dut.x.payload.last, [last for last in lasts for _ in range(period)]),
               (dut.channel, channels)]  # fmt: skip
    outputs = [dut.valid, dut.last, dut.parity, dut.scaled, dut.x.ready]
    rows = trace(dut, 8 * period, signals, outputs)
    for step in range(7):
        begin, now = step * period, (step + 1) * period
        accepted = next(c for c in range(begin, now) if rows[c][4])
        ready = next(c for c in range(accepted, now) if rows[c][0])
        assert ready - accepted == plan.scale_cycles - 1
        assert rows[now - 1][1:3] == (lasts[step], parities[step])
        shown = [rows[now + channel + 1][3] for channel in range(inputs.channels)]
        assert shown == expected(plan, x[step], parities[step])


def test_a_gain_that_is_wrong_is_noticed():
    rng = np.random.default_rng(2)
    model = random_model(rng, 8, 6, channels=2)
    plan = PopcountPlan(model, 8, 1)
    x = rng.integers(1, 255, 2)
    assert expected(plan, x, 0) != expected(plan, x, 1)
