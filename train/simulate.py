"""The states that hardware comes to, in real units: for training that knows the rounding."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import golden
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard

try:
    from qrnn_hw.train import fixed
except ImportError:  # numba is optional; the golden run gives the same numbers more slowly
    fixed = None

Integers = npt.NDArray[np.integer]
# Sequences at a time, where all their states are kept.
PART = 64


def _drive(model: IntegerModel, x: Integers) -> tuple[npt.NDArray, Integers]:
    """Tabulate what the inputs that occur add, (parities, m, d), and find the row of each step."""
    inputs = model.inputs
    if isinstance(inputs, Tokens):
        rows, kinds = x[:, :, 0], np.arange(inputs.vocabulary)[:, None]
    elif inputs.channels == 1:
        low, high = int(x.min()), int(x.max())
        rows, kinds = x[:, :, 0] - low, np.arange(low, high + 1)[:, None]
    else:
        rows = np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2])
        kinds = x.reshape(-1, x.shape[2])
    return np.stack([inputs.terms(kinds, p) for p in range(model.parities)]), rows


def _dense_states(model: IntegerModel, x: Integers, lengths: Integers) -> npt.NDArray:
    """Run a dense recurrence that is linear or has a ReLU, many sequences a product."""
    recurrence = model.recurrence
    # What float32 holds exactly takes half the time.
    dtype = np.float32 if model.accumulator_bits <= golden.EXACT32 else np.float64
    product = recurrence.product(dtype)
    drive, rows = _drive(model, x.astype(np.int64))
    drive, rectify = drive[0] + model.bias[0], recurrence.activation == "relu"
    ends = np.empty((len(x), model.hidden), dtype)
    for first in range(0, len(x), golden.CHUNK):
        part = slice(first, first + golden.CHUNK)
        states = np.tile(model.offset(0).astype(dtype), (len(lengths[part]), 1))
        for step in range(lengths[part].max()):
            states = product(states)
            fixed.settle(states, drive, rows[part, step], rectify, recurrence.multiplier,
                         recurrence.fraction, 1 << model.state_bits - 1)  # fmt: skip
            over = lengths[part] == step + 1
            ends[part][over] = states[over]
    return ends


def last_states(model: IntegerModel, x: Integers, lengths: Integers) -> npt.NDArray:
    """Run sequences in integers, and keep the last state of each.

    Equal to the golden run, in every bit.

    Parameters
    ----------
    model
        Fast unless its recurrence has a modReLU.
    x
        (n, T, channels), integers of the wire.
    lengths
        (n,): steps of each that count.

    Returns
    -------
    ndarray
        (n, d), whole numbers.
    """
    if fixed is None or model.recurrence.activation == "modrelu":
        parts = [slice(first, first + PART) for first in range(0, len(x), PART)]
        runs = [golden.run(model, x[part], lengths[part], states=True) for part in parts]
        ends = [run.states[np.arange(len(run.states)), lengths[part] - 1]
                for run, part in zip(runs, parts)]  # fmt: skip
        return np.concatenate(ends)
    if not isinstance(model.recurrence, Hadamard):
        return _dense_states(model, x, lengths)
    # What float32 holds exactly takes half the time.
    dtype = np.float32 if model.accumulator_bits <= golden.EXACT32 else np.float64
    drive, rows = _drive(model, x.astype(np.int64))
    recurrence = model.recurrence
    shifts = np.array([model.shift(p) for p in range(model.parities)])
    return fixed.finish(
        drive.astype(dtype), rows, lengths, model.offset(0).astype(dtype),
        recurrence.signs.astype(dtype), recurrence.block, shifts, 1 << model.state_bits - 1,
    )  # fmt: skip


def real_states(model: IntegerModel, states: npt.NDArray, steps: Integers) -> npt.NDArray:
    """Turn states into h, in real units.

    Parameters
    ----------
    model
        Whose states they are.
    states
        (n, d).
    steps
        (n,): the step that each is of.

    Returns
    -------
    ndarray
        (n, d), float32.
    """
    parity = steps % model.parities
    unit = model.readout.logit_step / model.readout.logit_step[0] * model.state_step
    offset = np.stack([model.offset(p) for p in range(model.parities)])
    return ((states - offset[parity]) * unit[parity, None]).astype(np.float32)


def real_logits(model: IntegerModel, x: Integers, lengths: Integers) -> npt.NDArray:
    """Run sequences in integers; give their logits in real units, (n, classes) or for all steps."""
    if model.readout.every:
        logits = golden.run(model, x, lengths).logits
        parity = np.arange(1, x.shape[1] + 1) % model.parities
        return logits * model.readout.logit_step[parity][:, None]
    states = last_states(model, x, lengths)
    logits = np.empty((len(x), model.classes))
    for parity in range(model.parities):
        ends = lengths % model.parities == parity
        sums = golden.readout(model, states[ends], parity)
        logits[ends] = sums * model.readout.logit_step[parity]
    return logits
