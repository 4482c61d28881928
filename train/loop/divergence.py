"""When a run has gone wrong for good, and what is measured then to say why.

A step costs no more than a look at its loss and at the sum of its gradients. All else is measured
once it has gone wrong.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.orthogonality import spectral_radius
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.recipe import Recipe

# A run has diverged once the mean loss of two epochs in a row is so many times what it began with,
# or what an answer at random costs, whichever is more, and is not about to come back by halves. Of
# 196 trained networks, of all tasks and cells, none had an epoch beyond 7 times the latter, not
# even the first.
EXPLODED = 100.0
# States that are so many times as large as in the network that was drawn have grown.
GROWN = 10.0
# A rounded orthogonal matrix is that close to a spectral radius of one.
RADIUS = 1.05
# A rate that is too high is said to be so many times a good one: the step it makes of the weights.
GOOD_STEP = 0.1
NAMES = {
    "inputs.u": "U",
    "inputs.table": "the table",
    "readout.v": "V",
    "readout.layer.v": "V of the hidden layer",
}


class Running(Protocol):
    """A run as it stands: :class:`~qrnn_hw.train.loop.run.Run`."""

    dataset: Dataset
    recipe: Recipe
    network: Network | GatedNetwork
    objective: Objective
    train: Split
    optimizer: torch.optim.Optimizer
    batches: int
    step: int
    past: int
    first_loss: float


def _at_random(dataset: Dataset) -> float:
    """Compute the mean loss of an answer that does not look at the sequence."""
    if dataset.regression:
        return float(np.var(dataset.y_train))
    return math.log(max(len(dataset.classes), 2))


def _finite(values: Tensor) -> bool:
    return bool(values.isfinite().all())


def finite_gradients(network: nn.Module) -> bool:
    """Whether all gradients are finite; of float32, whose sum in float64 cannot overflow."""
    grads = [weight.grad for weight in network.parameters() if weight.grad is not None]
    return math.isfinite(sum(grad.sum(dtype=torch.float64) for grad in grads))


@torch.no_grad()
def _largest_state(network: Network | GatedNetwork, batch: Batch) -> float:
    states = network.features(batch) if isinstance(network, GatedNetwork) else network.states(batch)
    return float(states.abs().max())


@torch.no_grad()
def _radius(network: Network | GatedNetwork) -> float:
    """Measure the spectral radius of a W that may have any; 1 for others."""
    recurrence = getattr(network, "recurrence", None)
    if not isinstance(recurrence, Dense):
        return 1.0
    matrix = recurrence.matrix()
    return float(spectral_radius(matrix)) if _finite(matrix) else math.inf


@torch.no_grad()
def _largest_step(run: Running, start: nn.Module) -> tuple[float, str]:
    """Find the weights that the last step of Adam moved most, relative to what they began at."""
    begun, names = dict(start.named_parameters()), {}
    for name, weight in run.network.named_parameters():
        names[weight] = name
    largest = 0.0, ""
    for group in run.optimizer.param_groups:
        beta, beta_square = group["betas"]
        for weight in group["params"]:
            memory, size = run.optimizer.state.get(weight), begun[names[weight]].norm()
            # Vectors begin at zero or near it.
            if not memory or weight.ndim < 2:
                continue
            mean = memory["exp_avg"] / (1 - beta ** memory["step"])
            square = memory["exp_avg_sq"] / (1 - beta_square ** memory["step"])
            step = group["lr"] * mean / (square.sqrt() + group["eps"])
            relative = float(step.double().norm() / size)
            if relative > largest[0]:
                largest = relative, names[weight]
    return largest


def _cause(run: Running, rows: Tensor | slice) -> tuple[str, str]:
    """Measure what is likely wrong, and say what helps."""
    batch, targets = run.train.batch(rows)
    if not (_finite(batch.x) and _finite(targets)):
        return "its data are not finite", "check the inputs and targets of the training split"
    lr, recipe = run.recipe.lr, run.recipe
    generator = torch.Generator().manual_seed(recipe.seed)
    start = build(run.dataset, recipe, run.objective, generator)
    step, name = _largest_step(run, start)
    if step > 1:
        lower = f"try --lr {min(lr / 4, lr * GOOD_STEP / step):.2g}"
        weights = NAMES.get(name, name)
        return (
            f"a step moves {weights} by {step:.2g} times its size, so the learning rate is too "
            "high",
            lower,
        )
    lower = f"try --lr {lr / 4:.2g}"
    for name, weight in run.network.named_parameters():
        if not _finite(weight):
            return f"weights of {NAMES.get(name, name)} are not finite", lower
    now, before, radius = (
        _largest_state(run.network, batch), _largest_state(start, batch), _radius(run.network)
    )  # fmt: skip
    states = f"states reach {now:.2g}, and {before:.2g} at the start"
    if radius > RADIUS and not now < GROWN * before:
        other = "--method bjorck, " if recipe.method == "binary" else ""
        return (
            f"{states}; W has the spectral radius {radius:.3g}, so states grow in every step",
            f"try {other}--cell hadamrnn, whose W keeps states as they are, or --lr {lr / 4:.2g}",
        )
    return states, lower


def diverged(run: Running, what: str, rows: Tensor | slice, step: int) -> ModelError:
    """Say where a run went wrong, and why.

    Parameters
    ----------
    run
        As it stands.
    what
        Is wrong.
    rows
        Of the training split: the batch that it shows on.
    step
        From 0, of the run.
    """
    epoch, batch = divmod(step, run.batches)
    cause, hint = _cause(run, rows)
    return ModelError(
        f"training must not diverge, and {what} in epoch {run.past + epoch + 1}, "
        f"batch {batch + 1} of {run.batches}: {cause}",
        hint,
    )


@contextmanager
def holding(run: Running, step: int) -> Iterator[None]:
    """Take it for a divergence if hardware cannot hold the weights any more, from a step on."""
    try:
        yield
    except ModelError as error:
        what = f"hardware cannot hold the weights ({error})"
        raise diverged(run, what, slice(run.recipe.batch), step) from error


def _after_epoch(run: Running, what: str) -> ModelError:
    return diverged(run, what, slice(run.recipe.batch), max(run.step - 1, 0))


def check_score(run: Running, score: Score) -> Score:
    """Pass a score on the validation split on.

    Raises
    ------
    ModelError
        If its loss is infinite or NaN.
    """
    if not math.isfinite(score.loss):
        raise _after_epoch(run, f"the validation loss is {score.loss}")
    return score


def check_epoch(run: Running, score: Score, losses: list[float]) -> None:
    """Check a run at the end of an epoch.

    Parameters
    ----------
    run
        As it stands.
    score
        On the validation split.
    losses
        Mean training losses of the epochs so far.

    Raises
    ------
    ModelError
        If a weight or the score is infinite or NaN, or the loss has exploded.
    """
    check_score(run, score)
    if not all(_finite(weight) for weight in run.network.parameters()):
        raise _after_epoch(run, "a weight is not finite")
    begun = max(run.first_loss, _at_random(run.dataset))
    before, now = [0.0, *losses][-2:]
    if min(before, now) > EXPLODED * begun and now > before / 2:
        raise _after_epoch(
            run, f"the mean loss has gone from {begun:.2g} to {before:.2g} and then {now:.2g}"
        )
