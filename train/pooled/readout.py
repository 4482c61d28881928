"""The readout of features: V in a few levels, trained as it will be rounded."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.weights import Levels

STEPS = 400
LEARNING_RATE = 0.03
BATCH = 1024
SMOOTHING = 0.1  # of the labels: a drawn recurrence tells small sets apart with any certainty
# Of the logarithm of a class's weight, what its logits must be ahead by in training. Weights of the
# loss do nothing where few sequences are told apart with certainty, and those of torch pull all
# smoothed labels towards rare classes. Of 158 sequences, 8 of them rare, on 190 others (two
# strengths of a bump, five draws each; mean recall of a class): weights 0.69 and 0.87, torch's
# 0.68 and 0.74; of the logarithm 0.25 0.74 and 0.91, 0.5 0.79 and 0.94, 0.75 0.78 and 0.91.
AHEAD = 0.6
CLIPPED = 2.5  # the largest level, in mean magnitudes of V


@dataclass(frozen=True)
class Trained:
    """``V z + class_bias``.

    Parameters
    ----------
    v, class_bias
        (logits, d) and (logits,); one logit decides between two classes.
    """

    v: Levels
    class_bias: Reals

    def logits(self, z: Reals) -> Reals:
        """Logits of features, (n, classes): that of no is 0 where one decides."""
        found = z @ self.v.value.T + self.class_bias
        return found if len(self.class_bias) > 1 else np.hstack([np.zeros_like(found), found])


def cross_entropies(logits: Reals, y: Integers, smoothing: float = 0.0) -> Reals:
    """Cross-entropies of answers, (n,): of labels that are spread over all classes a little.

    Parameters
    ----------
    logits
        (n, classes), or (n, 1): that of yes where one decides.
    """
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    shifted = logits - logits.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    own = logs[np.arange(len(y)), y]
    return -((1 - smoothing) * own + smoothing * logs.mean(1))


def _rounded(v: Tensor, top: int) -> tuple[Tensor, Tensor]:
    """Round V to levels of one step; the gradient passes as if it were not."""
    step = (v.detach().abs().mean() * CLIPPED + 1e-12) / top
    levels = (v.detach() / step).round().clamp(-top, top)
    return levels, step


def train_readout(
    z: Reals, y: Integers, count: int, bits: int, *, weights: Reals | None, seed: int
) -> Trained:
    """Train V on features.

    Parameters
    ----------
    z, y
        (n, d) and (n,).
    count
        Of logits: one a class, or one that decides.
    bits
        Of a level of V.
    weights
        (classes,), how much a sequence of a class counts; None for all alike.
    seed
        Of the first V and the batches.
    """
    generator = torch.Generator().manual_seed(seed)
    spread, middle = float(z.std()) or 1.0, z.mean(0)
    inputs = torch.from_numpy(((z - middle) / spread).astype(np.float32))
    targets = torch.from_numpy(y)
    v = (torch.randn(count, z.shape[1], generator=generator) * 0.01).requires_grad_()
    bias = torch.zeros(count, requires_grad=True)
    top = (1 << bits - 1) - 1
    ahead = None if weights is None else AHEAD * torch.from_numpy(weights.astype(np.float32)).log()
    optimizer = torch.optim.Adam([v, bias], lr=LEARNING_RATE)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 + math.cos(math.pi * step / STEPS)) / 2
        rows = slice(None) if len(y) <= 2 * BATCH else torch.randint(
            len(y), (BATCH,), generator=generator)  # fmt: skip
        levels, unit = _rounded(v, top)
        through = v + (levels * unit - v).detach()
        logits = inputs[rows] @ through.T + bias
        if count == 1:
            logits = functional.pad(logits, (1, 0))
        if ahead is not None:
            logits = logits - ahead
        loss = functional.cross_entropy(logits, targets[rows], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    levels, unit = _rounded(v, top)
    found = Levels(bits, float(unit) / spread, levels.numpy().astype(np.int64))
    return Trained(found, bias.detach().numpy().astype(np.float64) - found.value @ middle)
