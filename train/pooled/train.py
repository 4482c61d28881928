"""From a data set to a model whose readout sums over the steps."""

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import FitError, ModelError, ToolError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import Levels, NumberInputs
from qrnn_hw.train.batch import Split
from qrnn_hw.train.kernels import NUMBA
from qrnn_hw.train.objective import balanced
from qrnn_hw.train.pipeline import tested, with_ranges
from qrnn_hw.train.pooled.choose import (
    DESIGNS,
    FEW,
    PARTS,
    SQUARES,
    Candidate,
    choose,
    compare,
    fitted,
    ranged,
)
from qrnn_hw.train.pooled.draw import (
    MEASURED,
    Design,
    Sequences,
    draw,
    features,
    u_format,
    with_readout,
)
from qrnn_hw.train.result.freeze import described
from qrnn_hw.train.result.versions import versions

MOST_BYTES = 4900  # of weights, where the number of units is not asked for
MOST_UNITS, UNITS = 1024, 64  # at most, and in steps of
BIAS_BITS = 14  # of a unit, about
#: Whether a network is small enough for what is to hold it.
Fits = Callable[[IntegerModel], bool]
LONGER = 4  # times the longest sequence of the training set, that a pool has room for


@dataclass(frozen=True)
class PooledRecipe:
    """How to train a readout of the whole sequence; with the data set it fixes the result.

    Parameters
    ----------
    hidden
        Units d, a multiple of 16; None for as many as weights of 5 kB allow, 1024 at most.
    statistic
        "mean" or "count"; None for the one that validates better.
    v_bits, state_bits
        Width of a level of V, 2..8, and of a state that V is trained for, 4..16.
    balance
        Whether every class counts alike, however many sequences it has.
    seed
        Draws signs, U, thresholds, the first V and batches.
    draws
        How often the best design is drawn; the draw that validates best is kept.
    """

    hidden: int | None = None
    statistic: str | None = None
    v_bits: int = 4
    state_bits: int = 12
    balance: bool = False
    seed: int = 0
    draws: int = 1


def obstacle(dataset: Dataset, chosen: Mapping[str, Any]) -> str | None:
    """Say what keeps a data set from a pooled readout; None if nothing does.

    Parameters
    ----------
    chosen
        Fields of a recipe, of which ``hidden`` may be one that no design has.
    """
    for there, what in (
        (dataset.vocabulary is not None, "is for numbers, not for tokens"),
        (dataset.every, "answers once a sequence, not after every step"),
        (dataset.regression, "tells classes, not a number"),
    ):
        if there:
            return what
    hidden, least = chosen.get("hidden"), min(design.block for design in DESIGNS)
    if hidden is not None and hidden % least:
        return f"needs units in multiples of {least}, not {hidden}"
    return None


