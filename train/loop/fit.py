"""The training loop."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.course import Course, Epoch
from qrnn_hw.train.loop.divergence import check_score
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.state import levels_state, load_levels
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Score
from qrnn_hw.train.recipe import Recipe

PART = "fit"  # of a checkpoint


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

    @property
    def compiled(self) -> Network:
        """The network, of a cell that hardware computes.

        Raises
        ------
        ModelError
            If it is an LSTM or a GRU.
        """
        if isinstance(self.network, Network):
            return self.network
        raise ModelError("the network must be one for hardware, not gated", "choose another cell")


@dataclass(frozen=True)
class Settled:
    """The rounding of the origin.

    Parameters
    ----------
    origin, reach, before, after
        As a :class:`Fit` has them.
    """

    origin: Levels | None
    reach: float
    before: Score
    after: Score

    @classmethod
    def of(cls, run: Run) -> "Settled":
        """Round the origin of a run, and validate before and after."""
        before = check_score(run, run.validate())
        origin, reach = run.settle()
        return cls(origin, reach, before, run.validate())

    def state(self) -> dict[str, Any]:
        """Take it down."""
        return {
            "origin": levels_state(self.origin),
            "reach": self.reach,
            "before": asdict(self.before),
            "after": asdict(self.after),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> "Settled":
        """Put back what :meth:`state` took down."""
        scores = Score(**state["before"]), Score(**state["after"])
        return cls(load_levels(state["origin"]), state["reach"], *scores)


def fit(
    dataset: Dataset,
    recipe: Recipe,
    report: Callable[[Epoch], None],
    checkpoint: Checkpoint | None = None,
) -> Fit:
    """Train a network.

    The origin is a float for most of the run. Then it is rounded to what hardware stores, and the
    weights adapt to that for the rest. The network kept is that of the epoch after the rounding
    that validates best.

    Parameters
    ----------
    dataset
        Its test split is not touched.
    recipe
        How.
    report
        Called after every epoch.
    checkpoint
        Open for this run: where to go on from, and where to keep what every epoch comes to.

    Raises
    ------
    ModelError
        If the run diverges.
    """
    torch.set_num_threads(recipe.threads)
    run = Run.of(dataset, recipe)
    course, settled = Course(run), None
    if checkpoint is not None and (kept := checkpoint.part(PART)) is not None:
        course.load(kept["course"])
        settled = kept["settled"] and Settled.load(kept["settled"])
    freeze = int(recipe.freeze * run.steps)
    for number in range(len(course.curve) + 1, recipe.epochs + 1):
        total = 0.0
        for rows in run.shuffled():
            if run.step == freeze:
                settled = Settled.of(run)
            total += run.advance(rows)
        epoch = course.close(number, total / run.batches)
        if settled is not None:
            course.consider(number, epoch.score)
        if checkpoint is not None:
            state = {"course": course.state(), "settled": settled and settled.state()}
            checkpoint.keep(PART, number, state)
        report(epoch)
    best = course.best
    assert settled is not None  # what makes an epoch count
    return Fit(
        best.network.cpu(),
        settled.origin,
        course.curve[best.epoch - 1],
        settled.reach,
        settled.before,
        settled.after,
        tuple(course.curve),
        len(run.strategy.val),
    )
