"""The golden run: what every level of the hardware must compute, bit for bit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.halved import wrap
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard

CHUNK = 256  # sequences at a time: their states stay in the processor's cache
EXACT32, EXACT64 = 24, 53  # bits of the integers that float32 and float64 hold exactly


@dataclass(frozen=True)
class Run:
    """Results of a golden run over n sequences.

    Parameters
    ----------
    classes
        (n,), or (n, T) where logits follow every step: :meth:`Readout.decide` of the logits. -1
        beyond the end of a shorter sequence.
    logits
        (n, classes), or (n, T, classes); 0 beyond the end.
    states
        (n, T, d), the state after every step; (n, 0, d) if they were not asked for.
    pools
        (n, T, d), the pool after every step; (n, 0, d) where none is pooled.
    saturated
        How many state values were saturated.
    wrapped
        How many sums a word of a halved transform did not hold.
    overflows
        (n, T), whether any state was in each step; False beyond the end.
    """

    classes: Integers
    logits: Integers
    states: npt.NDArray[np.int32]
    pools: Integers
    saturated: int
    overflows: npt.NDArray[np.bool_]
    wrapped: int = 0


Sums = Callable[[Integers], tuple[Integers, Integers]]


def products(model: IntegerModel, dtype: type[np.number[Any]] = np.float64) -> Sums:
    """Return a function that multiplies states (n, d) by the recurrent matrix.

    It gives their sums, (n, d), in the type of the states; and (n,), how many wrapped.

    Parameters
    ----------
    dtype
        What products are formed in, exact for the sums of the model.
    """
    recurrence = model.recurrence
    if isinstance(recurrence, Hadamard) and model.halvings:
        return recurrence.halved(model.accumulator_bits)
    apply = recurrence.product(dtype)
    return lambda n: (apply(n).astype(n.dtype), np.zeros(len(n), np.int64))


def requantize(model: IntegerModel, sums: Integers, step: int) -> tuple[Integers, Integers]:
    """Turn sums (n, d) into states: activation, scale, rounding half up, saturation.

    Returns
    -------
    states
        (n, d).
    unbounded
        (n, d), what they would be without saturation.
    """
    recurrence, shift = model.recurrence, model.shift(step)
    top, half = 1 << model.state_bits - 1, 1 << shift >> 1
    negative: npt.NDArray[np.bool_] | None = None
    if recurrence.activation == "relu":
        sums = np.maximum(sums, 0)
    elif recurrence.activation == "modrelu":
        negative = sums < 0
        sums = np.maximum(np.abs(sums) + model.bias[0], 0)
    if recurrence.multiplier != 1:
        sums = sums.astype(np.int64) * recurrence.multiplier
    unbounded = (sums + half) >> shift
    if negative is None:
        return np.clip(unbounded, -top, top - 1), unbounded
    sign = np.where(negative, -1, 1)
    return sign * np.minimum(unbounded, top - 1), sign * unbounded


def advance(
    model: IntegerModel, product: Sums, n: Integers, x: Integers, step: int
) -> tuple[Integers, Integers, Integers]:
    """Take a step.

    Parameters
    ----------
    product
        As from :func:`products`.
    n
        (n, d), the states before, in a type that holds the sums.
    x
        (n, channels), the inputs.
    step
        From 1.

    Returns
    -------
    states, unbounded
        As from :func:`requantize`; the states as ``n``.
    wrapped
        (n,): how many sums of each sequence wrapped.
    """
    p = model.parity(step)
    sums, wrapped = product(n)
    sums += model.inputs.terms(x, p).astype(n.dtype)
    if model.recurrence.activation != "modrelu" and model.bias.any():
        sums += model.bias[p].astype(n.dtype)
    if model.halvings:
        half = 1 << model.shift(step) >> 1
        words = wrap(sums + half, model.sum_word(step)) - half
        wrapped = wrapped + np.count_nonzero(words != sums, axis=1)
        sums = words
    states, unbounded = requantize(model, sums, step)
    return states.astype(n.dtype), unbounded, wrapped


def multiplied(z: Integers, v: Integers) -> Integers:
    """Multiply rows; as many sums as these fit a float64, whose matrix products are fast."""
    return (z.astype(np.float64) @ v.T.astype(np.float64)).astype(np.int64)


class Reading:
    """What the readout reads of a few sequences: their last states, or pools of all so far.

    Attributes
    ----------
    z : ndarray
        (batch, d): states less their origin, cut at zero or not; or their pool.
    """

    def __init__(self, model: IntegerModel, batch: int) -> None:
        self.model = model
        self.z = np.zeros((batch, model.hidden), np.int64)

    def take(self, n: Integers, step: int) -> None:
        """Read the states (batch, d) after a step, from 1; of a pool, after every step in turn."""
        z, readout = n - self.model.offset(self.model.parity(step)), self.model.readout
        if readout.pool is not None:
            self.z = readout.pool.add(self.z, readout.pool.features(z), step)
        else:
            self.z = np.maximum(z, 0) if readout.relu else z

    def multiplied(self, z: Integers, v: Integers) -> Integers:
        """Multiply what is read, (chosen, n), by a matrix of the readout."""
        return multiplied(z, v)

    def logits(self, step: int, chosen: npt.NDArray[np.bool_] | slice = slice(None)) -> Integers:
        """Logits (chosen, classes) after step ``step``."""
        p, table, z = self.model.parity(step), self.model.readout, self.z[chosen]
        count = 1 if table.pool is None else table.pool.count(step)
        if table.layer is not None:
            layer, half = table.layer, 1 << table.layer.shift >> 1
            sums = self.multiplied(z, layer.v) + count * layer.bias[p]
            top = (1 << self.model.state_bits - 1) - 1
            z = np.clip((sums + half) >> layer.shift, 0, top)
        return self.multiplied(z, table.v) + count * table.class_bias[p]


def readout(model: IntegerModel, n: Integers, step: int) -> Integers:
    """Logits (batch, classes) of states n, (batch, d), after a step; where none is pooled."""
    reading = Reading(model, len(n))
    reading.take(n, step)
    return reading.logits(step)


def real(model: IntegerModel, logits: Integers, lengths: Integers) -> Reals:
    """Turn logits into real units: those of the trained network, of pools the mean of a step.

    Parameters
    ----------
    logits
        (n, classes), or (n, T, classes) where they follow every step.
    lengths
        (n,): steps of each sequence.
    """
    steps = np.arange(1, logits.shape[1] + 1) if model.readout.every else lengths
    return logits * logit_unit(model, steps)[:, None]


def logit_unit(model: IntegerModel, steps: Integers) -> Reals:
    """Return what a logit of 1 is in real units after so many steps, (n,) as they are."""
    pool, unit = model.readout.pool, model.readout.logit_step[steps % model.parities]
    if pool is not None:
        unit = unit / np.array([pool.count(step) for step in steps.tolist()])
    return unit


def check_lengths(lengths: npt.ArrayLike | None, count: int, steps: int) -> Integers:
    """Return the length of each of ``count`` sequences of at most ``steps`` steps.

    Raises
    ------
    DataError
        If they are not integers 1..steps, one a sequence.
    """
    if lengths is None:
        return np.full(count, steps)
    array = np.asarray(lengths)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise DataError(
            f"lengths must be {count} integers, not {array.dtype} of {array.shape}",
            "pass one length a sequence",
        )
    if count and not (1 <= array.min() and array.max() <= steps):
        raise DataError(
            f"lengths must be 1..{steps}, not {array.min()}..{array.max()}",
            "cut the sequences, or correct the lengths",
        )
    return array.astype(np.int64)


def run(
    model: IntegerModel,
    x: npt.ArrayLike,
    lengths: npt.ArrayLike | None = None,
    *,
    states: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Run ``model`` over sequences.

    Parameters
    ----------
    x
        (n, T, channels) integers of the model's input range; T is 1 or more. (n, T) does for one
        channel, and for tokens.
    lengths
        (n,): how many steps of each sequence count; None for all.
    states
        Keep the state after every step.
    progress
        Called with the number of sequences finished since the last call.

    Raises
    ------
    DataError
        If ``x`` or ``lengths`` do not fit the model.
    """
    x = model.inputs.check(x)
    count, steps, _ = x.shape
    lengths = check_lengths(lengths, count, steps)
    every, d = model.readout.every, model.hidden
    # What float32 holds exactly takes half the time.
    wide = model.exact_bits > EXACT32
    product = products(model, np.float64 if wide else np.float32)
    integer = np.dtype("int64" if wide else "int32")
    kept = np.zeros((count, steps if states else 0, d), np.int32)
    pooled = model.readout.pool is not None
    pools = np.zeros((count, steps if states and pooled else 0, d), np.int64)
    shape = (count, steps) if every else (count,)
    logits = np.zeros((*shape, model.classes), np.int64)
    classes = np.full(shape, -1)
    saturated = wrapped = 0
    overflows = np.zeros((count, steps), bool)
    for begin in range(0, count, CHUNK):
        part = slice(begin, min(begin + CHUNK, count))
        ends, rows = lengths[part], np.arange(begin, part.stop)
        n = np.broadcast_to(model.offset(0).astype(integer), (rows.size, d))
        reading = Reading(model, rows.size)
        for t in range(1, int(ends.max()) + 1):
            n, unbounded, over = advance(model, product, n, x[part, t - 1], t)
            alive = ends >= t
            wrapped += int(over[alive].sum())
            wrong = n != unbounded
            saturated += int(np.count_nonzero(wrong[alive]))
            overflows[part, t - 1] = wrong.any(1) & alive
            if states:
                kept[rows[alive], t - 1] = n[alive]
            chosen = alive if every else ends == t
            if pooled or chosen.any():
                reading.take(n, t)
            if states and pooled:
                pools[rows[alive], t - 1] = reading.z[alive]
            if chosen.any():
                at = (rows[chosen], t - 1) if every else (rows[chosen],)
                logits[at] = reading.logits(t, chosen)
                classes[at] = model.readout.decide(logits[at])
        if progress is not None:
            progress(rows.size)
    return Run(classes, logits, kept, pools, saturated, overflows, wrapped)
