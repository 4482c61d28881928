"""Tasks of the study of signs, and where a run of a method begins."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from sign_proxy import Proxy

from qrnn_hw.train.build import build
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.defaults import TASKS as DEFAULTS
from qrnn_hw.train.defaults import default_recipe
from qrnn_hw.train.network import Network
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.run import Run
from qrnn_hw.train.tasks import load_task


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
        Training sequences that the proxy judges signs on.
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


def load(task: str, data: Path) -> tuple[Dataset, Recipe]:
    """Read a task and its recipe."""
    about = TASKS[task]
    path = None if about.data is None else data / about.data
    dataset = load_task(about.name, path, **about.options)
    recipe = default_recipe(about.name, dataset, **about.changes)
    return dataset, replace(recipe, draws=1)


@dataclass
class Start:
    """Where all methods begin with a seed: its draw of signs, its weights, its batches.

    Parameters
    ----------
    task
        One of ``TASKS``.
    dataset, recipe
        What to train on, and how; the seed is that of the recipe.

    Attributes
    ----------
    details
        What a method tells of itself.
    """

    task: str
    dataset: Dataset
    recipe: Recipe
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def hidden(self) -> int:
        """Units."""
        return self.recipe.hidden

    @property
    def block(self) -> int:
        """Units of a block."""
        return self.recipe.units_of_block

    def generator(self, stream: int = 0) -> torch.Generator:
        """Give a source of random numbers, the same for all methods."""
        return torch.Generator().manual_seed(self.recipe.seed + 1000 * stream)

    def network(self, recurrence: Hadamard | None = None) -> Network:
        """Build the network of the seed, with a recurrence in place of its one balanced draw."""
        network = build(self.dataset, self.recipe, Objective(self.dataset), self.generator())
        if recurrence is not None:
            network.recurrence = recurrence
        return network

    @cached_property
    def proxy(self) -> Proxy:
        """The score of signs before training."""
        count = TASKS[self.task].judged
        return Proxy(self.dataset, self.network(), count, 2, self.generator(2))


Hook = Callable[[Run], None]


def train(start: Start, network: Network, hook: Hook | None = None) -> Score:
    """Train as ``qrnn_hw.train.fit`` does, and validate once, at the end.

    Parameters
    ----------
    start
        Data and recipe.
    network
        What to train, in place.
    hook
        Called before every step.
    """
    run = Run(start.dataset, start.recipe, network)
    freeze = int(start.recipe.freeze * run.steps)
    for _ in range(start.recipe.epochs):
        for rows in run.shuffled():
            if run.step == freeze:
                run.settle()
            if hook is not None:
                hook(run)
            run.advance(rows)
    return run.validate()
