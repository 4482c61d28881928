"""How a training comes to its losses and scores: what a run is given, by its network and recipe."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.loop.answers import mean_loss
from qrnn_hw.train.loop.evaluate import evaluate
from qrnn_hw.train.loop.sampling import StepSampler
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.recipe import HADAMARD, Recipe
from qrnn_hw.train.rounding.noise import count_roundings, narrow_noise

# Numbers that the states of all validation sequences of an epoch come to, where steps are sampled.
VALIDATED = 1 << 24


@dataclass(frozen=True)
class Setting:
    """What a training works on.

    Parameters
    ----------
    dataset, recipe
        What to train on, and how.
    objective
        What is asked of the network.
    generator
        The source of all that is random.
    network
        That the optimizer moves.
    train
        The training split.
    """

    dataset: Dataset
    recipe: Recipe
    objective: Objective
    generator: torch.Generator
    network: Network | GatedNetwork
    train: Split

    @classmethod
    def of(
        cls, dataset: Dataset, recipe: Recipe, network: Network | GatedNetwork | None = None
    ) -> "Setting":
        """Make one, with the network to go on with, or a new one, drawn."""
        generator = torch.Generator().manual_seed(recipe.seed)
        objective = Objective(dataset, recipe.balance)
        if network is None:
            network = build(dataset, recipe, objective, generator)
        train = Split(dataset, "train", device=recipe.device)
        return cls(dataset, recipe, objective, generator, network.to(recipe.device), train)

    def logits(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Read features, some of them dropped."""
        keep = 1 - self.recipe.dropout
        if keep < 1:
            mask = torch.rand(features.shape, generator=generator) < keep
            features = features * mask.to(features.device) / keep
        return self.network.readout(features)

    def losses(self, features: Tensor, targets: Tensor) -> Tensor:
        """Compute the loss of every answer that is asked for, (m,), some features dropped."""
        return self.objective.losses(self.logits(features, self.generator), targets)

    def narrow_noise(self, network: Network, states: Tensor) -> Tensor:
        """Draw what rounding every state to few bits leaves in the last ones, (..., d)."""
        recipe, (_, origin) = self.recipe, network.rest()
        block = recipe.units_of_block if recipe.cell in HADAMARD else 1
        count = count_roundings(self.dataset.steps, block, halves=recipe.halves)
        return narrow_noise(states - origin, origin, recipe.noise_bits, count, self.generator)


class Strategy(Protocol):
    """Losses that gradients come from, and scores that choose the best epoch.

    Attributes
    ----------
    setting
        What is trained.
    val
        Validation sequences that scores are of.
    epsilon
        Floor of Adam, not to be small against the gradients.
    """

    setting: Setting
    val: Split
    epsilon: float = 1e-8

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        """Compute the mean loss of a batch of training sequences.

        Raises
        ------
        ModelError
            If hardware cannot hold the weights, for a strategy in its numbers.
        """
        ...

    def score(self, network: Network | GatedNetwork) -> Score:
        """Score the network of the setting, or one of averaged weights; raises as ``loss``."""
        return evaluate(network, self.val, self.setting.objective)

    def settle(self, reach: float) -> None:
        """Take note that the origin is on its grid from now on; states reach so far."""
        return

    def state(self) -> dict[str, Any]:
        """Take down what the steps to come depend on."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state` took down, with more around it."""
        return


class Whole(Strategy):
    """Of any network: all features that are read at once, as autograd differentiates them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.val = Split(setting.dataset, "val", device=setting.recipe.device)

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        return self.setting.losses(self.setting.network.features(batch), targets).mean()


class LastState(Whole):
    """Of a linear recurrence that is read at the last step: with the noise that roundings leave.

    Parameters
    ----------
    setting, network
        What is trained, and its network.
    """

    def __init__(self, setting: Setting, network: Network) -> None:
        super().__init__(setting)
        self._network, self._rounding = network, 0.0

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        recipe, states = self.setting.recipe, self._network.states(batch)
        if recipe.noise_bits:
            states = states + self.setting.narrow_noise(self._network, states)
        elif self._rounding:
            noise = torch.randn(len(batch), recipe.hidden, generator=self.setting.generator)
            states = states + noise.to(states.device) * self._rounding
        features = self._network.readout.features(states)
        return self.setting.losses(features, targets).mean()

    def settle(self, reach: float) -> None:
        recipe = self.setting.recipe
        # T roundings to steps of reach / 2^(bits-1), each uniform; W only turns them. Hardware
        # makes none of a baseline's.
        if recipe.rounding_bits and not recipe.baseline:
            unit = reach / (1 << recipe.rounding_bits - 1)
            count: float = self.setting.dataset.steps
            if recipe.halves:
                count = count_roundings(0, recipe.units_of_block, halves=recipe.halves)
            self._rounding = unit * math.sqrt(count / 12)

    def state(self) -> dict[str, Any]:
        return {"rounding": self._rounding}

    def load(self, state: dict[str, Any]) -> None:
        self._rounding = state["rounding"]


class ManySteps(Whole):
    """Of a linear recurrence that is read at many steps: never all their states in memory."""

    def __init__(self, setting: Setting, network: Network) -> None:
        super().__init__(setting)
        self._network = network

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        s = self.setting
        dropped = s.recipe.dropout > 0
        given = batch, targets, s.objective, s.logits, s.generator, dropped
        return mean_loss(self._network, *given)


class SomeSteps(Strategy):
    """Of a linear recurrence over tokens: an estimate from some of the steps that are read."""

    # Adam's own floor is not small against the gradients of a loss of 1e-6.
    epsilon = 1e-10

    def __init__(self, setting: Setting, network: Network) -> None:
        dataset, recipe = setting.dataset, setting.recipe
        self.setting, self._network = setting, network
        self._sampler = StepSampler(setting.train.targets, recipe.sampled)
        most = max(VALIDATED // (dataset.steps * recipe.hidden), 1)
        self.val = Split(dataset, "val", most, recipe.device)

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        network, recipe, generator = self._network, self.setting.recipe, self.setting.generator
        steps, weights = (part.to(recipe.device) for part in self._sampler.draw(generator))
        states, targets = network.states_at(batch, steps), targets[:, steps]
        if recipe.noise:
            low, high = states.detach().aminmax()
            noise = torch.randn(states.shape, generator=generator).to(states.device)
            states = states + noise.mul_(recipe.noise * torch.maximum(-low, high))
        if recipe.noise_bits:
            states = states + self.setting.narrow_noise(network, states)
        losses = self.setting.losses(network.readout.features(states), targets)
        weights = weights.expand_as(targets)[targets >= 0]
        return (losses * weights).sum() / weights.sum()


def in_reals(setting: Setting) -> Strategy:
    """Choose how to train in real numbers: the fastest way that the network allows."""
    network = setting.network
    if not isinstance(network, Network) or not network.recurrence.linear:
        return Whole(setting)
    if network.read is None:
        return LastState(setting, network)
    if setting.recipe.sampled and setting.train.tokens:
        return SomeSteps(setting, network)
    return ManySteps(setting, network)
