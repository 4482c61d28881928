"""A task, recipes and runs of milliseconds."""

import numpy as np
import pytest

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.hw.cost import Cost
from qrnn_hw.sweep.estimate import Target
from qrnn_hw.sweep.plan import Planned, plan
from qrnn_hw.sweep.points import Points
from qrnn_hw.sweep.store import opened
from qrnn_hw.train.loop.identity import identity
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.versions import versions


@pytest.fixture
def dataset():
    """Which half of a sequence is louder."""
    generator = np.random.default_rng(0)
    parts = {}
    for name, count in (("train", 200), ("val", 50), ("test", 50)):
        x = generator.integers(16, size=(count, 8, 1)).astype(np.int32)
        y = generator.integers(2, size=count)
        x[y == 0, :4] //= 4
        x[y == 1, 4:] //= 4
        parts |= {f"x_{name}": x, f"y_{name}": y}
    return Dataset(
        name="halves", **parts, classes=("late", "early"), input_bits=4, input_signed=False,
        input_step=0.5, sha256="digest", samples=3,
    )  # fmt: skip


@pytest.fixture
def recipe():
    """Make a recipe, with changes."""

    def build(**changes):
        return Recipe(**({"hidden": 8, "epochs": 2, "batch": 30, "lr": 0.05} | changes))

    return build


@pytest.fixture
def runs(dataset, recipe):
    """Plan the runs of some recipes, two seeds each."""

    def build(*changes):
        points = Points(tuple((one, recipe(**one)) for one in changes), ())
        data = identity(dataset, recipe())["data"]
        return [run for each in plan(points, (1, 2), data, versions()) for run in each]

    return build


@pytest.fixture
def run(recipe):
    """Make a run that only its recipe matters of."""

    def build(point=(), **changes):
        return Planned(dict(point), recipe(**changes), "0123")

    return build


@pytest.fixture
def target():
    """Make a board with so many cells, and a link of ten."""

    def build(cells=5280):
        return Target("small", Cost(cells, 30, 8, 4), lambda model: Cost(10, 1))

    return build


@pytest.fixture
def store(tmp_path):
    """Open a folder."""
    with opened(tmp_path / "sweep", {"task": "halves", "data": "d"}) as folder:
        yield folder
