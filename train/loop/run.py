"""A training run as it stands between two steps."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.trained import Levels
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.loop.answers import mean_loss
from qrnn_hw.train.loop.divergence import diverged, finite_gradients
from qrnn_hw.train.loop.evaluate import evaluate
from qrnn_hw.train.loop.sampling import StepSampler
from qrnn_hw.train.loop.schedule import rate
from qrnn_hw.train.loop.state import load_network, network_state
from qrnn_hw.train.loop.warp import ImageWarp
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.recipe import HADAMARD, Recipe
from qrnn_hw.train.rounding.calibrate import state_range
from qrnn_hw.train.rounding.noise import count_roundings, narrow_noise

# The grid aims a little below the range that was seen: the extreme is far from what is usual, and
# finer steps matter more than the few states beyond.
REACH = 0.92
# Adam's own floor of 1e-8 is not small against the gradients of a loss of 1e-6.
EPSILON = 1e-10
# Numbers that the states of all validation sequences of an epoch come to, where steps are sampled.
VALIDATED = 1 << 24


class Run:
    """Network, optimizer and random numbers of a run.

    Parameters
    ----------
    dataset, recipe
        What to train on, and how.
    network
        What to go on with; None draws a new one.

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

    #: Whether losses need the features of all steps that are read, as :meth:`features` gives them.
    whole = False

    def __init__(
        self, dataset: Dataset, recipe: Recipe, network: Network | GatedNetwork | None = None
    ) -> None:
        self.dataset, self.recipe = dataset, recipe
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.objective = Objective(dataset)
        if network is None:
            network = build(dataset, recipe, self.objective, self.generator)
        device = recipe.device
        self.network = network.to(device)
        self.train, self.val = (Split(dataset, part, device=device) for part in ("train", "val"))
        self.sampler: StepSampler | None = None
        if recipe.sampled and self._heard:
            self.sampler = StepSampler(self.train.targets, recipe.sampled)
            most = max(VALIDATED // (dataset.steps * recipe.hidden), 1)
            self.val = Split(dataset, "val", most, device)
        self.batches = math.ceil(len(self.train) / recipe.batch)
        self.begin(recipe.epochs, recipe.lr)
        self.past, self.first_loss, self._rounding = 0, 0.0, 0.0
        self._average: Network | GatedNetwork | None = None
        self._warp = ImageWarp(dataset.image, dataset.order) if recipe.warp else None

    def begin(self, epochs: int, lr: float) -> None:
        """Begin a course of the learning rate, with an optimizer that has no memory."""
        self.steps, self.step, self._lr = epochs * self.batches, 0, lr
        factors: dict[float, list[nn.Parameter]] = {}
        for name, weight in self.network.named_parameters():
            if weight is self._turned:
                continue
            factor = 1.0
            if name.startswith("inputs."):
                factor = self.recipe.u_factor
            elif name == "recurrence.weight.weight":
                factor = self.recipe.w_factor
            factors.setdefault(factor, []).append(weight)
        groups = [{"params": group, "factor": factor} for factor, group in factors.items()]
        self.optimizer = torch.optim.Adam(groups, eps=EPSILON if self.sampler else 1e-8)

    @property
    def _turned(self) -> nn.Parameter | None:
        """The weight that updates itself."""
        recurrence = getattr(self.network, "recurrence", None)
        if isinstance(recurrence, Dense) and isinstance(recurrence.weight, ProjunnMatrix):
            return recurrence.weight.weight
        return None

    def shuffled(self) -> tuple[Tensor, ...]:
        """Draw the batches of an epoch, as rows of the training split."""
        return torch.randperm(len(self.train), generator=self.generator).split(self.recipe.batch)

    def _narrow_noise(self, states: Tensor) -> Tensor:
        """Draw what rounding every state to few bits leaves in the last ones, (..., d)."""
        _, origin = self.network.rest()
        recipe = self.recipe
        block = recipe.units_of_block if recipe.cell in HADAMARD else 1
        count = count_roundings(self.dataset.steps, block)
        return narrow_noise(states - origin, origin, recipe.noise_bits, count, self.generator)

    def features(self, batch: Batch) -> Tensor:
        """Compute what the readout sees in training, before any of it is dropped."""
        if self.recipe.noise_bits and self._last:
            states = self.network.states(batch)
            return self.network.readout.features(states + self._narrow_noise(states))
        noise = None
        if self._rounding:
            noise = torch.randn(len(batch), self.recipe.hidden, generator=self.generator)
            noise = noise.to(self.recipe.device) * self._rounding
        return self.network.features(batch, noise)

    @property
    def _heard(self) -> bool:
        """Whether states at single steps can be computed."""
        return (
            isinstance(self.network, Network)
            and self.network.recurrence.linear
            and self.train.tokens
            and self.network.read is not None
        )

    @property
    def _answers(self) -> bool:
        """Whether losses come from many states of a linear recurrence, and no other features."""
        network = self.network
        linear = isinstance(network, Network) and network.recurrence.linear
        return linear and network.read is not None and not self.whole

    def _logits(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Read features, some of them dropped."""
        keep = 1 - self.recipe.dropout
        if keep < 1:
            mask = torch.rand(features.shape, generator=generator) < keep
            features = features * mask.to(features.device) / keep
        return self.network.readout(features)

    def _sampled_loss(self, batch: Batch, targets: Tensor) -> Tensor:
        """Estimate the loss of all steps from some of them."""
        drawn = self.sampler.draw(self.generator)
        steps, weights = (part.to(self.recipe.device) for part in drawn)
        states, targets = self.network.states_at(batch, steps), targets[:, steps]
        if self.recipe.noise:
            low, high = states.detach().aminmax()
            noise = torch.randn(states.shape, generator=self.generator).to(states.device)
            states = states + noise.mul_(self.recipe.noise * torch.maximum(-low, high))
        if self.recipe.noise_bits:
            states = states + self._narrow_noise(states)
        features = self.network.readout.features(states)
        losses = self.objective.losses(self._logits(features, self.generator), targets)
        weights = weights.expand_as(targets)[targets >= 0]
        return (losses * weights).sum() / weights.sum()

    def loss(self, rows: Tensor) -> Tensor:
        """Compute the mean loss of a batch, rows of the training split."""
        batch, targets = self.train.batch(rows)
        if self.sampler is not None:
            return self._sampled_loss(batch, targets)
        if self._warp is not None:
            batch = Batch(self._warp(batch.x[:, :, 0], self.generator)[:, :, None])
        if self._answers:
            network, dropped = self.network, self.recipe.dropout > 0
            given = batch, targets, self.objective, self._logits, self.generator, dropped
            return mean_loss(network, *given)
        logits = self._logits(self.features(batch), self.generator)
        return self.objective.losses(logits, targets).mean()

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
        if self.recipe.clip:
            parts = [group["params"] for group in self.optimizer.param_groups]
            for part in parts if self._turned is None else [*parts, [self._turned]]:
                nn.utils.clip_grad_norm_(part, self.recipe.clip)
        self.optimizer.step()
        if self._turned is not None:
            self.network.recurrence.weight.update(self._lr * self.recipe.w_factor * relative)
        if self.recipe.outliers:
            self.network.clip_outliers(self.recipe.outliers)
        if self._average is not None:
            self._move_average()
        self.step += 1
        return value

    @torch.no_grad()
    def _move_average(self) -> None:
        """Let the averaged weights follow those of the moment."""
        for mean, weight in zip(self._average.parameters(), self.network.parameters()):
            mean.lerp_(weight, 1 - self.recipe.average)

    @property
    def _result(self) -> Network | GatedNetwork:
        """The network that counts: of averaged weights where these are asked for."""
        return self.network if self._average is None else self._average

    def validate(self) -> Score:
        """Score the network that counts on the validation split."""
        return evaluate(self._result, self.val, self.objective)

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
        settled = self._settle()
        if self.recipe.average:
            self._average = copy.deepcopy(self.network)
        return settled

    @torch.no_grad()
    def _settle(self) -> tuple[Levels | None, float]:
        network, recipe = self.network, self.recipe
        if isinstance(network, GatedNetwork):
            return None, 0.0
        reach = REACH * state_range(network, self.train)
        levels = None if recipe.baseline else network.settle(reach, recipe.origin_bits)
        # T roundings to steps of reach / 2^(bits-1), each uniform; W only turns them.
        if recipe.rounding_bits and self._rounds:
            unit = reach / (1 << recipe.rounding_bits - 1)
            self._rounding = unit * math.sqrt(self.dataset.steps / 12)
        return levels, reach

    @property
    def _rounds(self) -> bool:
        """Whether the noise of rounding at the last step is known, and hardware will make it."""
        return self._last and not self.recipe.baseline

    @property
    def _last(self) -> bool:
        """Whether the last state of a linear recurrence is all that is read."""
        network = self.network
        linear = isinstance(network, Network) and network.recurrence.linear
        return linear and network.read is None

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
            "rounding": self._rounding,
            "average": self._average and network_state(self._average),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state` took down of a run on the same data by the same recipe."""
        load_network(self.network, state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step, self.first_loss = state["step"], state["first_loss"]
        self._rounding = state["rounding"]
        if state["average"]:
            self._average = copy.deepcopy(self.network)
            load_network(self._average, state["average"])
