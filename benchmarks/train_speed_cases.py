"""What benchmarks/train_speed.py times: a data set and a recipe each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks import load_task
from qrnn_hw.train.recipe import Recipe

SEED = 1
HELD_OUT = 16  # sequences that validate or test: no speed depends on them


@dataclass(frozen=True)
class Shape:
    """Random sequences in the place of a task's, as many, as long, as wide.

    Parameters
    ----------
    name
        How the data set is called.
    sequences, steps
        Of the training split.
    channels
        Numbers of a step; 0 for tokens.
    kinds
        Of tokens.
    classes
        How many answers there are.
    every
        Whether every step has one.
    shortest
        Steps of the shortest sequence; None if all are as long.
    """

    name: str
    sequences: int
    steps: int
    channels: int = 0
    kinds: int = 0
    classes: int = 2
    every: bool = False
    shortest: int | None = None

    def dataset(self, data: Path | None = None) -> Dataset:
        """Draw them, whatever data there are."""
        generator, parts = np.random.default_rng(SEED), {}
        for part, count in (("train", self.sequences), ("val", HELD_OUT), ("test", HELD_OUT)):
            shape = count, self.steps, self.channels or 1
            parts[f"x_{part}"] = generator.integers(self.kinds or 256, size=shape).astype(np.uint8)
            answers = (count, self.steps) if self.every else count
            parts[f"y_{part}"] = generator.integers(self.classes, size=answers)
            if self.shortest is not None:
                lengths = generator.integers(self.shortest, self.steps + 1, size=count)
                lengths[0] = self.steps
                parts[f"lengths_{part}"] = lengths
        return Dataset(
            name=self.name,
            **parts,
            classes=tuple(map(str, range(self.classes))),
            vocabulary=tuple(map(str, range(self.kinds))) if self.kinds else None,
            input_bits=(self.kinds - 1).bit_length() if self.kinds else 8,
            input_signed=False,
            input_step=1.0,
            sha256="random",
            every=self.every,
        )


@dataclass(frozen=True)
class Case:
    """A network on a task.

    Parameters
    ----------
    about
        What the task is, in a line.
    load
        Makes the data set; takes the path that ``--data`` gives, or None.
    recipe
        How to train.
    sampled
        Whether the task's own recipe reads but some steps; reading all of them is then timed too.
    lanes
        Whether sequences run side by side in lanes where every step is read; the same in plain
        torch is then timed too.
    """

    about: str
    load: Callable[[Path | None], Dataset]
    recipe: Recipe
    sampled: bool = False
    lanes: bool = False


PIXELS = Shape("random pixels", 50_000, 784, channels=1, classes=10)
TEXT = Shape("text", 6972, 128, kinds=65, classes=65, every=True)


def _digits(data: Path | None) -> Dataset:
    return PIXELS.dataset() if data is None else load_task("mnist", data, permuted=True)


def _recipe(hidden: int, batch: int, **changes: object) -> Recipe:
    # One draw: how signs are chosen is no part of a training step.
    return Recipe(hidden, 1, batch, 1e-3, draws=1, **changes)


CASES = {
    "pmnist": Case(
        "permuted MNIST, or pixels at random without --data", _digits, _recipe(512, 100)
    ),
    "copy": Case(
        "the copying problem, 1,000 blanks, read at every step",
        lambda data: load_task("copy", convention="blanks", steps=1000),
        _recipe(128, 128, table_bits=4, outliers=0.0, bias=False, silent=0, noise=0.02),
        sampled=True,
        lanes=True,
    ),
    "har": Case(
        "nine channels, read at the last step",
        Shape("activities", 5881, 128, channels=9, classes=6).dataset,
        _recipe(128, 64),
    ),
    "vowels": Case(
        "twelve channels, 7 to 29 steps",
        Shape("vowels", 270, 29, channels=12, classes=9, shortest=7).dataset,
        _recipe(128, 64),
    ),
    "sentiment": Case(
        "tokens of 256 kinds, 3 to 50 steps, read at the last",
        Shape("sentences", 6000, 50, kinds=256, shortest=3).dataset,
        _recipe(128, 64),
    ),
    "text": Case(
        "characters of 65 kinds, read at every step", TEXT.dataset, _recipe(256, 64), lanes=True
    ),
    "dropout": Case(
        "the same with dropout, which reads the states themselves",
        TEXT.dataset,
        _recipe(256, 64, dropout=0.1),
    ),
    "block": Case(
        "pixels at random, blocks of 16",
        PIXELS.dataset,
        _recipe(512, 100, cell="block-hadamrnn", block=16),
    ),
    "qornn": Case(
        "pixels at random, a dense linear W of 4 bits",
        PIXELS.dataset,
        _recipe(256, 128, cell="qornn", radius=True, exact=True),
    ),
    "qornn-text": Case(
        "characters, a dense linear W of 4 bits, read at every step",
        TEXT.dataset,
        _recipe(256, 64, cell="qornn", radius=True),
    ),
}
