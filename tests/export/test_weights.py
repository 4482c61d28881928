"""Quantized tensors: the numbers that they stand for, and what they refuse."""

import numpy as np
import pytest
from tests.shared.refusals import refused

from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)


def test_the_value_of_levels():
    levels = Levels(4, 0.05, np.array([[-8, 7]]))
    np.testing.assert_array_equal(levels.value, [[-8 * 0.05, 7 * 0.05]])


LEVELS = [
    pytest.param(0, 1.0, [0], "levels must have 1..16 bits, not 0", id="0-bits"),
    pytest.param(17, 1.0, [0], "levels must have 1..16 bits, not 17", id="17-bits"),
    pytest.param(1, 1.0, [-2, 1], "levels of 1 bits must be -1..1, not -2..1", id="ternary"),
    pytest.param(4, 1.0, [0, 8], "levels of 4 bits must be -8..7, not 0..8", id="large"),
    pytest.param(3, 1.0, [-5, 0], "levels of 3 bits must be -4..3, not -5..0", id="small"),
    pytest.param(4, 0.0, [0], "step must be positive and finite, not 0.0", id="step-zero"),
    pytest.param(4, -1.0, [0], "step must be positive and finite, not -1.0", id="step-negative"),
    pytest.param(4, np.nan, [0], "step must be positive and finite, not nan", id="step-nan"),
    pytest.param(4, np.inf, [0], "step must be positive and finite, not inf", id="step-infinite"),
]


@pytest.mark.parametrize(("bits", "step", "levels", "message"), LEVELS)
def test_levels_must_fit(bits, step, levels, message):
    refused(message, Levels, bits, step, np.array(levels))


def levels(bits, *shape):
    return Levels(bits, 0.5, np.zeros(shape, np.int64))


PARTS = {
    "signs-zero": (
        lambda: HadamardWeights(np.zeros(8, int), 8),
        "signs must be 1 or -1, not others",
    ),
    "signs-of-6": (
        lambda: HadamardWeights(np.ones(6, int), 8),
        "the 6 units must be a multiple of the block, not 8",
    ),
    "signs-of-2": (
        lambda: HadamardWeights(np.ones(2, int), 2),
        "signs must be 4..16384, not (2,)",
    ),
    "signs-matrix": (
        lambda: HadamardWeights(np.ones((2, 4), int), 8),
        "signs must be 4..16384, not (2, 4)",
    ),
    "block-of-6": (
        lambda: HadamardWeights(np.ones(6, int), 6),
        "the block must be a power of two, 2 or more, not 6",
    ),
    "w-not-square": (
        lambda: DenseWeights(levels(4, 4, 5), "linear"),
        "w must have shape (5, 5), not (4, 5)",
    ),
    "w-scalar": (
        lambda: DenseWeights(levels(4), "linear"),
        "w must have shape (0, 0), not ()",
    ),
    "w-of-9-bits": (
        lambda: DenseWeights(levels(9, 4, 4), "linear"),
        "w must have 1..8 bits, not 9",
    ),
    "w-of-tanh": (
        lambda: DenseWeights(levels(4, 4, 4), "tanh"),
        "activation must be one of linear, relu, modrelu, not tanh",
    ),
    "u-vector": (
        lambda: NumberInputs(levels(4, 8), 8, False, 1.0),
        "u must have shape (d, channels), not (8,)",
    ),
    "u-bits-9": (
        lambda: NumberInputs(levels(9, 8, 1), 8, False, 1.0),
        "u must have 2..8 bits, not 9",
    ),
    "u-bits-1": (
        lambda: NumberInputs(levels(1, 8, 1), 8, False, 1.0),
        "u must have 2..8 bits, not 1",
    ),
    "input-bits-0": (
        lambda: NumberInputs(levels(4, 8, 1), 0, False, 1.0),
        "bits of an input must be 1..16, not 0",
    ),
    "input-bits-17": (
        lambda: NumberInputs(levels(4, 8, 1), 17, False, 1.0),
        "bits of an input must be 1..16, not 17",
    ),
    "input-step-nan": (
        lambda: NumberInputs(levels(4, 8, 1), 8, False, np.nan),
        "step of an input must be positive and finite, not nan",
    ),
    "table-vector": (
        lambda: TokenInputs(levels(8, 8)),
        "the table must have shape (vocabulary, d), not (8,)",
    ),
    "table-of-1-bit": (
        lambda: TokenInputs(levels(1, 3, 8)),
        "the table must have 2..16 bits, not 1",
    ),
    "v-vector": (
        lambda: RealReadout(levels(4, 8), np.zeros(1), True, False),
        "v must have shape (classes, d), not (8,)",
    ),
    "v-bits-9": (
        lambda: RealReadout(levels(9, 3, 8), np.zeros(3), True, False),
        "v must have 2..8 bits, not 9",
    ),
    "class-bias-short": (
        lambda: RealReadout(levels(4, 3, 8), np.zeros(2), True, False),
        "class_bias must have shape (3,), not (2,)",
    ),
    "class-bias-nan": (
        lambda: RealReadout(levels(4, 3, 8), np.array([0, np.nan, 1]), True, False),
        "class_bias must be finite, not NaN or infinity",
    ),
}


@pytest.mark.parametrize(("make", "message"), PARTS.values(), ids=PARTS)
def test_parts_say_what_they_must_be(make, message):
    refused(message, make)
