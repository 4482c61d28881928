"""Integers against floating point: agreement, error, and how both see faults."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.trained import load
from qrnn_hw.sim.agreement import compare_float


@pytest.fixture(scope="module")
def trained(examples):
    return load(examples / "digits.pt")


def test_wide_states_agree_with_floating_point(trained):
    model = integer_model(trained, 16)
    found = compare_float(trained, model, trained.samples_x)
    assert (found.sequences, found.steps, found.logits) == (200, 12800, 2000)
    assert found.agreement == 1
    # A saturated state differs from the float's at any width; elsewhere only rounding does.
    exact = [row for row in trained.samples_x if not golden.run(model, row[None]).saturated]
    assert len(exact) > 195
    found = compare_float(trained, model, np.array(exact))
    assert found.logit_error < found.logit_range / 200


def test_narrow_states_cost_precision(trained):
    errors = [
        compare_float(trained, integer_model(trained, bits), trained.samples_x).logit_error
        for bits in (16, 10, 6)
    ]
    assert errors[0] < errors[1] < errors[2]


def test_odd_lengths_use_the_other_scale(examples):
    trained = load(examples / "pmnist512.pt")
    x = trained.samples_x[:4, :51]
    # At odd steps the origin is no multiple of its own step, and is rounded.
    found = compare_float(trained, integer_model(trained, 16), x)
    assert found.logit_error < found.logit_range / 20


def test_a_flipped_sign_is_seen(trained):
    model = integer_model(trained, 16)
    signs = model.signs.copy()
    signs[0] *= -1
    found = compare_float(trained, replace(model, signs=signs), trained.samples_x)
    assert found.agreement < 0.9
    assert found.logit_error > found.logit_range / 10


def test_no_sequences_fail(trained):
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        compare_float(trained, integer_model(trained), np.zeros((0, 64), np.int64))
