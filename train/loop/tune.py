"""The last epochs of training, which know the rounding of every state."""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.course import Course, Epoch
from qrnn_hw.train.loop.fit import Fit
from qrnn_hw.train.loop.integers import Integers
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.strategy import Setting
from qrnn_hw.train.objective import Score
from qrnn_hw.train.recipe import Recipe

PART = "tune"  # of a checkpoint


@dataclass(frozen=True)
class Tuned:
    """What tuning came to.

    Parameters
    ----------
    fit
        The tuned network.
    reach
        The range of the states that it was tuned for.
    before
        Score of the integers on validation sequences before tuning.
    curve
        The epochs; their scores are those of the integers.
    """

    fit: Fit
    reach: float
    before: Score
    curve: tuple[Epoch, ...]


def in_integers(fit: Fit, dataset: Dataset, recipe: Recipe, resumed: bool = False) -> Integers:
    """Make the strategy that goes on with a copy of a network.

    Parameters
    ----------
    fit, dataset, recipe
        As :func:`tune` takes them.
    resumed
        Whether a state is loaded next, which knows the range.
    """
    network = copy.deepcopy(fit.compiled)
    setting = Setting.of(dataset, replace(recipe, sampled=0, device="cpu"), network)
    return Integers(setting, network, fit.origin, resumed)


def tune(
    fit: Fit,
    dataset: Dataset,
    recipe: Recipe,
    report: Callable[[Epoch], None],
    checkpoint: Checkpoint | None = None,
) -> Tuned:
    """Go on with a trained network, in the arithmetic of hardware with narrow states.

    Parameters
    ----------
    fit
        The network; it stays as it is.
    dataset
        Its test split is not touched.
    recipe
        ``state_bits``, ``tune_epochs`` and ``tune_lr`` say how.
    report
        Called after every epoch, numbered on from those of the fit.
    checkpoint
        Open for this run: where to go on from, and where to keep what every epoch comes to.

    Raises
    ------
    ModelError
        If the run diverges.
    """
    kept = None if checkpoint is None else checkpoint.part(PART)
    strategy = in_integers(fit, dataset, recipe, resumed=kept is not None)
    run = Run(strategy)
    run.begin(recipe.tune_epochs, recipe.lr * recipe.tune_lr, past=recipe.epochs)
    course = Course(run)
    if kept is None:
        before = run.validate()
        course.consider(0, before)
    else:
        before = Score(**kept["before"])
        course.load(kept["course"])
    first = recipe.epochs + 1
    for number in range(first + len(course.curve), first + recipe.tune_epochs):
        total = sum(run.advance(rows) for rows in run.shuffled())
        epoch = course.close(number, total / run.batches)
        course.consider(number, epoch.score)
        if checkpoint is not None:
            state = {"course": course.state(), "before": asdict(before)}
            checkpoint.keep(PART, number, state)
        report(epoch)
    tuned = replace(fit, network=course.best.network, origin=strategy.origin)
    return Tuned(tuned, strategy.reach, before, tuple(course.curve))
