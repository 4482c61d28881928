"""The last epochs of training, which know the rounding of every state."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.golden import run as golden_run
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.course import Course, Epoch
from qrnn_hw.train.loop.divergence import diverged
from qrnn_hw.train.loop.fit import Fit
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.state import levels_state, load_levels
from qrnn_hw.train.networks.origin import round_origin
from qrnn_hw.train.networks.weights import quantized
from qrnn_hw.train.objective import Score
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.rounding.calibrate import state_range
from qrnn_hw.train.rounding.clipped import clipped
from qrnn_hw.train.rounding.ranges import CLIPPINGS, clearer, judges, score_integers
from qrnn_hw.train.rounding.simulate import last_states, real_states, traceable, traced_states

PART = "tune"  # of a checkpoint
# Validation sequences that an epoch is scored on, relative to those that a range is judged on.
MORE = 5
# Near the best range others are tried on as many: half a bit apart they differ by half a point.
NEARBY = tuple(2.0 ** (k / 4) for k in (1, 0, -1))


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


class IntegerRun(Run):
    """A run whose features are those of hardware.

    Forward, every batch runs in the integers that the weights of the moment convert to; backward,
    the gradient passes every rounding as if it were none, and stops at saturated states. Where
    several steps are read, or W is dense, it does not stop there.

    Parameters
    ----------
    dataset, recipe
        What to train on, and how.
    fit
        The network to go on with.
    resumed
        Whether a state is loaded next, which knows the range.

    Attributes
    ----------
    reach
        The range of the states.
    origin : Levels or None
        Of the network, a level being a power-of-two fraction of the range.
    """

    whole = True

    def __init__(self, dataset: Dataset, recipe: Recipe, fit: Fit, resumed: bool = False) -> None:
        recipe = replace(recipe, sampled=0, device="cpu")
        super().__init__(dataset, recipe, copy.deepcopy(fit.network))
        self._exact, few = fit.origin, judges(dataset, recipe.hidden)
        if resumed:
            self.val = Split(dataset, "val", MORE * few)
        else:
            self._peak = state_range(self.network, self.train)
            clipping = self._best(CLIPPINGS, few)
            self._clip(self._best([clipping * nearby for nearby in NEARBY], MORE * few))
        self.begin(recipe.tune_epochs, recipe.lr * recipe.tune_lr)
        self.past = recipe.epochs

    @torch.no_grad()
    def _clip(self, clipping: float) -> None:
        """Take a range, relative to the largest state; the origin on a grid that suits it."""
        self.reach, self.origin = self._peak * clipping, self._exact
        if self.origin is not None:
            self.origin = round_origin(self._exact.value, self.reach, self._exact.bits)
            self.network.origin.copy_(torch.from_numpy(self.origin.value))

    def _best(self, clippings: Iterable[float], judged: int) -> float:
        """Find the range that the integers lose least with, on so many validation sequences."""
        self.val, best = Split(self.dataset, "val", judged), None
        for clipping in clippings:
            self._clip(clipping)
            try:
                score = self._score(self.integers())
            except ModelError as error:  # a constant leaves its width
                unfit = error
                continue
            if best is None or clearer(score, best[0]):
                best = score, clipping
        if best is None:
            raise unfit
        return best[1]

    def integers(self) -> IntegerModel:
        """Convert the network as it is."""
        recipe = self.recipe
        model = quantized(self.network, self.dataset, recipe.cell, self.origin, self._peak)
        model = replace(model, ranges={str(recipe.state_bits): self.reach})
        return integer_model(model, recipe.state_bits)

    def _wire(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Turn a batch back into integers of the wire and lengths."""
        x = batch.x
        if x.is_floating_point():
            x = (x / self.dataset.gain).round().long()
        else:
            x = x[:, :, None]
        steps = torch.full((len(batch),), batch.steps)
        return x.numpy(), (steps if batch.lengths is None else batch.lengths).numpy()

    def _clipped(self, model: IntegerModel, x: np.ndarray, lengths: np.ndarray) -> Tensor:
        """Run a recurrence whose gradient knows of saturation; of shape (n, d)."""
        network = self.network
        states, trace = traced_states(model, x, lengths)
        kinds = torch.from_numpy(trace.kinds)
        kinds = kinds[:, 0] if self.train.tokens else kinds.float() * self.dataset.gain
        drive = network.inputs.drive(kinds, network.inputs.columns())
        exact = torch.from_numpy(real_states(model, states, lengths)) - network.origin.detach()
        recurrence = network.recurrence
        moved = clipped(drive, -network.origin, exact, trace, recurrence.signs, recurrence.block)
        return moved + network.origin

    def _linear(
        self, batch: Batch, model: IntegerModel, x: np.ndarray, lengths: np.ndarray
    ) -> Tensor:
        """Run any other, its gradient that of real numbers, the rounding added as a constant."""
        states = self.network.states(batch)
        if states.ndim == 2:
            exact = real_states(model, last_states(model, x, lengths), lengths)
        else:
            read = states.shape[1]
            kept = golden_run(model, x, lengths, states=True).states[:, -read:]
            steps = np.arange(1 + batch.steps - read, 1 + batch.steps)
            exact = real_states(model, kept.reshape(-1, kept.shape[2]),
                                np.tile(steps, len(batch))).reshape(kept.shape)  # fmt: skip
        return states + (torch.from_numpy(exact) - states).detach()

    def _current(self, step: int) -> IntegerModel:
        """Convert the network at a step, where it is still one that hardware can hold."""
        try:
            return self.integers()
        except ModelError as error:
            what = f"hardware cannot hold the weights ({error})"
            raise diverged(self, what, slice(self.recipe.batch), step) from error

    def features(self, batch: Batch) -> Tensor:
        model, wire = self._current(self.step), self._wire(batch)
        if self.network.read is None and traceable(model):
            states = self._clipped(model, *wire)
        else:
            states = self._linear(batch, model, *wire)
        return self.network.readout.features(states)

    def _score(self, model: IntegerModel) -> Score:
        return score_integers(model, self.val, self.objective)

    def validate(self) -> Score:
        return self._score(self._current(max(self.step - 1, 0)))

    def state(self) -> dict[str, Any]:
        range_ = {"peak": self._peak, "reach": self.reach, "origin": levels_state(self.origin)}
        return super().state() | range_

    def load(self, state: dict[str, Any]) -> None:
        super().load(state)
        self._peak, self.reach = state["peak"], state["reach"]
        self.origin = load_levels(state["origin"])


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
    run = IntegerRun(dataset, recipe, fit, resumed=kept is not None)
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
    tuned = replace(fit, network=course.best.network, origin=run.origin)
    return Tuned(tuned, run.reach, before, tuple(course.curve))
