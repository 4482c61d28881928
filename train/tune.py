"""The last epochs of training, which know the rounding of every state."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.golden import run as golden_run
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.calibrate import state_range
from qrnn_hw.train.clipped import clipped
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.fit import Epoch, Fit
from qrnn_hw.train.network import Network
from qrnn_hw.train.objective import Score
from qrnn_hw.train.origin import round_origin
from qrnn_hw.train.ranges import CLIPPINGS, judges, score_integers
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.run import Run
from qrnn_hw.train.simulate import last_states, real_states, traceable, traced_states
from qrnn_hw.train.weights import quantized

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

    Attributes
    ----------
    reach
        The range of the states.
    origin : Levels or None
        Of the network, a level being a power-of-two fraction of the range.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, fit: Fit) -> None:
        super().__init__(dataset, replace(recipe, sampled=0), copy.deepcopy(fit.network))
        self._peak, self._exact = state_range(self.network, self.train), fit.origin
        few = judges(dataset, recipe.hidden)
        clipping = self._best(CLIPPINGS, few)
        self._clip(self._best([clipping * nearby for nearby in NEARBY], MORE * few))
        self.begin(recipe.tune_epochs, recipe.lr * recipe.tune_lr)

    @torch.no_grad()
    def _clip(self, clipping: float) -> None:
        """Take a range, relative to the largest state; the origin on a grid that suits it."""
        self.reach, self.origin = self._peak * clipping, self._exact
        if self.origin is not None:
            self.origin = round_origin(self._exact.value, self.reach, self._exact.bits)
            self.network.origin.copy_(torch.from_numpy(self.origin.value))

    def _best(self, clippings: Iterable[float], judged: int) -> float:
        """Find the range that the integers do best with, on so many validation sequences."""
        self.val, best = Split(self.dataset, "val", judged), None
        for clipping in clippings:
            self._clip(clipping)
            score = self.validate()
            if best is None or not self.objective.better(best[0], score):
                best = score, clipping
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

    def features(self, batch: Batch) -> Tensor:
        model, wire = self.integers(), self._wire(batch)
        if self.network.read is None and traceable(model):
            states = self._clipped(model, *wire)
        else:
            states = self._linear(batch, model, *wire)
        return self.network.readout.features(states)

    def validate(self) -> Score:
        return score_integers(self.integers(), self.val, self.objective)


def tune(fit: Fit, dataset: Dataset, recipe: Recipe, report: Callable[[Epoch], None]) -> Tuned:
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

    Raises
    ------
    ModelError
        If the loss becomes infinite or NaN.
    """
    run = IntegerRun(dataset, recipe, fit)
    before = run.validate()
    curve: list[Epoch] = []
    best: tuple[Score, Network] = before, run.snapshot()
    for number in range(recipe.epochs + 1, recipe.epochs + 1 + recipe.tune_epochs):
        total = sum(run.advance(rows) for rows in run.shuffled())
        score = run.validate()
        curve.append(Epoch(number, total / run.batches, score.accuracy, score.loss))
        report(curve[-1])
        if run.objective.better(score, best[0]):
            best = score, run.snapshot()
    return Tuned(replace(fit, network=best[1], origin=run.origin), run.reach, before, tuple(curve))
