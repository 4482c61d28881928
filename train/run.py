"""A training run as it stands between two steps."""

import copy
import math

import torch
from torch import Tensor
from torch.nn import functional

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import Levels
from qrnn_hw.train.calibrate import CALIBRATION, state_range
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.evaluate import accuracy, inputs_of
from qrnn_hw.train.network import HadamRNN
from qrnn_hw.train.origin import round_origin
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.schedule import rate
from qrnn_hw.train.shift import ImageShift
from qrnn_hw.train.signs import choose_signs

# The grid aims a little below the range that was seen: the extreme is far from what is usual, and
# finer steps matter more than the few states beyond.
REACH = 0.92


class Run:
    """Network, optimizer and random numbers of a run.

    Parameters
    ----------
    dataset, recipe
        What to train on, and how.

    Attributes
    ----------
    network : HadamRNN
        The network that the optimizer moves.
    generator : torch.Generator
        The source of all that is random.
    batches
        Batches an epoch.
    steps
        Optimizer steps of the run.
    step
        Steps taken.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe) -> None:
        self.dataset, self.recipe = dataset, recipe
        self.generator = torch.Generator().manual_seed(recipe.seed)
        inputs = inputs_of(dataset.x_train[:CALIBRATION], dataset)
        labels = torch.from_numpy(dataset.y_train[:CALIBRATION])
        signs = choose_signs(recipe.hidden, recipe.draws, inputs, labels, self.generator)
        network = HadamRNN(
            signs, len(dataset.classes), recipe.u_bits, recipe.v_bits, self.generator
        )
        self.network = network
        self.optimizer = torch.optim.Adam(
            [
                {"params": [network.u], "factor": recipe.u_factor},
                {"params": [network.v, network.origin, network.class_bias], "factor": 1.0},
            ]
        )
        self.batches = math.ceil(len(dataset.y_train) / recipe.batch)
        self.steps = recipe.epochs * self.batches
        self.step = 0
        self._rounding = 0.0
        self._shift = ImageShift(dataset.image, dataset.order) if recipe.shift else None
        self._x = torch.from_numpy(dataset.x_train)
        self._y = torch.from_numpy(dataset.y_train)

    def shuffled(self) -> tuple[Tensor, ...]:
        """Draw the batches of an epoch, as rows of the training split."""
        return torch.randperm(len(self._y), generator=self.generator).split(self.recipe.batch)

    def _loss(self, rows: Tensor) -> Tensor:
        inputs = self._x[rows].float() * self.dataset.gain
        if self._shift is not None:
            inputs = self._shift(inputs, self.generator)
        noise = None
        if self._rounding:
            noise = torch.randn(len(rows), self.recipe.hidden, generator=self.generator)
            noise *= self._rounding
        features = self.network.features(inputs, noise)
        keep = 1 - self.recipe.dropout
        if keep < 1:
            mask = torch.rand(features.shape, generator=self.generator) < keep
            features = features * mask / keep
        return functional.cross_entropy(self.network.readout(features), self._y[rows])

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
            If the loss is infinite or NaN.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.lr * group["factor"] * rate(self.step, self.steps)
        loss = self._loss(rows)
        value = loss.item()
        if not math.isfinite(value):
            epoch, batch = divmod(self.step, self.batches)
            raise ModelError(
                f"training must stay finite, and the loss is {value} in epoch {epoch + 1}, "
                f"batch {batch + 1} of {self.batches}",
                f"the learning rate is likely too high: try --lr {self.recipe.lr / 4:.2g}",
            )
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.network.clip_outliers(self.recipe.outliers)
        self.step += 1
        return value

    def validate(self) -> float:
        """Measure the accuracy on the validation split, 0..1."""
        return accuracy(self.network, self.dataset.x_val, self.dataset.y_val, self.dataset)

    def round_origin(self) -> tuple[Levels, float]:
        """Put the origin on its grid for good, and start to train with the noise of rounding.

        Returns
        -------
        levels
            The origin.
        reach
            The state range that its step is a power-of-two fraction of.
        """
        inputs = inputs_of(self.dataset.x_train[:CALIBRATION], self.dataset)
        reach = REACH * state_range(self.network, inputs)
        origin = self.network.origin.requires_grad_(False)
        levels = round_origin(origin.numpy(), reach, self.recipe.origin_bits)
        origin.copy_(torch.from_numpy(levels.value))
        # Without a gradient the optimizer leaves it alone.
        origin.grad = None
        # T roundings to steps of reach / 2^(bits-1), each uniform; W only turns them.
        if bits := self.recipe.rounding_bits:
            self._rounding = reach / (1 << bits - 1) * math.sqrt(self.dataset.steps / 12)
        return levels, reach

    def snapshot(self) -> HadamRNN:
        """Copy the network as it is now."""
        return copy.deepcopy(self.network)
