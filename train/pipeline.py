"""From a data set to what training leaves behind."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import nn

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.batch import Split
from qrnn_hw.train.card import card
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.fit import Epoch, fit
from qrnn_hw.train.freeze import freeze
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.ranges import WIDTHS, choose_range, judges, score_integers
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.sizes import FLOAT, stored_bits
from qrnn_hw.train.tune import Tuned, tune

# Widths of a state that the test split is run with in integers.
TESTED = (8, 12)


@dataclass(frozen=True)
class Baseline:
    """A network in full precision, that nothing compiles.

    Parameters
    ----------
    network
        With its weights.
    card
        How it came to be, and how well it does.
    """

    network: nn.Module
    card: dict[str, Any]


def with_ranges(model: TrainedModel, dataset: Dataset, fixed: dict[int, float]) -> TrainedModel:
    """Choose the range of the states for every width, on validation sequences.

    Parameters
    ----------
    model
        A trained network.
    dataset
        What it was trained on.
    fixed
        Ranges that stand already, by width.
    """
    objective = Objective(dataset)
    split = Split(dataset, "val", judges(dataset, model.hidden))
    ranges = {str(bits): reach for bits, reach in fixed.items()}
    sweep: dict[str, Any] = {}
    for bits in WIDTHS:
        if bits in fixed:
            continue
        choice = choose_range(model, bits, split, objective)
        if choice is not None:
            ranges[str(bits)] = choice.reach
            sweep[str(bits)] = asdict(choice.score) | {
                "range": choice.reach,
                "tried": [{"range": reach} | asdict(score) for reach, score in choice.tried],
            }
    states = {"validation_sequences": len(split), "widths": sweep}
    return replace(model, ranges=ranges, card=model.card | {"states": states})


def _tuned_card(tuned: Tuned, bits: int) -> dict[str, Any]:
    return {
        "state_bits": bits,
        "range": tuned.reach,
        "val_before": asdict(tuned.before),
        "curve": [asdict(epoch) for epoch in tuned.curve],
    }


def _test_integers(model: TrainedModel, dataset: Dataset, widths: set[int]) -> dict[str, Any]:
    """Score what hardware computes on the test split, by width of the states."""
    split, objective = Split(dataset, "test"), Objective(dataset)
    return {
        bits: asdict(score_integers(integer_model(model, int(bits)), split, objective))
        for bits in model.ranges
        if int(bits) in widths
    }


def train_network(
    dataset: Dataset, recipe: Recipe, report: Callable[[Epoch], None]
) -> TrainedModel | Baseline:
    """Train, tune if the recipe says so, quantize, and choose the ranges of the states.

    Parameters
    ----------
    dataset
        Its test split is touched at the end only.
    recipe
        How.
    report
        Called after every epoch, those of tuning included.

    Raises
    ------
    ModelError
        If the loss becomes infinite or NaN.
    """
    fitted = fit(dataset, recipe, report)
    if recipe.baseline:
        known = card(fitted, dataset, recipe)
        return Baseline(fitted.network, known | {"bytes": FLOAT // 8 * known["parameters"]})
    tuned = tune(fitted, dataset, recipe, report) if recipe.state_bits else None
    model = freeze(tuned.fit if tuned else fitted, dataset, recipe)
    model = with_ranges(model, dataset, {recipe.state_bits: tuned.reach} if tuned else {})
    tested = {*TESTED, recipe.state_bits}
    extra: dict[str, Any] = {
        "bytes": stored_bits(recipe, dataset) // 8,
        "test_integers": _test_integers(model, dataset, tested),
    }
    if tuned:
        extra["tuned"] = _tuned_card(tuned, recipe.state_bits)
    return replace(model, card=model.card | extra)
