"""The integer model: what it refuses, what it derives, and that it cannot change."""

import re
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import numpy as np
import pytest

from qrnn_hw.export.check import REMAKE
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import HiddenLayer, Origin
from qrnn_hw.export.recurrence import Hadamard
from random_model import random_model


@pytest.fixture
def model():
    return random_model(np.random.default_rng(60), 8, 8)


@pytest.fixture
def dense():
    rng = np.random.default_rng(61)
    return random_model(rng, 5, 8, weights="levels", activation="modrelu", vocabulary=3, classes=1)


def part(model, name, **changes):
    """Return the change of a model that changes fields of one of its parts."""
    return {name: replace(getattr(model, name), **changes)}


def with_first(array, value):
    changed = array.copy()
    changed.flat[0] = value
    return changed


LEAST = np.iinfo(np.int64).min

# name of the case: changes to a model of 8 units, 2 parities, 8-bit states, 3 classes
INVALID = {
    "state-step-zero": (
        lambda m: {"state_step": 0.0},
        "state_step must be positive and finite, not 0.0",
    ),
    "state-bits-3": (lambda m: {"state_bits": 3}, "state_bits must be 4..16, not 3"),
    "state-bits-17": (lambda m: {"state_bits": 17}, "state_bits must be 4..16, not 17"),
    "other-units": (
        lambda m: {"recurrence": Hadamard(np.ones(32, int), 32)},
        "inputs must be for 32 units, not 8",
    ),
    "u-short": (
        lambda m: part(m, "inputs", u=m.inputs.u[:4]),
        "inputs must be for 8 units, not 4",
    ),
    "v-turned": (
        lambda m: part(m, "readout", v=np.zeros((3, 4), int)),
        "readout must be for 8 units, not 4",
    ),
    "gain-single": (
        lambda m: part(m, "inputs", gain=m.inputs.gain[:1]),
        "inputs must have 2 parities, not 1",
    ),
    "readout-single": (
        lambda m: part(m, "readout", logit_step=np.ones(1), class_bias=np.zeros((1, 3), int)),
        "readout must have 2 parities, not 1",
    ),
    "bias-single": (
        lambda m: {"bias": np.zeros((1, 8), int)},
        "bias must have shape (2, 8), not (1, 8)",
    ),
    "origin-single": (
        lambda m: part(m, "origin", levels=m.origin.levels[:1], shift=m.origin.shift[:1]),
        "the origin must have shape (2, 8), not (1, 8)",
    ),
    "origin-shift-4": (
        lambda m: part(m, "origin", shift=np.array([0, 4])),
        "the origin's shift must be 0..3, not [0, 4]",
    ),
    "origin-wide": (
        lambda m: part(m, "origin", bits=9, shift=np.array([0, 0])),
        "the origin's shift must be 0..-1, not [0, 0]",
    ),
    "labels-short": (
        lambda m: {"labels": ("a", "b")},
        "every class must have a label, not ('a', 'b')",
    ),
    "bias-large": (
        lambda m: {"bias": with_first(m.bias, 1 << 32)},
        f"bias must be within {1 << 32}, not {1 << 32}",
    ),
    "bias-least": (
        lambda m: {"bias": with_first(m.bias, LEAST)},
        f"bias must be within {1 << 32}, not {1 << 63}",
    ),
    "class-bias-large": (
        lambda m: part(m, "readout", class_bias=with_first(m.readout.class_bias, -2048)),
        "class_bias must be within 2048, not 2048",
    ),
    "class-bias-least": (
        lambda m: part(m, "readout", class_bias=with_first(m.readout.class_bias, LEAST)),
        f"class_bias must be within 2048, not {1 << 63}",
    ),
    "accumulator-wide": (
        # 255 * 2**39 / 2**8 takes 39 bits, times a coefficient of -8 three more, and a sign.
        lambda m: part(m, "inputs", gain=np.full(2, 1 << 39), gain_frac=8, u=np.full((8, 1), -8)),
        "accumulators must need at most 40 bits, not 44",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), INVALID.values(), ids=INVALID)
