"""Data sets that train in a second."""

import numpy as np
import pytest

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.recipe import Recipe


def _part(generator, count, kind):
    """Which half of a sequence is louder; in every format that a task can have."""
    x = generator.integers(16, size=(count, 8, 3 if kind == "channels" else 1))
    y = generator.integers(2, size=count)
    x[y == 0, :4] //= 4
    x[y == 1, 4:] //= 4
    lengths = None
    if kind == "lengths":
        lengths = generator.integers(6, 9, size=count)
        # What follows a sequence must not matter.
        x[np.arange(8) >= lengths[:, None]] = 15
    if kind == "tokens":
        x //= 4
    if kind == "every":
        # Tell, from the third step on, the token of two steps ago.
        x //= 4
        y = np.full((count, 8), -1)
        y[:, 2:] = x[:, :-2, 0]
    if kind == "regression":
        y = x[:, :, 0].mean(1) / 8
    return x.astype(np.int32), y, lengths


@pytest.fixture
def dataset():
    """Make a task: of one channel, or of another kind."""

    def build(kind="plain"):
        generator = np.random.default_rng(0)
        parts = {}
        for name, count in (("train", 300), ("val", 60), ("test", 60)):
            x, y, lengths = _part(generator, count, kind)
            parts |= {f"x_{name}": x, f"y_{name}": y, f"lengths_{name}": lengths}
        tokens = kind in ("tokens", "every")
        classes = {"every": ("a", "b", "c", "d"), "regression": ("mean",)}
        return Dataset(
            name="halves",
            **parts,
            classes=classes.get(kind, ("late", "early")),
            input_bits=2 if tokens else 4,
            input_signed=False,
            input_step=1.0 if tokens else 0.5,
            sha256="digest",
            samples=3,
            image=(2, 4) if kind == "plain" else None,
            order=np.arange(8) if kind == "plain" else None,
            notes=("made up",),
            vocabulary=("a", "b", "c", "d") if tokens else None,
            every=kind == "every",
            decision=kind == "decision",
            regression=kind == "regression",
            zero=(6,) if kind == "zero" else None,
            reach=9 if kind == "zero" else None,
        )

    return build


@pytest.fixture
def recipe():
    """Make a recipe of a second, with changes."""

    def build(**changes):
        return Recipe(**({"hidden": 32, "epochs": 8, "batch": 30, "lr": 0.05, "seed": 3} | changes))

    return build


@pytest.fixture
def fitted(dataset, recipe):
    """Train a network that tuning can go on with; give its data and its recipe too."""

    def build(kind="plain", **changes):
        data = dataset(kind)
        chosen = recipe(**({"epochs": 4, "state_bits": 6, "tune_epochs": 2} | changes))
        return fit(data, chosen, lambda epoch: None), data, chosen

    return build
