"""The inputs: the scale of numbers, the table of tokens, and what does not fit."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.inputs import Numbers, Tokens


def numbers(**changes):
    """Make the input of 3 units with 2 channels of 4 bits, and 2 parities."""
    fields = {
        "u": np.array([[1, -2], [7, 0], [-8, 3]]), "u_bits": 4, "bits": 4, "signed": False,
        "gain": np.array([100, 141]), "gain_frac": 8, **changes,
    }  # fmt: skip
    return Numbers(**fields)


def tokens(**changes):
    """Make the input of 3 units with 5 tokens, and 2 parities."""
    fields = {
        "table": np.arange(-15, 15).reshape(2, 5, 3), "table_bits": 5,
        "table_shift": np.array([2, 0]), **changes,
    }  # fmt: skip
    return Tokens(**fields)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(
    bits=st.integers(1, 16),
    signed=st.booleans(),
    frac=st.integers(0, 16),
    gain=st.integers(0, 1 << 24),
    u=st.lists(st.tuples(*[st.integers(-128, 127)] * 3), min_size=4, max_size=4),
    data=st.data(),
)
def test_terms_are_sums_of_rounded_products_within_their_bounds(bits, signed, frac, gain, u, data):
    given = Numbers(np.array(u), 8, bits, signed, np.array([gain]), bits + frac)
    low, high = given.range
    assert (low, high) == (
        (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    )
    x = [data.draw(st.sampled_from([low, high]) | st.integers(low, high)) for _ in range(3)]
    # Rounding half up is the floor of what is half more.
    scaled = [(Fraction(v * gain, 2 ** (bits + frac)) + Fraction(1, 2)).__floor__() for v in x]
    assert given.scaled(np.array(x), 0).tolist() == scaled
    terms = given.terms(np.array([x]), 0)[0].tolist()
    assert terms == [sum(k * v for k, v in zip(row, scaled)) for row in u]
    assert all(-(1 << given.scaled_bits - 1) <= v < 1 << given.scaled_bits - 1 for v in scaled)
    assert max(map(abs, terms)) <= given.largest_term


def test_scaled_bits_are_as_few_as_the_ends_need():
    assert numbers(gain=np.array([256, 0])).scaled_bits == 5
    assert numbers(gain=np.array([0, 273])).scaled_bits == 6
    assert numbers(gain=np.array([256, 256]), signed=True).scaled_bits == 5
    assert numbers(gain=np.array([0, 0])).scaled_bits == 1


def test_each_parity_has_its_own_scale():
    x = np.array([[15, 3]])
    wanted = [[(15 * g + 128) >> 8, (3 * g + 128) >> 8] for g in (100, 141)]
    assert [numbers().scaled(x, p)[0].tolist() for p in (0, 1)] == wanted
    assert tokens().terms(np.array([[4], [0]]), 0).tolist() == [[-12, -8, -4], [-60, -56, -52]]
    assert tokens().terms(np.array([[4]]), 1).tolist() == [[12, 13, 14]]


def test_what_both_kinds_tell():
    assert (numbers().channels, numbers().hidden, numbers().parities) == (2, 3, 2)
    assert (numbers().width, numbers().weight_bits, numbers().range) == (8, 24, (0, 15))
    given = tokens()
    assert (given.channels, given.hidden, given.parities, given.vocabulary) == (1, 3, 2, 5)
    assert (given.width, given.weight_bits, given.range) == (3, 150, (0, 4))
    assert given.largest_term == 15 << 2


@pytest.mark.parametrize(
    ("vocabulary", "width"), [(2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (1 << 16, 16)]
)
def test_tokens_take_as_few_bits_as_they_can(vocabulary, width):
    assert tokens(table=np.zeros((2, vocabulary, 3), int)).width == width


@settings(max_examples=40, derandomize=True)
@given(st.lists(st.tuples(*[st.integers(-8, 7)] * 2), min_size=1, max_size=5))
def test_words_hold_channel_0_lowest(x):
    words = numbers(signed=True).pack(np.array(x))
    for word, (low, high) in zip(words, x):
        assert 0 <= word < 1 << 8
        assert [(word & 15) - low & 15, (word >> 4) - high & 15] == [0, 0]
    assert len(words) == len(x)


def test_words_of_tokens_are_the_tokens():
    assert tokens().pack(np.array([[4], [0], [2]])) == [4, 0, 2]


INVALID = [
    pytest.param(numbers, {"u": np.zeros(3, int)},
                 "u must have shape (d, channels), 1..64 channels, not (3,)", id="u-vector"),
    pytest.param(numbers, {"u": np.zeros((3, 0), int)},
                 "u must have shape (d, channels), 1..64 channels, not (3, 0)", id="no-channels"),
    pytest.param(numbers, {"u": np.zeros((3, 65), int)},
                 "u must have shape (d, channels), 1..64 channels, not (3, 65)", id="65-channels"),
    pytest.param(numbers, {"u_bits": 1}, "u_bits must be 2..8, not 1", id="u-bits-1"),
    pytest.param(numbers, {"u_bits": 9}, "u_bits must be 2..8, not 9", id="u-bits-9"),
    pytest.param(numbers, {"u_bits": 3}, "u must be -4..3, not -8..7", id="u-large"),
    pytest.param(numbers, {"bits": 0}, "bits of an input must be 1..16, not 0", id="bits-0"),
    pytest.param(numbers, {"bits": 17}, "bits of an input must be 1..16, not 17", id="bits-17"),
    pytest.param(numbers, {"gain_frac": 3}, "gain_frac must be 4..32, not 3", id="frac-3"),
    pytest.param(numbers, {"gain_frac": 33}, "gain_frac must be 4..32, not 33", id="frac-33"),
    pytest.param(numbers, {"gain": np.array([3, -1])},
                 "gain must be a vector of 0..2**40, not [3, -1]", id="gain-negative"),
    pytest.param(numbers, {"gain": np.array([1 << 40])},
                 f"gain must be a vector of 0..2**40, not [{1 << 40}]", id="gain-large"),
    pytest.param(numbers, {"gain": np.array(3)}, "gain must be a vector of 0..2**40, not 3",
                 id="gain-scalar"),
    pytest.param(tokens, {"table": np.zeros((5, 3), int)},
                 "the table must have shape (parities, vocabulary, d), 2..65536 tokens, not (5, 3)",
                 id="table-flat"),
    pytest.param(tokens, {"table": np.zeros((2, 1, 3), int)},
                 "the table must have shape (parities, vocabulary, d), 2..65536 tokens, "
                 "not (2, 1, 3)", id="one-token"),
    pytest.param(tokens, {"table": np.zeros((2, 65537, 3), int)},
                 "the table must have shape (parities, vocabulary, d), 2..65536 tokens, "
                 "not (2, 65537, 3)", id="65537-tokens"),
    pytest.param(tokens, {"table_bits": 1}, "table_bits must be 2..16, not 1", id="table-bits-1"),
    pytest.param(tokens, {"table_bits": 17}, "table_bits must be 2..16, not 17",
                 id="table-bits-17"),
    pytest.param(tokens, {"table_bits": 4}, "the table must be -8..7, not -15..14",
                 id="table-large"),
    pytest.param(tokens, {"table_shift": np.array([1])},
                 "table_shift must be one of 0..24 a parity, not [1]", id="shift-single"),
    pytest.param(tokens, {"table_shift": np.array([0, 25])},
                 "table_shift must be one of 0..24 a parity, not [0, 25]", id="shift-25"),
    pytest.param(tokens, {"table_shift": np.array([-1, 0])},
                 "table_shift must be one of 0..24 a parity, not [-1, 0]", id="shift-negative"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "changes", "message"), INVALID)
def test_invalid_fields_say_what_they_must_be(make, changes, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        make(**changes)
    assert caught.value.hint


SHAPED = "inputs must be integers of shape (n, T), not"
ALONE = {"u": np.zeros((3, 1), int)}
X = [
    pytest.param([1, 2], f"{SHAPED} int64 of (2,)", id="vector"),
    pytest.param(np.zeros((2, 3, 2), int), f"{SHAPED} int64 of (2, 3, 2)", id="two-channels"),
    pytest.param(np.zeros((2, 0), int), f"{SHAPED} int64 of (2, 0)", id="no-steps"),
    pytest.param([[0.5]], f"{SHAPED} float64 of (1, 1)", id="floats"),
    pytest.param([[True]], f"{SHAPED} bool of (1, 1)", id="booleans"),
    pytest.param([["1"]], f"{SHAPED} <U1 of (1, 1)", id="text"),
    pytest.param([[0, 16]], "inputs must be 0..15, not 0..16", id="too-large"),
    pytest.param([[-1, 3]], "inputs must be 0..15, not -1..3", id="negative"),
]


@pytest.mark.parametrize(("x", "message"), X)
def test_sequences_that_do_not_fit_say_why(x, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$") as caught:
        numbers(**ALONE).check(x)
    assert caught.value.hint


def test_sequences_of_channels_must_have_them():
    assert numbers().check(np.zeros((4, 3, 2), np.uint8)).dtype == np.int64
    message = "inputs must be integers of shape (n, T, 2), not int64 of"
    for shape in [(4, 3), (4, 3, 1), (4, 0, 2), (2,)]:
        with pytest.raises(DataError, match=re.escape(f"{message} {shape}")):
            numbers().check(np.zeros(shape, int))


def test_tokens_are_checked():
    given = tokens()
    assert given.check([[0, 4]]).tolist() == [[[0], [4]]]
    assert given.check(np.zeros((2, 3, 1), np.int8)).shape == (2, 3, 1)
    with pytest.raises(DataError, match=r"^tokens must be 0\.\.4, not 1\.\.5$"):
        given.check([[1, 5]])
    with pytest.raises(DataError, match=r"^tokens must be integers of shape \(n, T\), not float64"):
        given.check([[1.0]])


def test_signed_numbers_have_their_own_range():
    given = numbers(**ALONE, signed=True)
    assert given.check(np.array([[-8, 7]], np.int8)).tolist() == [[[-8], [7]]]
    with pytest.raises(DataError, match=r"^inputs must be -8\.\.7, not -9\.\.8$"):
        given.check([[-9, 8]])
    assert given.check(np.array([[7]], np.uint64)).tolist() == [[[7]]]
    with pytest.raises(DataError, match=r"^inputs must be -8\.\.7, not 18446744073709551615"):
        given.check(np.array([[(1 << 64) - 1]], np.uint64))


def test_arrays_cannot_change():
    for array in (numbers().u, numbers().gain, tokens().table, tokens().table_shift):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 1
