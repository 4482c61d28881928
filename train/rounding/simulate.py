"""The states that hardware comes to, in real units: for training that knows the rounding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Dense, Hadamard
from qrnn_hw.train.kernels import NUMBA
from qrnn_hw.train.rounding.pools import poolable, pooled_logits

if TYPE_CHECKING or NUMBA:
    from qrnn_hw.train.kernels import fixed as fixed
else:
    fixed = None

States = npt.NDArray[Any]  # whole numbers, in a type that computes them fast
# Sequences at a time, where all their states are kept.
PART = 64


@dataclass(frozen=True)
class Trace:
    """Where a run in integers saturated, for gradients to find their way back.

    Parameters
    ----------
    kinds
        (m, channels): the inputs that occur.
    rows, lengths, ends, units
        As in :mod:`qrnn_hw.train.kernels.fixed`.
    """

    kinds: Integers
    rows: Integers
    lengths: Integers
    ends: npt.NDArray[np.integer[Any]]
    units: npt.NDArray[np.integer[Any]]


def _occurring(model: IntegerModel, x: Integers) -> tuple[Integers, Integers]:
    """List the inputs that occur, (m, channels), and find the row of each step, (n, T), in it."""
    x, inputs = x.astype(np.int64), model.inputs
    if isinstance(inputs, Tokens):
        return np.arange(inputs.vocabulary)[:, None], x[:, :, 0]
    if inputs.channels == 1:
        low, high = int(x.min()), int(x.max())
        return np.arange(low, high + 1)[:, None], x[:, :, 0] - low
    return x.reshape(-1, x.shape[2]), np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2])


def _drive(model: IntegerModel, kinds: Integers) -> Integers:
    """Tabulate what inputs add, (parities, m, d)."""
    return np.stack([model.inputs.terms(kinds, p) for p in range(model.parities)])


def _dense_states(model: IntegerModel, recurrence: Dense, x: Integers, lengths: Integers) -> States:
    """Run a dense recurrence that is linear or has a ReLU, many sequences a product."""
    # What float32 holds exactly takes half the time.
    dtype = np.float32 if model.accumulator_bits <= golden.EXACT32 else np.float64
    product = recurrence.product(dtype)
    kinds, rows = _occurring(model, x)
    drive, rectify = _drive(model, kinds)[0] + model.bias[0], recurrence.activation == "relu"
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


def _special(model: IntegerModel) -> bool:
    """Whether the states of a model have what the compiled code does not know.

    Halves are but shifts, and no state depends on a hidden layer.
    """
    return not model.needs <= {"decay by halves", "a hidden layer"}


def traceable(model: IntegerModel) -> bool:
    """Whether :func:`traced_states` takes a model."""
    known = isinstance(model.recurrence, Hadamard) and not _special(model)
    return fixed is not None and known


def traced_states(
    model: IntegerModel, x: Integers, lengths: Integers, record: bool = True
) -> tuple[States, Trace]:
    """Run sequences as :func:`last_states` does, and note which units saturate when."""
    # What float32 holds exactly takes half the time.
    dtype = np.float32 if model.accumulator_bits <= golden.EXACT32 else np.float64
    kinds, rows = _occurring(model, x)
    recurrence = cast(Hadamard, model.recurrence)
    shifts = np.array([model.shift(p) for p in range(model.parities)])
    states, ends, units = fixed.finish(
        _drive(model, kinds).astype(dtype), rows, lengths, model.offset(0).astype(dtype),
        recurrence.signs.astype(dtype), recurrence.block, shifts, 1 << model.state_bits - 1, record,
    )  # fmt: skip
    return states, Trace(kinds, rows, lengths, ends, units)


def last_states(model: IntegerModel, x: Integers, lengths: Integers) -> States:
    """Run sequences in integers, and keep the last state of each.

    Equal to the golden run, in every bit.

    Parameters
    ----------
    model
        Fast unless its recurrence has a modReLU, or its states need contract 3 for more than
        halves.
    x
        (n, T, channels), integers of the wire.
    lengths
        (n,): steps of each that count.

    Returns
    -------
    ndarray
        (n, d), whole numbers.
    """
    if fixed is None or _special(model) or model.recurrence.activation == "modrelu":
        parts = [slice(first, first + PART) for first in range(0, len(x), PART)]
        runs = [golden.run(model, x[part], lengths[part], states=True).states for part in parts]
        return np.concatenate(
            [run[np.arange(len(run)), lengths[part] - 1] for run, part in zip(runs, parts)]
        )
    if isinstance(model.recurrence, Dense):
        return _dense_states(model, model.recurrence, x, lengths)
    return traced_states(model, x, lengths, record=False)[0]


def real_states(model: IntegerModel, states: States, steps: Integers) -> npt.NDArray[np.float32]:
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


def real_logits(model: IntegerModel, x: Integers, lengths: Integers) -> npt.NDArray[np.float64]:
    """Run sequences in integers; give their logits in real units, (n, classes) or for all steps."""
    readout = model.readout
    once = readout.pool is not None and not readout.every and readout.layer is None
    if once and poolable(model):
        return golden.real(model, pooled_logits(model, x, lengths), lengths)
    if readout.every or _special(model):
        return golden.real(model, golden.run(model, x, lengths).logits, lengths)
    states = last_states(model, x, lengths)
    logits = np.empty((len(x), model.classes), np.int64)
    for parity in range(model.parities):
        ends = lengths % model.parities == parity
        logits[ends] = golden.readout(model, states[ends], parity)
    return golden.real(model, logits, lengths)
