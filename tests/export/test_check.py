"""The checks: what they let pass, and what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.export import check
from qrnn_hw.export.errors import ModelError


def refusal(function, *arguments):
    with pytest.raises(ModelError) as caught:
        function(*arguments)
    assert caught.value.hint == check.REMAKE
    return str(caught.value)


@given(st.integers(0, 1 << 70))
def test_signed_bits_are_as_few_as_possible(bound):
    bits = check.signed_bits(bound)
    assert bound < 1 << bits - 1
    assert bound == 0 or bound >= 1 << bits - 2


def test_a_rule_that_holds_is_silent():
    check.require(True, "a rule", "anything")
    assert refusal(check.require, False, "a must be 3", 4) == "a must be 3, not 4"


def test_shapes():
    check.require_shape(np.zeros((2, 3)), (2, 3), "w")
    for shape in [(3, 2), (6,), (2, 3, 1)]:
        said = refusal(check.require_shape, np.zeros(shape), (2, 3), "w")
        assert said == f"w must have shape (2, 3), not {shape}"
    assert refusal(check.require_shape, np.array(3), (1,), "w").endswith("not ()")


@pytest.mark.parametrize(
    ("bits", "low", "high"),
    [(1, -1, 1), (2, -2, 1), (4, -8, 7), (8, -128, 127), (16, -32768, 32767)],
)
def test_levels(bits, low, high):
    check.require_levels(np.array([low, 0, high]), bits, "w")
    check.require_levels(np.zeros((0, 3), np.int64), bits, "w")
    assert (
        refusal(check.require_levels, np.array([[0, high + 1]]), bits, "w")
        == f"w must be {low}..{high}, not 0..{high + 1}"
    )
    assert refusal(check.require_levels, np.array([low - 1, 0]), bits, "w").endswith(
        f"not {low - 1}..0"
    )
    for extreme in (np.iinfo(np.int64).min, np.iinfo(np.int64).max):
        assert str(extreme) in refusal(check.require_levels, np.array([0, extreme]), bits, "w")


def test_magnitudes():
    check.require_within(np.array([[-3, 3]]), 4, "bias")
    check.require_within(np.zeros(0, np.int64), 4, "bias")
    for value in (4, -4, np.iinfo(np.int64).min, np.iinfo(np.int64).max):
        said = refusal(check.require_within, np.array([0, value]), 4, "bias")
        assert said == f"bias must be within 4, not {abs(int(value))}"


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, [1.0, 0.0], [np.nan, 2.0]])
def test_positive_numbers(value):
    check.require_positive(np.array([0.5, 1e300]), "step")
    check.require_positive(3, "step")
    said = refusal(check.require_positive, np.array(value) if np.ndim(value) else value, "step")
    assert said == f"step must be positive and finite, not {value}"


def test_finite_numbers():
    check.require_finite(np.array([-1e300, 0]), "bias")
    for value in (np.nan, np.inf, -np.inf):
        said = refusal(check.require_finite, np.array([0, value]), "bias")
        assert said == "bias must be finite, not NaN or infinity"


def test_frozen_arrays_cannot_change():
    one, other = np.zeros(2), np.zeros((2, 2))
    check.freeze(one, other)
    for array in (one, other):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 1