def units(channels: int, classes: int, v_bits: int) -> int:
    """Choose how many units there are."""
    bits = channels * u_format(channels)[0] + classes * v_bits + BIAS_BITS + 1
    return max(UNITS, min(MOST_UNITS, MOST_BYTES * 8 // bits // UNITS * UNITS))


def _sequences(dataset: Dataset, part: str) -> Sequences:
    split = Split(dataset, part)
    return Sequences(split.integers, split.lengths, split.targets.numpy())


def inputs_of(dataset: Dataset, known: Sequences) -> NumberInputs:
    """Say what the inputs are: their zero is the mean of all steps."""
    valid = np.arange(known.x.shape[1]) < known.lengths[:, None]
    zero = np.rint(known.x[valid].mean(0)).astype(np.int64)
    u = Levels(4, 1.0, np.zeros((1, dataset.channels), np.int64))
    return NumberInputs(
        u, dataset.input_bits, dataset.input_signed, dataset.input_step,
        zero if zero.any() else None,
    )  # fmt: skip


def known_sequences(dataset: Dataset, recipe: PooledRecipe) -> Sequences:
    """Return the sequences of training and validation, if they suit a pooled readout.

    Many are in the order of their file.

    Raises
    ------
    ModelError, ToolError
        As from :func:`train_pooled`.
    """
    if (what := obstacle(dataset, asdict(recipe))) is not None:
        raise ModelError(f"a pooled readout {what}", "read the last state")
    if not NUMBA:
        raise ToolError(
            "a pooled readout needs numba, which is not installed", "pip install 'qrnn-hw[train]'"
        )
    torch.set_num_threads(1)
    train, val = _sequences(dataset, "train"), _sequences(dataset, "val")
    known = Sequences(*(np.concatenate(pair) for pair in zip(
        (train.x, train.lengths, train.y), (val.x, val.lengths, val.y))))  # fmt: skip
    first, second = dataset.places_train, dataset.places_val
    if len(known.y) <= FEW or first is None or second is None:
        return known
    return known.take(np.argsort(np.concatenate([first, second]), kind="stable"))


def offered(dataset: Dataset, hidden: int) -> tuple[Design, ...]:
    """List the designs that suit a data set and so many units."""
    designs = (*DESIGNS, *PARTS) if dataset.channels > 2 else DESIGNS
    return tuple(design for design in designs if hidden % design.block == 0)


def _largest(
    design: Design, hidden: int, fits: Fits | None, sample: Callable[[Design, int], IntegerModel]
) -> int:
    """Return the units of a design: ``hidden``, or the most below that fit; 0 if none do.

    Parameters
    ----------
    sample
        Makes a network of a design and so many units, its weights of no use.
    """
    if fits is None or fits(sample(design, hidden)):
        return hidden
    for step in sorted({UNITS, design.block}, reverse=True):
        smaller = range(step, hidden, step)
        if count := bisect_left(smaller, 1, key=lambda n: not fits(sample(design, n))):
            return smaller[count - 1]
    return 0


def train_pooled(
    dataset: Dataset,
    recipe: PooledRecipe,
    report: Callable[[Candidate], None],
    fits: Fits | None = None,
    until: float = math.inf,
) -> TrainedModel:
    """Choose a design by cross-validation, train its readout on all of it, and quantize.

    Training and validation sequences together are dealt into parts that take turns at judging;
    the test split is touched at the end only.

    Parameters
    ----------
    report
        Called with every candidate that was judged.
    fits
        Whether a network is small enough; every design then has as many units as fit, and
        ``hidden`` at most.
    until
        When to begin no further draw, by ``time.monotonic()``. The card has how many were made: a
        recipe of as many comes to the same model.

    Raises
    ------
    ModelError
        If the data set asks for something else than the class of a sequence of numbers, or the
        units suit no design.
    FitError
        If no network is small enough.
    ToolError
        If numba is missing.
    """
    known = known_sequences(dataset, recipe)
    classes = len(dataset.classes)
    hidden = recipe.hidden or units(dataset.channels, classes, recipe.v_bits)
    weights = balanced(known.y, classes) if recipe.balance else None
    logits = 1 if dataset.decision else classes
    about = inputs_of(dataset, known)
    steps = LONGER * dataset.steps

    def sample(design: Design, units: int) -> IntegerModel:
        model = draw(about, known, units, design, recipe.seed, recipe.state_bits)
        v = Levels(recipe.v_bits, 1.0, np.ones((logits, units), np.int64))
        model = with_readout(model, v, np.zeros(logits), recipe.statistic or "mean", steps)
        return integer_model(model, recipe.state_bits)

    sizes = {
        design: _largest(design, hidden, fits, sample)
        for design in offered(dataset, hidden)
    }  # fmt: skip
    if not any(sizes.values()):
        raise FitError("no network of sums over the steps is small enough", "take a larger board")
    judged: list[Candidate] = []
    drawn: dict[Design, TrainedModel] = {}

    def best_of(sizes: Mapping[Design, int]) -> Candidate:
        """Judge designs of so many units; return the best of all so far."""
        found, models = compare(
            about, known, logits, sizes=sizes, state_bits=recipe.state_bits, v_bits=recipe.v_bits,
            weights=weights, seed=recipe.seed, report=report,
        )  # fmt: skip
        judged.extend(found)
        drawn.update(models)
        allowed = [one for one in judged if recipe.statistic in (None, one.statistic)]
        return choose(allowed, len(known.y), recipe.state_bits)

    best, made = best_of({design: units for design, units in sizes.items() if units}), 1
    again = best.design
    while made < recipe.draws and time.monotonic() < until:
        best = best_of({replace(again, draw=made): sizes[again]})
        made += 1
    model = ranged(drawn[best.design], recipe.state_bits, best.reach)
    z = features(model, known, recipe.state_bits)[best.statistic]
    readout = fitted(best.way, z, known.y, logits, recipe.v_bits, weights, recipe.seed)
    model = with_readout(model, readout.v, readout.class_bias, best.statistic, steps)
    return tested_model(model, dataset, replace(recipe, draws=made), judged, best)


def tested_model(
    model: TrainedModel,
    dataset: Dataset,
    recipe: PooledRecipe,
    judged: list[Candidate],
    best: Candidate,
) -> TrainedModel:
    """Add ranges, the card, and the score on the test split."""
    card: dict[str, Any] = {
        "recipe": asdict(replace(recipe, hidden=model.hidden, statistic=best.statistic))
        | {
            "readout": "pooled",
            "block": best.design.block,
            "decays": list(best.design.decays),
            "hears": best.design.hears,
            "draw": best.design.draw,
            "v_by": best.way,
        },
        "optimizer": "signs, U and thresholds drawn; "
        + (
            "V by least squares on features, rounded unit by unit"
            if best.way == SQUARES
            else "V by Adam on features, rounded in every step"
        ),
        "seed": recipe.seed,
        "data_sha256": dataset.sha256,
        "splits": dataset.sizes,
        "candidates": [asdict(one) for one in judged],
        "state_range_sequences": min(MEASURED, dataset.sizes["train"] + dataset.sizes["val"]),
        "val_accuracy": best.accuracy,
        "val_loss": best.loss,
        "versions": versions(),
        "notes": [*dataset.notes, "validation: training and validation sequences, cross-validated"],
    }
    fixed = {recipe.state_bits: best.reach}
    model = with_ranges(described(model, dataset, **card), dataset, fixed, recipe.balance)
    card = model.card | tested(model, dataset, recipe.state_bits, recipe.balance)
    scores = card["test_integers"].get(str(recipe.state_bits), {})
    card |= {f"test_{name}": value for name, value in scores.items()}
    size = integer_model(model, recipe.state_bits).weight_bits // 8
    return replace(model, card=card | {"bytes": size})