def test_invalid_fields_say_what_they_must_be(model, change, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        replace(model, **change(model))
    assert caught.value.hint == REMAKE


def test_a_dense_recurrence_has_no_origin(dense):
    origin = Origin(2, np.zeros((1, 5), int), np.zeros(1, int))
    message = "an origin must belong to a Hadamard recurrence, not levels, modrelu"
    with pytest.raises(ModelError, match=f"^{message}$"):
        replace(dense, origin=origin)


@pytest.mark.parametrize("labels", [(), ("a", "b", "c")])
def test_a_decision_has_two_labels_and_a_number_one(dense, labels):
    assert replace(dense, labels=("no", "yes")).classes == 1
    assert replace(dense, labels=("degrees",)).classes == 1
    with pytest.raises(ModelError, match="every class must have a label"):
        replace(dense, labels=labels)


def arrays(value):
    for item in fields(value):
        inner = getattr(value, item.name)
        if is_dataclass(inner):
            yield from arrays(inner)
        elif isinstance(inner, np.ndarray):
            yield inner


def test_a_model_cannot_change(model, dense):
    with pytest.raises(FrozenInstanceError):
        model.state_bits = 9
    with pytest.raises(FrozenInstanceError):
        model.recurrence.block = 4
    found = [*arrays(model), *arrays(dense)]
    assert len(found) == 9 + 7
    for array in found:
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 1


def test_what_a_model_tells(model, dense):
    assert (model.hidden, model.classes, model.parities) == (8, 3, 2)
    assert [model.parity(step) for step in range(4)] == [0, 1, 0, 1]
    assert [model.shift(step) for step in range(4)] == [2, 1, 2, 1]
    assert (model.cell, model.input_range, model.feature_bits) == ("hadamard", (0, 255), 9)
    assert model.offset(1).tolist() == (model.origin.levels[1] << model.origin.shift[1]).tolist()
    assert (dense.hidden, dense.classes, dense.parities) == (5, 1, 1)
    assert [dense.parity(step) for step in range(3)] == [0, 0, 0]
    assert (dense.cell, dense.input_range, dense.feature_bits) == ("levels, modrelu", (0, 2), 8)
    assert dense.offset(0).tolist() == [0] * 5


def test_the_weights_are_counted_in_bits(model, dense):
    bias = 6 * (model.logit_bits - 1)
    assert model.weight_bits == 8 + 8 * 4 + 24 * 4 + 16 * 5 + bias
    assert replace(model, origin=None).weight_bits < model.weight_bits - 16 * 5 + 1
    threshold = 5 * (int(abs(dense.bias).max()).bit_length() + 1)
    total = 25 * 4 + 15 * 8 + 5 * 4 + dense.logit_bits - 1 + threshold
    assert dense.weight_bits == total


def test_the_weights_of_a_hidden_layer_are_counted_too(model):
    layer = HiddenLayer(np.ones((3, 8), int), 5, np.zeros((2, 3), int), 4)
    readout = replace(model.readout, v=np.ones((3, 3), int), layer=layer)
    given = replace(model, readout=readout)
    logits, units = 6 * (given.logit_bits - 1), 6 * (given.sum_bits - 1)
    assert given.weight_bits == 8 + 8 * 4 + 9 * 4 + 16 * 5 + logits + 24 * 5 + units


def test_a_bias_takes_bits_only_where_there_is_one(model):
    one = with_first(np.zeros((2, 8), int), -5)
    assert replace(model, bias=one).weight_bits == model.weight_bits + 16 * 4


def test_the_model_is_data(model, dense):
    for each in (model, dense):
        names = {item.name for item in fields(IntegerModel)}
        assert set(each.to_dict()) == names - {"channels"} | {"format", "version", "kind"}
