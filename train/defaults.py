"""The recipe that each task trains well with, within minutes on one core."""

import math
from dataclasses import replace
from typing import Any, cast

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.networks.sizes import matched_hidden, stored_bits
from qrnn_hw.train.recipe import BASELINES, HADAMARD, Cell, Recipe

# Of a linear Hadamard recurrence.
TASKS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": 64, "epochs": 200, "batch": 64, "lr": 1e-2},
    "mnist": {"hidden": 512, "epochs": 40, "batch": 256, "lr": 1e-2, "u_factor": 0.5,
              "dropout": 0.1, "tune_lr": 0.03},
    "copy": {"hidden": 128, "epochs": 10, "batch": 128, "lr": 3e-3, "u_factor": 1.0,
             "outliers": 4.0, "table_bits": 4},
    "adding": {"hidden": 128, "epochs": 40, "batch": 64, "lr": 5e-3},
    "text": {"hidden": 256, "epochs": 15, "batch": 64, "lr": 1e-2},
    "sentiment": {"hidden": 128, "epochs": 20, "batch": 64, "lr": 3e-3, "dropout": 0.2},
    "har": {"hidden": 128, "epochs": 60, "batch": 64, "lr": 5e-3, "dropout": 0.1},
    "har2": {"hidden": 128, "epochs": 60, "batch": 64, "lr": 5e-3, "dropout": 0.1},
    "fsdd": {"hidden": 256, "epochs": 60, "batch": 64, "lr": 5e-3, "dropout": 0.1},
    "forda": {"hidden": 256, "epochs": 60, "batch": 64, "lr": 5e-3, "dropout": 0.1},
}  # fmt: skip
OTHER = {"hidden": 128, "epochs": 100, "batch": 64, "lr": 5e-3, "dropout": 0.1}

PERMUTED = {"lr": 5e-3, "u_factor": 0.3}
# Of permuted images and a Hadamard recurrence: the noise of rounding does more than dropout.
PERMUTED_HADAMARD = {"u_factor": 1.0, "epochs": 60, "dropout": 0.0, "noise_bits": 8}
# With a hidden layer it is not enough: states of 12 bits lose 0.2 points that dropout keeps.
PERMUTED_LAYER = {"dropout": 0.1}
WARPED = {"epochs": 60, "dropout": 0.0}

# What other cells change: a dense W costs d^2 weights, and steps of a nonlinear one cost time.
CELLS: dict[str, dict[str, Any]] = {
    "hadamrnn": {},
    "block-hadamrnn": {"block": 16},
    "qornn": {"u_factor": 0.3},
    "ornn": {"u_factor": 0.3},
    "lstm": {"u_factor": 1.0, "clip": 1.0, "w_bits": 0},
    "gru": {"u_factor": 1.0, "clip": 1.0, "w_bits": 0},
}
# What a dense recurrence does better than a linear one: nothing linear multiplies a number by its
# marker, or forgets what a text said long ago.
NONLINEAR: dict[str, dict[str, Any]] = {
    "adding": {"activation": "relu", "lr": 3e-3, "u_factor": 1.0, "clip": 1.0},
    "text": {"activation": "relu", "epochs": 8},
}
# A linear recurrence forgets if its W does: after ten steps a thirtieth of a character is left.
FADING: dict[str, dict[str, Any]] = {"text": {"halves": 1}}
DENSE = 128  # units of a dense recurrence at most, unless asked for
# A linear recurrence is read at the ten symbols and a few blanks. Weights may grow: what is wanted
# is distance between answers, and only few columns of U share a quantizer.
COPY = {"lr": 5e-2, "outliers": 0.0, "bias": False, "silent": 0, "sampled": 20, "noise": 0.02}
COPY_BLOCK, COPY_STEPS = 64, 6000
COPY_DENSE = {"lr": 3e-2, "noise": 0.01, "clip": 0.01, "w_factor": 0.01, "u_factor": 1.0}
COPY_DENSE_STEPS = 2000
COPY_PROJUNN, COPY_PROJUNN_STEPS = {"w_factor": 0.3}, 6000
# Steps from which on W must not let states grow, and from which on it may move but slowly.
LONG, VERY_LONG = 100, 400
SLOW_W = 0.005
# And a random W of so few bits is far from orthogonal once it is rounded.
COARSE = 4
# One of more bits is orthogonal while it is trained, and rounded once; one in real numbers always.
ROTATIONS = {"method": "rotations", "w_factor": 0.3}
ROTATED_IMAGES = {"epochs": 12}


