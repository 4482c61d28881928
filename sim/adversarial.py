"""Sequences that drive a core to its limits."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.golden import sylvester
from qrnn_hw.export.integer import IntegerModel, Integers

STEPS = 40  # of those that are to be long


def matched(model: IntegerModel, steps: int) -> tuple[Integers, Integers]:
    """Find the inputs that push one unit furthest up, and furthest down, in ``steps`` steps.

    The recurrence is linear before it saturates: unit i at the end is the sum over the steps of
    ``(W**(T-t) U)_i x_t``, so each input takes the extreme of the range that has the coefficient's
    sign. The unit is the one with the largest sum of absolute coefficients.
    """
    d, columns = model.hidden, 1 << model.log2_hidden // 2
    left, right = sylvester(d // columns), sylvester(columns) / np.sqrt(d)
    response: npt.NDArray[np.float64] = np.empty((steps, d))
    column = model.u.astype(np.float64)
    for t in reversed(range(steps)):
        response[t] = column
        column = model.signs * (left @ column.reshape(-1, columns) @ right).ravel()
    up = response[:, np.abs(response).sum(0).argmax()] > 0
    low, high = model.input_range
    return np.where(up, high, low), np.where(up, low, high)


def adversarial(
    model: IntegerModel, rng: np.random.Generator, steps: int = STEPS
) -> list[Integers]:
    """List sequences that saturate, vanish, alternate, end at once, or mean nothing.

    Parameters
    ----------
    rng
        Of those that mean nothing.
    steps
        Of those that push the states furthest: as many as real sequences have.
    """
    low, high = model.input_range
    t = np.arange(STEPS)
    return [
        *matched(model, steps),
        np.zeros(STEPS, np.int64),
        np.full(STEPS, high),
        np.full(STEPS, low),
        np.where(t % 2, low, high),
        np.array([high]),
        np.array([low]),
        np.array([high, low]),
        rng.integers(low, high + 1, 1),
        rng.integers(low, high + 1, STEPS),
    ]
