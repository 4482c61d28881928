"""The recurrent matrices: what they are, how they multiply, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared.refusals import refused

from qrnn_hw.export.recurrence import Dense, Hadamard, sylvester


def entry(i, j):
    """Return S_ij of Sylvester's matrix: minus for each place where both indices have a one."""
    return -1 if bin(i & j).count("1") % 2 else 1


@pytest.mark.parametrize("order", [1, 2, 4, 8, 32])
def test_sylvesters_matrix(order):
    assert sylvester(order).tolist() == [[entry(i, j) for j in range(order)] for i in range(order)]


@pytest.mark.parametrize(("hidden", "block"), [(4, 2), (4, 4), (6, 2), (24, 8), (40, 4), (64, 64)])
def test_a_hadamard_matrix_has_signed_blocks(hidden, block):
    rng = np.random.default_rng([90, hidden])
    signs = rng.choice(np.array([-1, 1]), hidden)
    matrix = Hadamard(signs, block).matrix()
    naive = [
        [int(signs[i]) * entry(i % block, j % block) * (i // block == j // block)
         for j in range(hidden)]
        for i in range(hidden)
    ]  # fmt: skip
    assert matrix.tolist() == naive
    assert (matrix @ matrix.T == block * np.eye(hidden)).all()


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    log2_block=st.integers(1, 6),
    blocks=st.integers(1, 4),
    seed=st.integers(0, 99),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_a_product_is_the_matrix(log2_block, blocks, seed, dtype):
    hidden = max(4, blocks << log2_block)
    rng = np.random.default_rng(seed)
    n = rng.integers(-128, 128, (3, hidden))
    for recurrence in (
        Hadamard(rng.choice(np.array([-1, 1]), hidden), 1 << log2_block),
        Dense(rng.integers(-8, 8, (hidden, hidden)), 4, 1, 0, seed % 9, "linear"),
    ):
        given = recurrence.product(dtype)(n)
        assert given.dtype == dtype
        exact = n @ recurrence.matrix().T << recurrence.guard
        np.testing.assert_array_equal(given.astype(np.int64), exact)
        assert abs(exact).max() <= recurrence.row_sum << 7


def test_the_row_sum_is_reached():
    rng = np.random.default_rng(91)
    for recurrence in (
        Hadamard(rng.choice(np.array([-1, 1]), 24), 8),
        Dense(rng.integers(-8, 8, (9, 9)), 4, 1, 0, 3, "linear"),
    ):
        matrix = recurrence.matrix()
        row = matrix[abs(matrix).sum(1).argmax()]
        reached = recurrence.product(np.float64)(np.sign(row)[None]).max()
        assert reached == recurrence.row_sum


@pytest.mark.parametrize(
    ("hidden", "block", "shifts"),
    [
        pytest.param(4, 4, [1, 1, 1, 1], id="4"),
        pytest.param(8, 8, [2, 1, 2, 1], id="8"),
        pytest.param(16, 16, [2, 2, 2, 2], id="16"),
        pytest.param(32, 32, [3, 2, 3, 2], id="32"),
        pytest.param(512, 512, [5, 4, 5, 4], id="512"),
        pytest.param(6, 2, [1, 0, 1, 0], id="6-of-2"),
        pytest.param(20, 4, [1, 1, 1, 1], id="20-of-4"),
        pytest.param(512, 8, [2, 1, 2, 1], id="512-of-8"),
    ],
)
def test_shifts_and_parities_alternate_where_q_is_odd(hidden, block, shifts):
    recurrence = Hadamard(np.ones(hidden, np.int64), block)
    assert [recurrence.shift(step) for step in range(4)] == shifts
    assert recurrence.parities == len(set(shifts))
    assert recurrence.log2_block == (shifts[0] + shifts[1])
    assert recurrence.kind == ("hadamard" if hidden == block else "block hadamard")
    assert recurrence.weight_bits == hidden


def dense(weights, **changes):
    fields = {
        "bits": 1, "multiplier": 3, "fraction": 4, "guard": 0, "activation": "linear", **changes,
    }  # fmt: skip
    return Dense(np.array(weights), **fields)


def test_dense_weights_are_named_by_what_they_are():
    ones = np.ones((4, 4), np.int64)
    mixed = ones.copy()
    mixed[0, 1:3] = 0, -1
    wide = mixed.copy()
    wide[3, 3] = -2
    names = [dense(ones), dense(ones, bits=3), dense(mixed), dense(mixed, bits=2)]
    assert [each.kind for each in names] == ["binary", "binary", "ternary", "ternary"]
    assert [each.weight_bits for each in names] == [16, 16, 32, 32]
    levels = dense(wide, bits=3)
    assert (levels.kind, levels.weight_bits) == ("levels", 48)
    assert [levels.shift(step) for step in (0, 1)] == [4, 4]
    assert (levels.parities, levels.hidden) == (1, 4)


HADAMARD = [
    pytest.param(np.ones(3, int), 1, "signs must be 4..16384, not (3,)", id="3-units"),
    pytest.param(np.ones(0, int), 2, "signs must be 4..16384, not (0,)", id="none"),
    pytest.param(np.ones((2, 4), int), 4, "signs must be 4..16384, not (2, 4)", id="matrix"),
    pytest.param(np.array(1), 4, "signs must be 4..16384, not ()", id="scalar"),
    pytest.param(np.ones(16386, int), 2, "signs must be 4..16384, not (16386,)", id="too-many"),
    pytest.param(np.zeros(4, int), 4, "signs must be 1 or -1, not others", id="zeros"),
    pytest.param(np.ones(8, int), 1, "the block must be a power of two, 2 or more, not 1", id="1"),
    pytest.param(np.ones(8, int), 0, "the block must be a power of two, 2 or more, not 0", id="0"),
    pytest.param(np.ones(8, int), -4, "the block must be a power of two, 2 or more, not -4",
                 id="negative"),
    pytest.param(np.ones(6, int), 6, "the block must be a power of two, 2 or more, not 6", id="6"),
    pytest.param(np.ones(6, int), 4, "the 6 units must be a multiple of the block, not 4",
                 id="6-of-4"),
    pytest.param(np.ones(8, int), 16, "the 8 units must be a multiple of the block, not 16",
                 id="8-of-16"),
]  # fmt: skip


@pytest.mark.parametrize(("signs", "block", "message"), HADAMARD)
def test_other_hadamard_matrices_are_refused(signs, block, message):
    refused(message, Hadamard, signs, block)


ONES = np.ones((4, 4), np.int64)
DENSE = [
    pytest.param({"weights": np.ones(4, int)}, "weights must have shape (4, 4), not (4,)",
                 id="vector"),
    pytest.param({"weights": np.array(1)}, "weights must have shape (0, 0), not ()", id="scalar"),
    pytest.param({"weights": ONES[:3]}, "weights must have shape (4, 4), not (3, 4)", id="3x4"),
    pytest.param({"weights": ONES[:3, :3]}, "hidden units must be 4..16384, not 3", id="3-units"),
    pytest.param({"weights": 2 * ONES}, "weights must be -1..1, not 2..2", id="2-in-1-bit"),
    pytest.param({"weights": 4 * ONES, "bits": 3}, "weights must be -4..3, not 4..4", id="4-in-3"),
    pytest.param({"bits": 0}, "bits of weights must be 1..8, not 0", id="0-bits"),
    pytest.param({"bits": 9}, "bits of weights must be 1..8, not 9", id="9-bits"),
    pytest.param({"multiplier": 0}, "multiplier must be 1..65535, not 0", id="multiplier-0"),
    pytest.param({"multiplier": 1 << 16}, "multiplier must be 1..65535, not 65536", id="too-wide"),
    pytest.param({"fraction": -1}, "fraction must be 0..40, not -1", id="fraction-negative"),
    pytest.param({"fraction": 41}, "fraction must be 0..40, not 41", id="fraction-41"),
    pytest.param({"guard": -1}, "guard must be 0..8, not -1", id="guard-negative"),
    pytest.param({"guard": 9}, "guard must be 0..8, not 9", id="guard-9"),
    pytest.param({"activation": "tanh"},
                 "activation must be one of linear, relu, modrelu, not tanh", id="tanh"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), DENSE)
def test_other_dense_matrices_are_refused(changes, message):
    refused(message, lambda: dense(**{"weights": ONES, **changes}))


def test_matrices_cannot_change():
    for array in (Hadamard(np.ones(4, int), 2).signs, dense(ONES.copy()).weights):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = -1