def _base(task: str, permuted: bool) -> dict[str, Any]:
    base = dict(TASKS.get(task, OTHER))
    if task == "mnist" and permuted:
        base |= PERMUTED
    return base


def _turned(cell: str, dataset: Dataset, w_bits: int) -> bool:
    """Whether W is best trained in real numbers, as rotations."""
    fine = cell == "ornn" or (cell == "qornn" and w_bits > COARSE)
    return fine and dataset.steps >= VERY_LONG


def _copy(cell: str, dataset: Dataset, hidden: int, w_bits: int, method: str) -> dict[str, Any]:
    """Choose what suits the copy task, for a linear recurrence."""
    changes, steps = dict(COPY), COPY_STEPS
    if cell == "block-hadamrnn":
        changes["block"] = max(math.gcd(hidden, COPY_BLOCK), 2)
    elif cell not in HADAMARD:
        changes |= COPY_DENSE | {"table_bits": max(w_bits, 4), "v_bits": max(w_bits, 4)}
        steps = COPY_DENSE_STEPS
        if method.startswith("projunn"):
            changes, steps = changes | COPY_PROJUNN, COPY_PROJUNN_STEPS
        if dataset.steps >= VERY_LONG:
            changes["w_factor"] /= 3
    batches = -(-len(dataset.y_train) // TASKS["copy"]["batch"])
    return changes | {"epochs": -(-steps // batches)}


def default_recipe(
    task: str,
    dataset: Dataset,
    cell: str = "hadamrnn",
    warp: bool = False,
    size: int | None = None,
    **given: Any,
) -> Recipe:
    """Look up a recipe.

    Parameters
    ----------
    task
        As the command line names it.
    dataset
        Of that task.
    cell
        One of ``recipe.CELLS``.
    warp
        Whether images are augmented.
    size
        Bytes that the weights of a baseline take, as nearly as possible; None for those that the
        task's HadamRNN takes.
    given
        Fields of the recipe that are chosen already.

    Raises
    ------
    ModelError
        If they do not fit each other.
    """
    permuted = dataset.order is not None and bool((dataset.order[1:] < dataset.order[:-1]).any())
    reference = Recipe(**_base(task, permuted))
    changes = dict(CELLS[cell])
    if cell in HADAMARD:
        changes |= FADING.get(task, {})
    if task == "mnist" and cell in HADAMARD:
        changes |= PERMUTED_HADAMARD if permuted else {}
        changes |= PERMUTED_LAYER if permuted and given.get("layer") else {}
        changes |= WARPED if warp else {}
    if cell in BASELINES:
        if "hidden" not in given:
            bits = stored_bits(reference, dataset) if size is None else 8 * size
            changes["hidden"] = matched_hidden(cell, bits, given.get("w_bits", 0), dataset)
    elif cell not in HADAMARD:
        changes["hidden"] = min(reference.hidden, DENSE)
    if cell in ("qornn", "ornn"):
        changes |= NONLINEAR.get(task, {})
    linear = (
        cell not in ("lstm", "gru") and (changes | given).get("activation", "linear") == "linear"
    )
    hidden: int = given.get("hidden", reference.hidden)
    w_bits: int = given.get("w_bits", reference.w_bits)
    method: str = given.get("method", reference.method)
    if linear and task != "copy" and "method" not in given and _turned(cell, dataset, w_bits):
        method = "rotations"
    if method == "rotations":
        changes |= ROTATIONS | (ROTATED_IMAGES if task == "mnist" else {})
    if linear and cell == "qornn" and method != "rotations":
        changes["radius"] = dataset.steps >= LONG
        if dataset.steps >= VERY_LONG and method == "bjorck" and task != "copy":
            changes |= {"exact": w_bits <= COARSE, "w_factor": SLOW_W}
    if linear and task == "copy":
        changes |= _copy(cell, dataset, hidden, w_bits, method)
    if narrow := given.get("state_bits"):
        # More noise than rounding makes: saturation, which the noise does not show, adds to it.
        changes["noise_bits"] = narrow if changes.get("sampled") else max(narrow - 1, 1)
    if cell == "block-hadamrnn" and "block" in given and "hidden" not in given:
        block = given["block"]
        if block > 0:
            changes["hidden"] = max(reference.hidden // block, 1) * block
    return replace(reference, cell=cast(Cell, cell), warp=warp, **(changes | given))
