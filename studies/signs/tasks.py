"""Tasks of the study, and where every method begins on them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from scores import Proxy

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks import load_task
from qrnn_hw.train.defaults import TASKS as DEFAULTS
from qrnn_hw.train.defaults import default_recipe
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.signs import balanced_signs
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.recipe import Recipe


@dataclass(frozen=True)
class Task:
    """A task of the study.

    Parameters
    ----------
    title
        How the page calls it.
    name, options
        Of ``load_task``.
    data
        File below the data folder, or None.
    changes
        What differs from the standard recipe.
    judged
        Training sequences that signs are judged on before the training.
    short
        Epochs of a short training that candidates are compared by.
    metric
        "accuracy" in percent, or "loss" as its decimal logarithm.
    only
        Methods that are run; all if empty.
    """

    title: str
    name: str
    options: dict[str, Any]
    data: str | None
    changes: dict[str, Any]
    judged: int = 2000
    short: int = 1
    metric: str = "accuracy"
    only: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What a score is."""
        return "accuracy, %" if self.metric == "accuracy" else "-log10 of the loss"

    @property
    def size(self) -> str:
        """The network and its training, in words."""
        blocks = f", blocks of {self.changes['block']}" if "block" in self.changes else ""
        epochs = self.changes.get("epochs", DEFAULTS[self.name]["epochs"])
        return f"d = {self.changes['hidden']}{blocks}, {epochs} epochs"

    def score(self, score: Score) -> float:
        """Give the number that methods are compared by; more is better."""
        if self.metric == "accuracy":
            return 100 * score.accuracy
        return -float(torch.tensor(score.loss).log10())

    def load(self, data: Path) -> tuple[Dataset, Recipe]:
        """Read the data, and look up the recipe."""
        path = None if self.data is None else data / self.data
        dataset = load_task(self.name, path, **self.options)
        return dataset, default_recipe(self.name, dataset, draws=1, **self.changes)


_MNIST = {"hidden": 256, "epochs": 10}
# As the study began; the defaults have changed since.
_PERMUTED = {"u_factor": 0.3, "dropout": 0.1, "noise_bits": 0}
TASKS = {
    "smnist": Task("Sequential MNIST", "mnist", {}, "mnist.npz", _MNIST),
    "smnist512": Task(
        "Sequential MNIST, twice the units", "mnist", {}, "mnist.npz", _MNIST | {"hidden": 512},
        only=("draws-8", "halving", "annealing"),
    ),
    "pmnist": Task("Permuted MNIST", "mnist", {"permuted": True}, "mnist.npz", _MNIST | _PERMUTED),
    "copy": Task(
        "Copy, T = 200", "copy", {"steps": 200}, None,
        {"cell": "block-hadamrnn", "block": 64, "hidden": 128, "epochs": 3},
        1000, 1, "loss",
    ),
    "har": Task("HAR", "har", {}, "uci_har_subset.npz", {"hidden": 128}, 1920, 6),
}  # fmt: skip

Hook = Callable[[Run], None]


@dataclass
class Start:
    """Where all methods begin with a seed: its draw of signs, its weights, its batches.

    Parameters
    ----------
    task
        What is trained.
    dataset, recipe
        What to train on, and how; the seed is that of the recipe.

    Attributes
    ----------
    details
        What a method tells of itself.
    """

    task: Task
    dataset: Dataset
    recipe: Recipe
    details: dict[str, Any] = field(default_factory=dict)

    def generator(self, stream: int = 0) -> torch.Generator:
        """Give a source of random numbers, the same for all methods."""
        return torch.Generator().manual_seed(self.recipe.seed + 1000 * stream)

    def balanced(self, generator: torch.Generator) -> Hadamard:
        """Draw balanced signs."""
        block = self.recipe.units_of_block
        return Hadamard(balanced_signs(self.recipe.hidden, block, generator), block)

    def network(self, recurrence: Hadamard | None = None) -> Network:
        """Build the network of the seed, with a recurrence in place of its one balanced draw."""
        network = build(self.dataset, self.recipe, Objective(self.dataset), self.generator())
        if recurrence is not None:
            network.recurrence = recurrence
        return network

    @cached_property
    def proxy(self) -> Proxy:
        """What judges signs before training."""
        return Proxy(self.dataset, self.network(), self.task.judged, 2, self.generator(2))

    def train(self, recurrence: Hadamard, hook: Hook | None = None) -> Score:
        """Train as ``qrnn_hw.train.loop.fit`` does, and validate once, at the end.

        Parameters
        ----------
        recurrence
            What to begin with; what it learns, it learns in place.
        hook
            Called before every step.
        """
        run = Run.of(self.dataset, self.recipe, self.network(recurrence))
        freeze = int(self.recipe.freeze * run.steps)
        for _ in range(self.recipe.epochs):
            for rows in run.shuffled():
                if run.step == freeze:
                    run.settle()
                if hook is not None:
                    hook(run)
                run.advance(rows)
        return run.validate()

    def shortly(self, recurrence: Hadamard) -> float:
        """Train shortly on five sixths of the training split; give the loss on the rest."""
        x, y = self.dataset.x_train, self.dataset.y_train
        cut = len(x) * 5 // 6
        parts = {"x_train": x[:cut], "y_train": y[:cut], "x_val": x[cut:], "y_val": y[cut:]}
        recipe = replace(self.recipe, epochs=self.task.short)
        return Start(self.task, replace(self.dataset, **parts), recipe).train(recurrence).loss
