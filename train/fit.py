"""The training loop."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from qrnn_hw.export.trained import Levels
from qrnn_hw.train.cells.gated import GatedNetwork
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.network import Network
from qrnn_hw.train.objective import Score
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.run import Run


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Parameters
    ----------
    number
        From 1.
    loss
        Mean training loss, dropout included.
    val_accuracy
        0..1, at its end.
    val_loss
        Mean loss of an answer, at its end.
    """

    number: int
    loss: float
    val_accuracy: float
    val_loss: float

    @property
    def score(self) -> Score:
        """The validation split's."""
        return Score(self.val_accuracy, self.val_loss)


@dataclass(frozen=True)
class Fit:
    """A trained network.

    Parameters
    ----------
    network
        Its float parameters; weights quantize at use, the origin of a Hadamard recurrence is on
        its grid.
    origin
        The origin as levels; None for other recurrences.
    chosen
        The epoch that ``network`` comes from, the best on the validation split after the origin
        was rounded.
    reach
        State range when the origin was rounded; the step of the origin is a power-of-two
        fraction of it.
    before_rounding
        Validation score just before the origin was rounded.
    after_rounding
        The same just after, before anything adapted.
    curve
        All epochs.
    validated
        How many validation sequences they are scored on.
    """

    network: Network | GatedNetwork
    origin: Levels | None
    chosen: Epoch
    reach: float
    before_rounding: Score
    after_rounding: Score
    curve: tuple[Epoch, ...]
    validated: int


def fit(dataset: Dataset, recipe: Recipe, report: Callable[[Epoch], None]) -> Fit:
    """Train a network.

    The origin is a float for most of the run. Then it is rounded to what hardware stores, and the
    weights adapt to that for the rest. The network kept is that of the epoch after the rounding
    that validates best. One thread, so that the same seed gives the same bits.

    Parameters
    ----------
    dataset
        Its test split is not touched.
    recipe
        How.
    report
        Called after every epoch.

    Raises
    ------
    ModelError
        If the loss becomes infinite or NaN.
    """
    torch.set_num_threads(1)
    run = Run(dataset, recipe)
    freeze = int(recipe.freeze * run.steps)
    curve: list[Epoch] = []
    best: tuple[Epoch, Network | GatedNetwork] | None = None
    for number in range(1, recipe.epochs + 1):
        total = 0.0
        for rows in run.shuffled():
            if run.step == freeze:
                before = run.validate()
                origin, reach = run.settle()
                after = run.validate()
            total += run.advance(rows)
        score = run.validate()
        curve.append(Epoch(number, total / run.batches, score.accuracy, score.loss))
        report(curve[-1])
        if run.step > freeze and (
            best is None or run.objective.better(curve[-1].score, best[0].score)
        ):
            best = curve[-1], run.snapshot()
    validated = len(run.val)
    return Fit(best[1], origin, best[0], reach, before, after, tuple(curve), validated)
