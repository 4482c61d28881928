"""The readout of few sequences by least squares: closed forms, V rounded against its own errors."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.pooled.readout import CLIPPED, SMOOTHING, Trained, cross_entropies

#: Strengths to try, relative to the mean square of a sequence's features.
STRENGTHS = 10.0 ** np.arange(-4, 1.5, 0.5)
#: What answers are multiplied by, to be logits: the least loss on those that are left out.
SHARPNESS = 2.0 ** np.arange(0, 5.5, 0.5)
EVEN = 1e-3  # of all features' spread: the least that a unit is taken for


@dataclass(frozen=True)
class Ridge:
    """Penalised least squares of one strength, and how well it does without each sequence.

    Parameters
    ----------
    strength
        Of the penalty.
    weights
        (n, logits), of the sequences: ``V = weights^T x``.
    left_out
        (n, logits), the answer to each sequence of a readout of all the others.
    """

    strength: float
    weights: Reals
    left_out: Reals


def ridge(x: Reals, targets: Reals) -> Ridge:
    """Take the strength whose answers to sequences left out have the least squared error.

    Parameters
    ----------
    x, targets
        (n, d) and (n, logits); the mean of every column is 0, and a constant is fitted beside V.
    """
    values, vectors = np.linalg.eigh(x @ x.T)
    values, turned = np.maximum(values, 0), vectors.T @ targets
    found = []
    for strength in STRENGTHS * (values.mean() or 1.0):
        inverse = 1 / (values + strength)
        weights = (vectors * inverse) @ turned
        # An answer to a sequence moves by its leverage when the sequence is learnt.
        kept = strength * (vectors**2 @ inverse) - 1 / len(x)
        error = strength * weights / np.maximum(kept, 1e-9)[:, None]
        found.append(Ridge(strength, weights, targets - error))
    return min(found, key=lambda one: float(np.square(targets - one.left_out).sum()))


def rounded(v: Reals, covariance: Reals, step: float, top: int) -> Integers:
    """Round V unit by unit; what one loses, those after it make up for as well as they can.

    That is E. Frantar et al., "GPTQ" (arXiv 2210.17323): each unit in its turn is rounded, and the
    least squared error of the others is taken anew.

    Parameters
    ----------
    v
        (logits, d).
    covariance
        (d, d), inverse of the matrix of the error that is to be small.
    """
    factor = np.linalg.cholesky(covariance).T
    left, levels = v.copy(), np.zeros(v.shape, np.int64)
    for unit, row in enumerate(factor):
        levels[:, unit] = np.clip(np.rint(left[:, unit] / step), -top, top)
        lost = (left[:, unit] - levels[:, unit] * step) / row[unit]
        left[:, unit + 1 :] -= np.outer(lost, row[unit + 1 :])
    return levels


def fit_squares(z: Reals, y: Integers, count: int, bits: int) -> Trained:
    """Fit V by least squares; of a feature with twice the spread, half as much is lost by V.

    Parameters
    ----------
    z, y, count, bits
        As of :func:`~qrnn_hw.train.pooled.readout.train_readout`.
    """
    middle, spread = z.mean(0), z.std(0)
    size = float(z.std()) or 1.0
    # Between all features as they are and all alike: their spread to the half.
    unit = np.sqrt(size * np.maximum(spread, EVEN * size)) if spread.any() else np.ones_like(spread)
    x = (z - middle) / unit
    targets = 2.0 * (y[:, None] == np.arange(max(count, 2))) - 1
    targets = targets[:, -count:]
    constant = targets.mean(0)
    found = ridge(x, targets - constant)
    answers = found.left_out + constant
    sharpness = min(SHARPNESS, key=lambda one: cross_entropies(one * answers, y, SMOOTHING).sum())
    inner = np.linalg.inv(x @ x.T + found.strength * np.eye(len(x)))
    covariance = (np.eye(x.shape[1]) - x.T @ inner @ x) / found.strength / np.outer(unit, unit)
    v, top = sharpness * found.weights.T @ x / unit, (1 << bits - 1) - 1
    step = max(float(np.abs(v).mean()) * CLIPPED / top, 1e-30)
    levels = Levels(bits, step, rounded(v, covariance, step, top))
    return Trained(levels, sharpness * constant - levels.value @ middle)
