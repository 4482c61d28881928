"""Vectors in compiled code against numpy."""

import numpy as np
import pytest
from numba import njit

from qrnn_hw.train.kernels.vectors import (
    LEAST,
    exponential,
    keep,
    larger,
    load,
    numbers,
    places,
    positive,
    splat,
    store,
    total,
)


@njit
def _operate(x, y, out, sums, found, one):
    for row, i in enumerate(range(0, x.size, numbers(x))):
        a, b = load(x, i), load(y, i)
        store(out[0], i, a + b)
        store(out[1], i, a - b)
        store(out[2], i, a * b)
        store(out[3], i, larger(a, b))
        store(out[4], i, positive(a))
        store(out[5], i, keep(b, places(a)))
        store(out[6], i, splat(x[i]))
        store(out[7], i, exponential(a, one))
        sums[row], found[row] = total(a), places(a)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operations_are_those_of_numpy(dtype):
    generator = np.random.default_rng(1)
    count = 512 // np.dtype(dtype).itemsize // 8
    x, y = generator.standard_normal((2, 6 * count)).astype(dtype)
    # From where vectors do not begin at a line of the cache.
    x, y = (np.concatenate([np.zeros(1, dtype), part])[1:] for part in (x, y))
    out, sums, found = np.empty((8, x.size), dtype), np.empty(6, dtype), np.empty(6, np.uint64)
    _operate(x, y, out, sums, found, dtype(1))
    exact = [x + y, x - y, x * y, np.maximum(x, y), np.maximum(x, 0), np.where(x > 0, y, 0)]
    for one, other in zip(out, [*exact, np.repeat(x[::count], count)]):
        assert np.array_equal(one, other)
    rows = x.reshape(6, count)
    np.testing.assert_allclose(sums, rows.sum(1), rtol=1e-5 if dtype == np.float32 else 1e-13)
    assert found.tolist() == [sum(1 << i for i in np.flatnonzero(row > 0)) for row in rows]


@njit
def _exponentials(x, out, one):
    for i in range(0, x.size, numbers(x)):
        store(out, i, exponential(load(x, i), one))


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 4e-7), (np.float64, 3e-14)])
def test_exponentials_are_close_over_their_range(dtype, close):
    x = np.linspace(LEAST, 0, 1 << 16).astype(dtype)
    out = np.empty_like(x)
    _exponentials(x, out, dtype(1))
    np.testing.assert_allclose(out, np.exp(x.astype(np.float64)), rtol=close)
    assert out[-1] == 1
