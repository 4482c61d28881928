"""From real units to integers: choose the scales once, for the golden run and the hardware."""

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers, Reals, require_positive
from qrnn_hw.export.document import encode
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Channel, Numbers, Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import HiddenLayer, Origin, Readout
from qrnn_hw.export.recurrence import HALVED, TRANSFORMS, Dense, Hadamard
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import DenseWeights, HadamardWeights, NumberInputs, RealReadout

GAIN_GUARD_BITS = 4  # fraction bits of the gain beyond the input's: its error stays below 1/16
# Entries are rounded again, to whole units of the sum; four bits would lose a tenth of a logit.
LEAST_TABLE_BITS, TABLE_GUARD_BITS = 8, 2
FINEST = 32  # units of a dense sum that make a state's unit, at least: see `guard`
MULTIPLIER_BITS = 16
ROUNDED = 1 / 32
REACHED = 0.75  # of the extreme, which one state in many millions comes near


def digest(trained: TrainedModel) -> str:
    """SHA-256 of everything of a trained model that decides its outputs."""
    names = ("recurrence", "inputs", "readout", "bias", "origin", "state_range", "ranges")
    parts = {name: encode(getattr(trained, name)) for name in names}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_plain).encode()).hexdigest()


def _whole(values: Reals) -> Integers:
    """Round to integers; what is beyond all ranges of a model stays beyond them."""
    return np.rint(np.clip(values, -(2.0**62), 2.0**62)).astype(np.int64)


def _plain(array: npt.NDArray[Any]) -> Any:
    return array.tolist()


def _state_step(trained: TrainedModel, state_bits: int) -> float:
    """Real value of a state unit at even steps, from the range that suits the width.

    A range that calibration found is taken as it is. Where there is none, and there is an origin,
    the unit is a power of two times the origin's step, so that the origin is exact at even steps:
    the smallest that holds the range.
    """
    found = trained.ranges.get(str(state_bits))
    needed = (REACHED * trained.state_range if found is None else found) / (1 << state_bits - 1)
    if found is not None or trained.origin is None:
        return float(needed)
    exponent = np.ceil(np.log2(needed / trained.origin.step) - 1e-9)
    return float(trained.origin.step * 2.0**exponent)


def holding_range(trained: TrainedModel, reach: float, state_bits: int) -> float:
    """Choose the range of ``state_bits`` bits that no state of a magnitude up to ``reach`` leaves.

    At odd steps of odd q a state counts sqrt(2) units for one at even steps, and the largest
    integer is one less than the smallest. A unit and ``ROUNDED`` of the range are left for what
    rounding adds to a state, from step to step. With an origin the unit is a power of two times the
    origin's step, so that the origin is exact at even steps.

    Parameters
    ----------
    reach
        Largest magnitude of a state less its origin, in real units.
    """
    weights = trained.recurrence
    odd = isinstance(weights, HadamardWeights) and weights.block.bit_length() % 2 == 0
    top = 1 << state_bits - 1
    step = reach * (np.sqrt(2) if odd else 1) / (top * (1 - ROUNDED) - 2)
    if trained.origin is not None:
        step = trained.origin.step * 2.0 ** np.ceil(np.log2(step / trained.origin.step))
    return float(step * top)


def _recurrence(weights: HadamardWeights | DenseWeights, transform: str) -> Hadamard | Dense:
    if isinstance(weights, HadamardWeights):
        decay = None if weights.decay is None else weights.decay.copy()
        told = None if transform == TRANSFORMS[0] else transform
        return Hadamard(weights.signs.copy(), weights.block, weights.halves, decay, told)
    if transform == HALVED:
        raise ModelError(
            f"a {HALVED} transform must be of a Hadamard recurrence, not of dense weights",
            "take the exact one, or train --cell hadamrnn",
        )
    scale = weights.w.step
    if not 2.0**-25 <= scale < 2.0**24:
        raise ModelError(
            f"the step of w must be 2**-25 to 2**24, not {scale}", "train again with another scale"
        )
    # An input is rounded to whole units of the sum, so these must be small against a state's.
    guard = int(np.clip(np.ceil(np.log2(scale * FINEST)), 0, 8))
    fraction = MULTIPLIER_BITS + guard - 1 - int(np.floor(np.log2(scale)))
    multiplier = round(scale * 2.0 ** (fraction - guard))
    if multiplier == 1 << MULTIPLIER_BITS:
        multiplier, fraction = multiplier >> 1, fraction - 1
    levels = weights.w.levels.copy()
    return Dense(levels, weights.w.bits, multiplier, fraction, guard, weights.activation)


def _sum_step(recurrence: Hadamard | Dense, step: float, scale: Reals) -> Reals:
    """Real value of a unit of the sum, for each parity (its state has ``step / scale``)."""
    shifts = [recurrence.shift(p) for p in range(recurrence.parities)]
    return step / scale * recurrence.multiplier / np.exp2(shifts)


