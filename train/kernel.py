"""The recurrence ``W = diag(signs) S / sqrt(d)`` by fast transform, compiled; needs numba."""

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


@numba.njit(fastmath=True, cache=True)
def _stage(source: Floats, target: Floats) -> None:
    """Pair the two halves of ``source``; interleave their sums and differences in ``target``."""
    # Slices, not offsets: only then does LLVM vectorize the loop.
    half = source.size // 2
    uppers, lowers = source[:half], source[half:]
    for i in range(half):
        target[2 * i] = uppers[i] + lowers[i]
        target[2 * i + 1] = uppers[i] - lowers[i]


@numba.njit(fastmath=True, cache=True)
def _transform(first: Floats, second: Floats) -> Floats:
    """Transform ``first`` by S, the two buffers taking turns; return the one with the result."""
    # Constant geometry: all log2(d) stages are the same long loop. S is a Kronecker power, hence
    # the natural order comes back after the last one.
    size = 1
    while size < first.size:
        _stage(first, second)
        first, second = second, first
        size *= 2
    return first


@numba.njit(fastmath=True, cache=True)
def respond(weights: Floats, signs: Floats, steps: int) -> Floats:
    """Compute what is left at the end of an input of one at each step.

    Parameters
    ----------
    weights
        (d,): what such an input adds to the state.
    signs
        (d,), each 1 or -1, of the same dtype.
    steps
        Length T of a sequence.

    Returns
    -------
    ndarray
        (T, d): ``W^(T-t) weights`` for t from 1.
    """
    d = weights.size
    out = np.empty((steps, d), weights.dtype)
    gain = signs * weights.dtype.type(1 / math.sqrt(d))
    first, second = weights.copy(), np.empty(d, weights.dtype)
    for step in range(steps - 1, -1, -1):
        out[step] = first
        result = _transform(first, second)
        for i in range(d):
            first[i] = result[i] * gain[i]
    return out


@numba.njit(fastmath=True, cache=True)
def respond_adjoint(gradient: Floats, signs: Floats) -> Floats:
    """Propagate gradients of :func:`respond` back to its weights.

    Parameters
    ----------
    gradient
        (T, d), C order.
    signs
        (d,), as in :func:`respond`.

    Returns
    -------
    ndarray
        (d,): the sum of ``(W^T)^(T-t) gradient[t]``, by Horner's rule.
    """
    steps, d = gradient.shape
    gain = signs * gradient.dtype.type(1 / math.sqrt(d))
    first, second = gradient[0].copy(), np.empty(d, gradient.dtype)
    for step in range(1, steps):
        for i in range(d):
            first[i] *= gain[i]
        result = _transform(first, second)
        for i in range(d):
            first[i] = result[i] + gradient[step, i]
    return first


@numba.njit(fastmath=True, cache=True)
def carry(state: Floats, signs: Floats, steps: int, transposed: bool) -> Floats:
    """Apply W, or its transpose, ``steps`` times to a state, (d,)."""
    d = state.size
    gain = signs * state.dtype.type(1 / math.sqrt(d))
    first, second = state.copy(), np.empty(d, state.dtype)
    for _ in range(steps):
        if transposed:
            for i in range(d):
                first[i] *= gain[i]
            first[:] = _transform(first, second)
        else:
            result = _transform(first, second)
            for i in range(d):
                first[i] = result[i] * gain[i]
    return first


@numba.njit(fastmath=True, cache=True)
def peak(inputs: Floats, weights: Floats, origin: Floats, signs: Floats) -> float:
    """Run ``g_t = W g_{t-1} + weights x_t`` from ``g_0 = -origin``, sequence by sequence.

    Parameters
    ----------
    inputs
        (n, T).
    weights, origin, signs
        (d,) each, all arrays of one dtype.

    Returns
    -------
    float
        The largest ``abs(g_t)`` of any sequence, step and unit, t from 0 to T.
    """
    d = origin.size
    gain = signs * origin.dtype.type(1 / math.sqrt(d))
    first, second = np.empty(d, origin.dtype), np.empty(d, origin.dtype)
    largest = np.abs(origin).max()
    for row in inputs:
        first[:] = -origin
        for x in row:
            result = _transform(first, second)
            for i in range(d):
                first[i] = result[i] * gain[i] + weights[i] * x
                largest = max(largest, abs(first[i]))
    return largest
