"""What makes a training run the one that it is."""

import hashlib
from dataclasses import fields
from typing import Any

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.document import encode
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.versions import versions


def _feed(hasher: Any, value: Any) -> None:
    """Digest a value of nested tables, so that no two values look alike."""
    if isinstance(value, np.ndarray):
        hasher.update(f"{value.dtype}{value.shape}".encode())
        hasher.update(np.ascontiguousarray(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            hasher.update(f"{key!r}:".encode())
            _feed(hasher, item)
    else:
        hasher.update(f"{value!r};".encode())


def identity(dataset: Dataset, recipe: Recipe) -> dict[str, str]:
    """Name everything that decides what a run ends in.

    Parameters
    ----------
    dataset
        Its digest stands for the test split, which is not touched. It alone would not do: of the
        same files a task makes other sequences, by its options.
    recipe
        How.

    Returns
    -------
    dict
        The fields of the recipe, "data" and the versions; equal for equal runs.
    """
    hasher = hashlib.sha256()
    for item in fields(dataset):
        if not item.name.endswith("_test"):
            _feed(hasher, {item.name: encode(getattr(dataset, item.name))})
    settings = {name: str(value) for name, value in recipe.settings().items()}
    return {**settings, "data": hasher.hexdigest(), **versions()}
