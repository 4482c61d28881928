"""The golden run against the trained network in floating point."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import IntegerModel, Integers
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sim.float_run import float_run


@dataclass(frozen=True)
class Agreement:
    """How far rounding moved the outputs.

    Parameters
    ----------
    sequences, steps, logits
        How many were compared.
    agreement
        Share of the answers with the same class, 0..1.
    logit_error
        Largest difference of a logit, in units of the trained network.
    logit_range
        Largest magnitude of a logit, to compare the error with.
    saturated
        State values that were saturated.
    """

    sequences: int
    steps: int
    logits: int
    agreement: float
    logit_error: float
    logit_range: float
    saturated: int


def compare_float(
    trained: TrainedModel, model: IntegerModel, x: Integers, lengths: Integers | None = None
) -> Agreement:
    """Run both over ``x``, (n, T, channels), integers of the model's input range.

    Raises
    ------
    DataError
        If ``x`` does not fit the model.
    MismatchError
        If there is no sequence.
    """
    if not len(x):
        raise MismatchError(
            "a verification must compare something, and has no sequences",
            "pass sequences with --data FILE.npz",
        )
    x = model.inputs.check(x)
    ends = golden.check_lengths(lengths, len(x), x.shape[1])
    run = golden.run(model, x, ends)
    real = float_run(trained, x, ends)
    asked = run.classes >= 0
    steps = np.broadcast_to(np.arange(1, x.shape[1] + 1), asked.shape) if asked.ndim > 1 else ends
    unit = model.readout.logit_step[steps[asked] % model.parities]
    logits, real = run.logits[asked] * unit[:, None], real[asked]
    same = run.classes[asked] == model.readout.decide(real)
    return Agreement(
        sequences=len(x),
        steps=int(ends.sum()),
        logits=logits.size,
        agreement=float(same.mean()),
        logit_error=float(np.abs(logits - real).max()),
        logit_range=float(np.abs(real).max()),
        saturated=run.saturated,
    )
