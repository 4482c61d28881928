"""Transforms by vectors against the Hadamard matrix."""

import numpy as np
import pytest
from scipy.linalg import hadamard

from qrnn_hw.train.kernels.transform import turn, turn_row

DTYPES = (np.float32, np.float64)


def expected(columns, block):
    blocks = columns.astype(np.float64).reshape(-1, block, columns.shape[1])
    return (hadamard(block) @ blocks).reshape(columns.shape)


def close(one, other, dtype):
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 if dtype == np.float32 else 1e-11)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lanes", [16, 48])
@pytest.mark.parametrize(
    ("d", "block"),
    [(4, 2), (4, 4), (8, 8), (12, 4), (32, 16), (32, 32), (48, 16), (128, 64), (512, 512)],
)
def test_columns_side_by_side(d, block, lanes, dtype):
    columns = np.random.default_rng(d).standard_normal((d, lanes)).astype(dtype)
    target = np.full(d * lanes, np.nan, dtype)
    turn(columns.ravel(), target, block, lanes)
    close(target.reshape(d, lanes), expected(columns, block), dtype)
    same = columns.copy()
    turn(same.ravel(), same.ravel(), block, lanes)
    assert np.array_equal(same, target.reshape(d, lanes))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("d", "block"),
    [(d, 1 << q) for d in (16, 48, 256, 1024) for q in range(1, 11) if d % 2**q == 0],
)
def test_one_column(d, block, dtype):
    column = np.random.default_rng(block).standard_normal(d).astype(dtype)
    turned = column.copy()
    turn_row(turned, block)
    close(turned[:, None], expected(column[:, None], block), dtype)
