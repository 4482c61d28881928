"""A data set that trains in a second."""

import numpy as np
import pytest

from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.recipe import Recipe


@pytest.fixture
def dataset():
    """Make the task: which half of a sequence is louder."""

    def build():
        generator = np.random.default_rng(0)

        def part(count):
            x = generator.integers(16, size=(count, 8)).astype(np.int32)
            y = generator.integers(2, size=count)
            x[y == 0, :4] //= 4
            x[y == 1, 4:] //= 4
            return x, y

        (x, y), (x_val, y_val), (x_test, y_test) = part(300), part(60), part(60)
        return Dataset(
            "halves", x, y, x_val, y_val, x_test, y_test, ("late", "early"), 4, False, 0.5,
            "digest", samples=3, image=(2, 4), order=np.arange(8), notes=("made up",),
        )  # fmt: skip

    return build


@pytest.fixture
def recipe():
    """Make a recipe of a second, with changes."""

    def build(**changes):
        return Recipe(**({"hidden": 32, "epochs": 8, "batch": 30, "lr": 0.05, "seed": 3} | changes))

    return build
