"""Writes the test vectors beside it, from the golden run: ``python docs/vectors/make.py``."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.export.formats import vectors
from qrnn_hw.export.outputs import Pool

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "benchmarks"))
from random_model import random_model  # noqa: E402 - not a part of the package

#: Options of ``random_model``, one model each; together they reach every line of the document.
KINDS: dict[str, dict[str, Any]] = {
    "hadamard-even": {"hidden": 16},
    "hadamard-odd": {"hidden": 8, "channels": 2, "input_signed": True},
    "blocks-with-bias": {"hidden": 12, "block": 4, "biased": True, "every": True},
    "tokens": {"hidden": 8, "vocabulary": 5, "relu": False},
    "binary": {"hidden": 9, "weights": "binary", "classes": 1},
    "ternary-relu": {"hidden": 6, "weights": "ternary", "activation": "relu"},
    "levels-modrelu": {"hidden": 7, "weights": "levels", "activation": "modrelu", "vocabulary": 3},
    "zero": {"hidden": 8, "channels": 3, "zero": True},
    "halves": {"hidden": 12, "block": 2, "halves": 2},
    "decay": {"hidden": 16, "block": 8, "halves": 1, "decays": [5, 3, 0, 1]},
    "halved": {"hidden": 32, "transform": "halved"},
    "halved-blocks": {"hidden": 48, "block": 16, "transform": "halved", "decays": [4, 0, 2]},
    "mean": {"hidden": 16, "block": 4, "decays": [3], "pool": Pool("mean", 5, 0)},
    "count": {"hidden": 16, "pool": Pool("count", 64, 0), "every": True},
    "leaks": {"hidden": 16, "decays": [2], "pool": Pool("mean", 0, 3), "every": True},
    "count-that-leaks": {"hidden": 4, "pool": Pool("count", 0, 2), "origin_bits": 0},
    "layer": {"hidden": 8, "layer": 3},
    "layer-of-a-mean": {"hidden": 16, "layer": 5, "pool": Pool("mean", 9, 0), "classes": 1},
}  # fmt: skip
LENGTHS = (7, 1, 4)


def drawn(kind: str) -> dict[str, Any]:
    """Draw a model and three sequences, and compute what they must give."""
    rng = np.random.default_rng([len(kind), *kind.encode()])
    model = random_model(rng, state_bits=int(rng.integers(5, 13)), **KINDS[kind])
    low, high = model.input_range
    x = rng.integers(low, high, (len(LENGTHS), max(LENGTHS), model.inputs.channels), endpoint=True)
    return vectors.vectors(model, [row[:steps] for row, steps in zip(x, LENGTHS)])


def text(kind: str) -> str:
    """Lay vectors out as the file holds them."""
    return vectors.text(drawn(kind))


if __name__ == "__main__":
    for kind in KINDS:
        (HERE / f"{kind}.json").write_text(text(kind))
