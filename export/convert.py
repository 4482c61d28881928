"""From real units to integers: choose the scales once, for the golden run and the hardware."""

import hashlib
import json

import numpy as np

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

GAIN_GUARD_BITS = 4  # fraction bits of the gain beyond the input's: its error stays below 1/16


def digest(trained: TrainedModel) -> str:
    """SHA-256 of everything of a trained model that decides its outputs."""
    parts = {
        "signs": trained.signs.tolist(),
        "class_bias": trained.class_bias.tolist(),
        "input": [trained.input_bits, trained.input_signed, trained.input_step],
        "state_range": trained.state_range,
    }
    for name in ("u", "v", "origin"):
        tensor = getattr(trained, name)
        parts[name] = [tensor.bits, tensor.step, tensor.levels.tolist()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _state_step(trained: TrainedModel, state_bits: int) -> float:
    """Real value of a state unit at even steps.

    A power of two times the step of the origin, so that the origin is exact at even steps: the
    smallest whose range holds 3/4 of ``state_range``, an extreme that one state in many millions
    comes near. Odd steps count sqrt(2) times as many units and saturate sooner, still rarely.
    """
    needed = 0.75 * trained.state_range / (1 << state_bits - 1)
    return float(trained.origin.step * 2.0 ** np.ceil(np.log2(needed / trained.origin.step)))


def integer_model(trained: TrainedModel, state_bits: int = 12) -> IntegerModel:
    """Convert a trained network to integers with states of ``state_bits`` bits.

    ``h_t = state_step n_t / c_t`` with ``c_t = sqrt(2)`` at odd steps when log2(d) is odd, else 1;
    ``docs/arithmetic.md`` derives every constant.

    Raises
    ------
    ModelError
        If ``state_bits`` is not 4..16, or a constant leaves its range.
    """
    if not 4 <= state_bits <= 16:
        raise ModelError(f"state_bits must be 4..16, not {state_bits}", "12 keeps float accuracy")
    q = trained.hidden.bit_length() - 1
    parities = 1 + q % 2
    scale = np.sqrt(2.0) ** np.arange(parities)  # c_t
    shifts = np.array([(q + 1) // 2, q // 2])[:parities]
    step = _state_step(trained, state_bits)

    frac = trained.input_bits + GAIN_GUARD_BITS
    gain = trained.u.step * trained.input_step / step * scale * 2.0**shifts * 2.0**frac

    origin_bits = min(trained.origin.bits, state_bits)
    start = -np.outer(scale, trained.origin.value) / step
    top = 1 << origin_bits - 1
    origin, origin_shift = [], []
    for row in start:
        choices = range(state_bits - origin_bits + 1)
        grids = [np.clip(np.rint(row / 2.0**s), -top, top - 1) for s in choices]
        errors = [np.square(grid * 2.0**s - row).sum() for s, grid in zip(choices, grids)]
        best = int(np.argmin(errors))
        origin.append(grids[best])
        origin_shift.append(best)

    logit_step = trained.v.step * step / scale
    labels = trained.task.get("classes") or range(trained.classes)
    return IntegerModel(
        state_bits=state_bits,
        input_bits=trained.input_bits,
        input_signed=trained.input_signed,
        signs=trained.signs.copy(),
        u_bits=trained.u.bits,
        u=trained.u.levels[:, 0].copy(),
        v_bits=trained.v.bits,
        v=trained.v.levels.copy(),
        gain=np.rint(gain).astype(np.int64),
        gain_frac=frac,
        origin_bits=origin_bits,
        origin=np.array(origin, np.int64),
        origin_shift=np.array(origin_shift, np.int64),
        class_bias=np.rint(trained.class_bias / logit_step[:, None]).astype(np.int64),
        state_step=step,
        logit_step=logit_step,
        labels=tuple(map(str, labels)),
        source=digest(trained),
    )