def _inputs(trained: TrainedModel, unit: Reals) -> Numbers | Tokens:
    given = trained.inputs
    if isinstance(given, NumberInputs):
        frac = given.bits + (given.zero is not None) + GAIN_GUARD_BITS
        gain = given.u.step * given.step / unit * 2.0**frac
        return Numbers(
            u=given.u.levels.copy(),
            u_bits=given.u.bits,
            bits=given.bits,
            signed=given.signed,
            gain=_whole(gain),
            gain_frac=frac,
            zero=None if given.zero is None else given.zero.copy(),
        )
    bits = min(16, max(LEAST_TABLE_BITS, given.table.bits + TABLE_GUARD_BITS))
    top, tables, shifts = (1 << bits - 1) - 1, [], []
    for parity in unit:
        table = given.table.value / parity
        excess = np.abs(table).max(initial=0) / (top + 0.499)
        shift = int(np.ceil(np.log2(np.clip(excess, 1, 2.0**40))))
        tables.append(_whole(table / 2.0**shift))
        shifts.append(shift)
    return Tokens(np.array(tables), bits, np.array(shifts, np.int64))


def _origin(trained: TrainedModel, state_bits: int, step: Reals) -> Origin | None:
    """Round the start, which is the origin's opposite, to the best grid of each parity."""
    if trained.origin is None or not trained.origin.levels.any():
        return None
    bits = min(trained.origin.bits, state_bits)
    top = 1 << bits - 1
    levels, shifts = [], []
    for row in -trained.origin.value / step[:, None]:
        choices = range(state_bits - bits + 1)
        grids = [np.clip(np.rint(row / 2.0**s), -top, top - 1) for s in choices]
        errors = [np.square(grid * 2.0**s - row).sum() for s, grid in zip(choices, grids)]
        best = int(np.argmin(errors))
        levels.append(grids[best])
        shifts.append(best)
    return Origin(bits, np.array(levels, np.int64), np.array(shifts, np.int64))


def _readout(given: RealReadout, state_bits: int, unit: Reals) -> Readout:
    """Quantize the readout of states whose unit is worth ``unit``, one a parity."""
    pool, layer = given.pool, None
    if pool is not None and pool.statistic == "count":
        unit = np.ones_like(unit)
    if given.layer is not None:
        units = given.layer.v.step * unit  # of its sums
        weight = 1 if pool is None else pool.weight
        excess = given.layer.reach * weight / units.min() / ((1 << state_bits - 1) - 1)
        shift = int(np.clip(np.ceil(np.log2(excess)), 0, 40))
        layer = HiddenLayer(
            given.layer.v.levels.copy(),
            given.layer.v.bits,
            _whole(given.layer.bias / units[:, None]),
            shift,
        )
        unit = units * 2.0**shift
    logit_step = given.v.step * unit
    return Readout(
        v=given.v.levels.copy(),
        v_bits=given.v.bits,
        class_bias=_whole(given.class_bias / logit_step[:, None]),
        relu=given.relu,
        every=given.every,
        logit_step=logit_step,
        pool=pool,
        layer=layer,
    )


def _channels(trained: TrainedModel) -> tuple[Channel, ...] | None:
    """Say what the numbers of the channels are, where the task tells."""
    step, inputs = trained.data_step, trained.inputs
    if not isinstance(inputs, NumberInputs) or (step is None and "channels" not in trained.task):
        return None
    count = inputs.channels
    steps = np.broadcast_to(np.array(1.0 if step is None else step), count).tolist()
    offsets = np.broadcast_to(np.array(trained.data_offset), count).tolist()
    names, units = (trained.task.get(name) or [""] * count for name in ("channels", "units"))
    return tuple(map(Channel, names, units, steps, offsets))


def _labels(trained: TrainedModel) -> tuple[str, ...]:
    named = trained.task.get("classes")
    if named:
        return tuple(map(str, named))
    return ("no", "yes") if trained.classes == 1 else tuple(map(str, range(trained.classes)))


@np.errstate(all="ignore")  # numbers beyond all ranges are refused by the parts
def integer_model(
    trained: TrainedModel, state_bits: int = 12, transform: str = TRANSFORMS[0]
) -> IntegerModel:
    """Convert a trained network to integers with states of ``state_bits`` bits.

    ``transform`` is "exact", or "halved" for words that stay as narrow as the states.

    ``h_t = state_step n_t / c_t`` with ``c_t = sqrt(2)`` at odd steps of a Hadamard recurrence
    with odd q, else 1; ``docs/arithmetic.md`` derives every constant.

    Raises
    ------
    ModelError
        If ``state_bits`` is not 4..16, a constant leaves its range, or there is no such transform
        of the network.
    """
    if not 4 <= state_bits <= 16:
        raise ModelError(f"state_bits must be 4..16, not {state_bits}", "12 keeps float accuracy")
    step = _state_step(trained, state_bits)
    recurrence = _recurrence(trained.recurrence, transform)
    scale = np.sqrt(2.0) ** np.arange(recurrence.parities)  # c_t
    unit = _sum_step(recurrence, step, scale)
    require_positive(unit, "the unit of a sum")
    return IntegerModel(
        state_bits=state_bits,
        recurrence=recurrence,
        inputs=_inputs(trained, unit),
        bias=_whole(trained.bias / unit[:, None]),
        origin=_origin(trained, state_bits, step / scale),
        readout=_readout(trained.readout, state_bits, step / scale),
        state_step=step,
        labels=_labels(trained),
        source=digest(trained),
        channels=_channels(trained),
    )
