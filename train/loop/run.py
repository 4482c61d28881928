"""A training run as it stands between two steps."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.loop.divergence import diverged, finite_gradients, holding
from qrnn_hw.train.loop.state import load_network, network_state
from qrnn_hw.train.loop.strategy import Setting, Strategy, in_reals
from qrnn_hw.train.loop.warp import ImageWarp
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Score
from qrnn_hw.train.recipe import Recipe, Schedule
from qrnn_hw.train.rounding.calibrate import state_range

# The grid aims a little below the range that was seen: the extreme is far from what is usual, and
# finer steps matter more than the few states beyond.
REACH = 0.92
# Share of a run that the learning rate rises for.
WARM_UP = 0.05


def rate(step: int, steps: int, schedule: Schedule = "cosine") -> float:
    """Compute the learning rate of a step, relative to its peak.

    Rises linearly for a twentieth of the run, then falls to zero.

    Parameters
    ----------
    step
        0..steps-1.
    steps
        Steps of the run.
    schedule
        How it falls: along half a cosine, or a line.
    """
    warm = max(round(WARM_UP * steps), 1)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / (steps - warm)
    return 1 - done if schedule == "linear" else (1 + math.cos(math.pi * done)) / 2


class Run:
    """Network, optimizer and random numbers of a run.

    Parameters
    ----------
    strategy
        How losses and scores are computed, and of what.

    Attributes
    ----------
    network : Network or GatedNetwork
        The network that the optimizer moves.
    objective : Objective
        What is asked of it.
    generator : torch.Generator
        The source of all that is random.
    batches
        Batches an epoch.
    steps
        Optimizer steps of the run.
    step
        Steps taken.
    past
        Epochs of runs before this one.
    first_loss
        Of the first step; 0 before it.
    """

    optimizer: torch.optim.Optimizer

    def __init__(self, strategy: Strategy) -> None:
        self.strategy, setting = strategy, strategy.setting
        self.dataset, self.train = setting.dataset, setting.train
        self.recipe, self.objective = setting.recipe, setting.objective
        self.generator, self.network = setting.generator, setting.network
        dataset, recipe = self.dataset, self.recipe
        self.batches = math.ceil(len(self.train) / recipe.batch)
        self.first_loss = 0.0
        self.begin(recipe.epochs, recipe.lr)
        self._average: Network | GatedNetwork | None = None
        self._warp: ImageWarp | None = None
        if recipe.warp:
            if dataset.image is None or dataset.order is None:
                raise ModelError(f"{dataset.name} must be images to be warped", "leave warp out")
            self._warp = ImageWarp(dataset.image, dataset.order)

    @classmethod
    def of(
        cls, dataset: Dataset, recipe: Recipe, network: Network | GatedNetwork | None = None
    ) -> "Run":
        """Begin one in real numbers, of a network to go on with or of a new one."""
        return cls(in_reals(Setting.of(dataset, recipe, network)))

    def begin(self, epochs: int, lr: float, past: int = 0) -> None:
        """Begin a course of the learning rate, with an optimizer that has no memory."""
        self.steps, self.step, self.past, self._lr = epochs * self.batches, 0, past, lr
        factors: dict[float, list[nn.Parameter]] = {}
        for name, weight in self.network.named_parameters():
            if self._turned is not None and weight is self._turned.weight:
                continue
            factor = 1.0
            if name.startswith("inputs."):
                factor = self.recipe.u_factor
            elif name == "recurrence.weight.weight":
                factor = self.recipe.w_factor
            factors.setdefault(factor, []).append(weight)
        groups = [{"params": group, "factor": factor} for factor, group in factors.items()]
        self.optimizer = torch.optim.Adam(groups, eps=self.strategy.epsilon)

    @property
    def _turned(self) -> ProjunnMatrix | None:
        """The matrix that updates itself."""
        recurrence = getattr(self.network, "recurrence", None)
        matrix = recurrence.weight if isinstance(recurrence, Dense) else None
        return matrix if isinstance(matrix, ProjunnMatrix) else None

    def shuffled(self) -> tuple[Tensor, ...]:
        """Draw the batches of an epoch, as rows of the training split."""
        return torch.randperm(len(self.train), generator=self.generator).split(self.recipe.batch)

    def loss(self, rows: Tensor) -> Tensor:
        """Compute the mean loss of a batch, rows of the training split."""
        batch, targets = self.train.batch(rows)
        if self._warp is not None:
            batch = Batch(self._warp(batch.x[:, :, 0], self.generator)[:, :, None])
        with holding(self, self.step):
            return self.strategy.loss(batch, targets)

    def advance(self, rows: Tensor) -> float:
        """Take an optimizer step on a batch.

        Parameters
        ----------
        rows
            Rows of the training split.

        Returns
        -------
        float
            The loss before the step.

        Raises
        ------
        ModelError
            If the loss or a gradient is infinite or NaN.
        """
        relative = rate(self.step, self.steps, self.recipe.schedule)
        for group in self.optimizer.param_groups:
            group["lr"] = self._lr * group["factor"] * relative
        loss = self.loss(rows)
        value = loss.item()
        if not math.isfinite(value):
            raise diverged(self, f"the loss is {value}", rows, self.step)
        if not self.step:
            self.first_loss = value
        self.network.zero_grad()
        loss.backward()
        if not finite_gradients(self.network):
            raise diverged(self, "a gradient is not finite", rows, self.step)
        turned = self._turned
        if self.recipe.clip:
            parts = [group["params"] for group in self.optimizer.param_groups]
            for part in parts if turned is None else [*parts, [turned.weight]]:
                nn.utils.clip_grad_norm_(part, self.recipe.clip)
        self.optimizer.step()
        if turned is not None:
            turned.update(self._lr * self.recipe.w_factor * relative)
        if self.recipe.outliers:
            self.network.clip_outliers(self.recipe.outliers)
        if self._average is not None:
            self._move(self._average)
        self.step += 1
        return value

    @torch.no_grad()
    def _move(self, average: Network | GatedNetwork) -> None:
        """Let averaged weights follow those of the moment."""
        for mean, weight in zip(average.parameters(), self.network.parameters()):
            mean.lerp_(weight, 1 - self.recipe.average)

    @property
    def _result(self) -> Network | GatedNetwork:
        """The network that counts: of averaged weights where these are asked for."""
        return self.network if self._average is None else self._average

    def validate(self) -> Score:
        """Score the network that counts on the validation split."""
        with holding(self, max(self.step - 1, 0)):
            return self.strategy.score(self._result)

    @torch.no_grad()
    def settle(self) -> tuple[Levels | None, float]:
        """Put the origin on its grid for good, and start to train with the noise of rounding.

        From here on weights are averaged, if the recipe says so.

        Returns
        -------
        levels
            The origin; None if the recurrence stores none.
        reach
            The state range that its step is a power-of-two fraction of; 0 for a gated network.
        """
        levels, reach = None, 0.0
        if isinstance(self.network, Network):
            reach = REACH * state_range(self.network, self.train)
            if not self.recipe.baseline:
                levels = self.network.settle(reach, self.recipe.origin_bits)
        self.strategy.settle(reach)
        if self.recipe.average:
            self._average = copy.deepcopy(self.network)
        return levels, reach

    def snapshot(self) -> Network | GatedNetwork:
        """Copy the network that counts as it is now."""
        return copy.deepcopy(self._result)

    def state(self) -> dict[str, Any]:
        """Take down all that the steps to come depend on.

        Returns
        -------
        dict
            Numbers, text and the run's own tensors, which the next step changes.
        """
        return {
            "network": network_state(self.network),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "first_loss": self.first_loss,
            "average": self._average and network_state(self._average),
            **self.strategy.state(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state` took down of a run on the same data by the same recipe."""
        load_network(self.network, state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step, self.first_loss = state["step"], state["first_loss"]
        self.strategy.load(state)
        if state["average"]:
            self._average = copy.deepcopy(self.network)
            load_network(self._average, state["average"])
