"""The golden run: what every level of the hardware must compute, bit for bit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.integer import IntegerModel, Integers

CHUNK = 256  # sequences at a time: their states stay in the processor's cache


@dataclass(frozen=True)
class Run:
    """Results of a golden run over n sequences.

    Parameters
    ----------
    classes
        (n,), the index of the largest logit; the lowest index where several are largest.
    logits
        (n, classes).
    states
        (n, T, d), the state after every step, or None if they were not asked for.
    saturated
        How many state values were saturated.
    """

    classes: Integers
    logits: Integers
    states: npt.NDArray[np.int32] | None
    saturated: int


def sylvester(order: int) -> npt.NDArray[np.float64]:
    """Sylvester's Hadamard matrix of a power-of-two order.

    >>> sylvester(2).astype(int).tolist()
    [[1, 1], [1, -1]]
    """
    matrix = np.ones((1, 1))
    while matrix.shape[0] < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def transform(n: npt.NDArray[np.int64]) -> Integers:
    """Multiply each row of ``n``, (batch, d), by Sylvester's matrix of order d.

    As two products with the factors of ``S_d = S_a (x) S_b``, in float64: exact below 2**53.

    >>> transform(np.array([[1, 2, 3, 4]])).tolist()
    [[10, -2, -4, 0]]
    """
    return _transform_in(np.float64, n.shape[1])(n).astype(np.int64)


def _transform_in(dtype: type, d: int) -> Callable[[npt.NDArray], npt.NDArray]:
    columns = 1 << (d.bit_length() - 1) // 2
    left = sylvester(d // columns).astype(dtype)
    right = sylvester(columns).astype(dtype)

    def apply(n: npt.NDArray) -> npt.NDArray:
        grid = n.astype(dtype).reshape(len(n), d // columns, columns)
        return (left @ (grid @ right)).reshape(len(n), d)

    return apply


def scale_input(model: IntegerModel, x: Integers, step: int) -> Integers:
    """Apply the gain of step ``step`` to inputs, rounding half up."""
    gain = int(model.gain[model.parity(step)])
    return (x * gain + (1 << model.gain_frac - 1)) >> model.gain_frac


def requantize(model: IntegerModel, sums: Integers, step: int) -> Integers:
    """Drop the fraction bits of step ``step``, half up, and saturate to the state's width."""
    shift, top = model.shift(step), 1 << model.state_bits - 1
    return np.clip((sums + (1 << shift - 1)) >> shift, -top, top - 1)


def readout(model: IntegerModel, n: Integers, step: int) -> Integers:
    """Logits (batch, classes) of states ``n`` (batch, d) after step ``step``."""
    p = model.parity(step)
    z = np.maximum(0, n - (model.origin[p] << model.origin_shift[p]))
    return z @ model.v.T + model.class_bias[p]


def check_inputs(model: IntegerModel, x: npt.ArrayLike) -> Integers:
    """Return ``x`` as int64, (n, T).

    Raises
    ------
    DataError
        If it is not integers of that shape within the model's input range.
    """
    array = np.asarray(x)
    if array.ndim != 2 or array.shape[1] < 1 or array.dtype.kind not in "iu":
        raise DataError(
            f"inputs must be integers of shape (n, T), not {array.dtype} of {array.shape}",
            "pass one row a sequence",
        )
    low, high = model.input_range
    if array.size and (array.min() < low or array.max() > high):
        raise DataError(
            f"inputs must be {low}..{high}, not {array.min()}..{array.max()}",
            "quantize them as the model's task says",
        )
    return array.astype(np.int64)


def run(
    model: IntegerModel,
    x: npt.ArrayLike,
    *,
    states: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Run ``model`` over sequences of equal length.

    Parameters
    ----------
    x
        (n, T) integers of the model's input range; T is 1 or more.
    states
        Keep the state after every step.
    progress
        Called with the number of sequences finished since the last call.

    Raises
    ------
    DataError
        If ``x`` does not fit the model.
    """
    x = check_inputs(model, x)
    count, steps = x.shape
    # Sums below 2**24 are exact in float32, which halves the time.
    wide = model.accumulator_bits > 24
    product = _transform_in(np.float64 if wide else np.float32, model.hidden)
    kept = np.empty((count, steps, model.hidden), np.int32) if states else None
    logits = np.empty((count, model.classes), np.int64)
    top, saturated = 1 << model.state_bits - 1, 0
    integer = np.int64 if wide else np.int32
    signs, u = model.signs.astype(integer), model.u.astype(integer)
    for begin in range(0, count, CHUNK):
        part = slice(begin, min(begin + CHUNK, count))
        start = model.origin[0] << model.origin_shift[0]
        n = np.broadcast_to(start.astype(integer), (part.stop - begin, model.hidden))
        for t in range(1, steps + 1):
            shift = model.shift(t)
            scaled = scale_input(model, x[part, t - 1], t).astype(integer)
            sums = product(n).astype(integer)
            sums *= signs
            sums += scaled[:, None] * u
            sums += 1 << shift - 1
            sums >>= shift
            n = np.clip(sums, -top, top - 1)
            saturated += int(np.count_nonzero(n != sums))
            if kept is not None:
                kept[part, t - 1] = n
        logits[part] = readout(model, n.astype(np.int64), steps)
        if progress is not None:
            progress(part.stop - begin)
    return Run(logits.argmax(1), logits, kept, saturated)
