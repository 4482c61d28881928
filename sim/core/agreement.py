"""The golden run against the trained network in floating point, and the verdict on it."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sim.core.float_run import float_run

#: The least share of answers with the same class, unless another is asked for.
LEAST_AGREEMENT = 0.9
#: The most that the logits deviate, relative to what tells them apart.
MOST_DEVIATION = 0.5
_VARIES = 1e-9  # of the magnitude of numbers: what less than this differs is rounding


@dataclass(frozen=True)
class Agreement:
    """How far rounding moved the outputs.

    Parameters
    ----------
    sequences, steps, logits
        How many were compared.
    agreement
        Share of the answers with the same class, 0..1; None of a number, which has no class.
    logit_error
        Largest difference of a logit, in units of the trained network.
    logit_range
        Largest magnitude of a logit, to compare the error with.
    logit_deviation
        Root mean square of the errors, relative to the spread of the float logits. What all logits
        of an answer share decides nothing, and is in neither; the spread of a number is about its
        mean. NaN or infinite where a logit is, or where logits differ that should be equal.
    saturated
        State values that were saturated.
    """

    sequences: int
    steps: int
    logits: int
    agreement: float | None
    logit_error: float
    logit_range: float
    logit_deviation: float
    saturated: int

    def holds(self, least: float = LEAST_AGREEMENT) -> bool:
        """Whether the integers do what the network does.

        Parameters
        ----------
        least
            Share of the answers that must have the same class, 0..1.
        """
        finite = bool(np.isfinite([self.logit_error, self.logit_range]).all())
        same = self.agreement is None or self.agreement >= least
        return finite and same and self.logit_deviation <= MOST_DEVIATION

    def require(self, least: float = LEAST_AGREEMENT) -> None:
        """Check that it :meth:`holds`.

        Raises
        ------
        MismatchError
            If too few classes are the same; or if the logits deviate by more than
            ``MOST_DEVIATION``, or are not finite.
        """
        if self.holds(least):
            return
        if not np.isfinite([self.logit_error, self.logit_range]).all():
            raise MismatchError(
                "the logits of the float network and of the integers must be finite numbers, "
                "and are not",
                "no sound weights, or no sound range, give such: train or import the model again",
            )
        wanted = f"logits off by {MOST_DEVIATION:.0%} of their spread at most"
        found = f"{self.logit_deviation:.2%}"
        if self.agreement is not None:
            wanted = f"the same class {least:.2%} of the time or more, {wanted}"
            found = f"{self.agreement:.2%} and {found}"
        raise MismatchError(
            f"the integers must answer as the float network does: {wanted}; not {found}",
            "try more --state-bits; or `train --state-bits N` for narrow states; or a range of the "
            "states that suits them: `import --calibrate`, or another --state-range",
        )


def _rms(values: Reals) -> float:
    """Root mean square, without overflow."""
    largest = float(np.abs(values).max())
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.square(values / largest).mean()))


def _telling(logits: Reals) -> Reals:
    """Take off what all logits of an answer, (n, classes), share."""
    return logits - logits.mean(1, keepdims=True) if logits.shape[1] > 1 else logits


def _deviation(errors: Reals, logits: Reals, number: bool) -> float:
    """Root mean square of errors, (n, classes), relative to the spread of the logits.

    Numbers that are all the same have no spread: then it is relative to their magnitude.
    """
    magnitude = _rms(_telling(logits))
    spread = _rms(logits - logits.mean()) if number else magnitude
    if spread <= _VARIES * magnitude:
        spread = magnitude
    error = _rms(_telling(errors))
    return error / spread if spread else error and np.inf


@np.errstate(all="ignore")  # what is not finite is judged, not warned of
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
    return compare(model, float_run(trained, x, ends), x, ends)


@np.errstate(all="ignore")
def compare(model: IntegerModel, real: Reals, x: Integers, ends: Integers) -> Agreement:
    """Compare a golden run with what the float network made of the same sequences.

    Parameters
    ----------
    real
        As from :func:`~qrnn_hw.sim.core.float_run.float_run`.
    x, ends
        (n, T, channels), one or more, integers of the model's input range, and the length of each.
    """
    run = golden.run(model, x, ends)
    asked = run.classes >= 0
    steps = np.broadcast_to(np.arange(1, x.shape[1] + 1), asked.shape) if asked.ndim > 1 else ends
    unit = model.readout.logit_step[steps[asked] % model.parities]
    logits, real = run.logits[asked] * unit[:, None], real[asked]
    # A logit that is no number decides nothing.
    same = (run.classes[asked] == model.readout.decide(real)) & np.isfinite(real).all(1)
    number = len(model.labels) == 1
    return Agreement(
        sequences=len(x),
        steps=int(ends.sum()),
        logits=logits.size,
        agreement=None if number else float(same.mean()),
        logit_error=float(np.abs(logits - real).max()),
        logit_range=float(np.abs(real).max()),
        logit_deviation=float(_deviation(logits - real, real, number)),
        saturated=run.saturated,
    )
