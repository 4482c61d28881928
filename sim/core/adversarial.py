"""Sequences that drive a core to its limits."""

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel

STEPS = 40  # of those that are to be long
ENOUGH = 1e100  # where a recurrence that grows is cut, so that sums stay finite


def random_sequence(rng: np.random.Generator, model: IntegerModel, steps: int) -> Integers:
    """Draw a sequence of ``steps`` inputs of a model, (steps, channels)."""
    low, high = model.input_range
    return rng.integers(low, high + 1, (steps, model.inputs.channels))


def _columns(model: IntegerModel) -> Reals:
    """Return what an input adds to the sums, (parities, channels or tokens, d)."""
    if isinstance(model.inputs, Numbers):
        return np.multiply.outer(model.inputs.gain, model.inputs.u.T).astype(np.float64)
    scale: Reals = np.exp2(model.inputs.table_shift)
    return model.inputs.table * scale[:, None, None]


def matched(model: IntegerModel, steps: int) -> tuple[Integers, Integers]:
    """Find the inputs that push one unit furthest up, and furthest down, in ``steps`` steps.

    The recurrence is linear before it saturates: unit i at the end is the sum over the steps of
    ``(W**(T-t) U)_i x_t``, so each input takes the extreme of the range that has the coefficient's
    sign, or the token with the extreme coefficient. The unit is the one that these move furthest.
    Of a recurrence that is not linear, the linear one is taken.
    """
    product = model.recurrence.product(np.float64)
    columns = _columns(model)
    response = np.empty((steps, *columns.shape[1:]))
    for t in reversed(range(1, steps + 1)):
        dropped = model.shift(t) + model.halvings
        columns = columns * (model.recurrence.multiplier / 2.0**dropped)
        response[t - 1] = columns[model.parity(t)]
        columns = product(columns.reshape(-1, model.hidden)).reshape(columns.shape)
        columns *= min(1, ENOUGH / max(1, np.abs(columns).max()))
    if isinstance(model.inputs, Numbers):
        chosen = response[:, :, np.abs(response).sum((0, 1)).argmax()]
        low, high = model.input_range
        return np.where(chosen > 0, high, low), np.where(chosen > 0, low, high)
    chosen = response[:, :, np.ptp(response, axis=1).sum(0).argmax()]
    return chosen.argmax(1)[:, None], chosen.argmin(1)[:, None]


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

    Returns
    -------
    list
        (T, channels) each.
    """
    low, high = model.input_range
    channels = model.inputs.channels

    def constant(value: int, count: int) -> Integers:
        return np.full((count, channels), value)

    alternating = np.where(np.arange(STEPS) % 2, low, high)
    return [
        *matched(model, steps),
        constant(0, STEPS),
        constant(high, STEPS),
        constant(low, STEPS),
        np.repeat(alternating[:, None], channels, 1),
        constant(high, 1),
        constant(low, 1),
        np.concatenate([constant(high, 1), constant(low, 1)]),
        random_sequence(rng, model, 1),
        random_sequence(rng, model, STEPS),
    ]
