"""From a data set to what training leaves behind."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.course import Epoch
from qrnn_hw.train.loop.evaluate import answered
from qrnn_hw.train.loop.fit import Fit, fit
from qrnn_hw.train.loop.identity import identity
from qrnn_hw.train.loop.tune import Tuned, tune
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.sizes import baseline_bits, real_bits, stored_bits
from qrnn_hw.train.objective import Balance, Objective
from qrnn_hw.train.recipe import HADAMARD, Recipe
from qrnn_hw.train.result.card import card
from qrnn_hw.train.result.freeze import freeze
from qrnn_hw.train.result.judged import judged, judged_part
from qrnn_hw.train.rounding.ranges import WIDTHS, choose_range, integer_logits, judges
from qrnn_hw.train.rounding.transforms import EXACT, transform_record

# Widths of a state that the test split is run with in integers, and that of what is built.
TESTED, BUILT = (8, 12), 12


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


def with_ranges(
    model: TrainedModel, dataset: Dataset, fixed: dict[int, float], balance: Balance = False
) -> TrainedModel:
    """Choose the range of the states for every width, on validation sequences.

    Parameters
    ----------
    model
        A trained network.
    dataset
        What it was trained on.
    fixed
        Ranges that stand already, by width.
    balance
        What the least loss is of, as in a recipe.
    """
    objective = Objective(dataset, balance)
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


def tested(
    model: TrainedModel, dataset: Dataset, state_bits: int, balance: Balance, transform: str = ""
) -> dict[str, Any]:
    """Run what hardware computes on the split that a network is judged on.

    Parameters
    ----------
    model
        With its ranges.
    dataset
        Its test split is touched, if there is one.
    state_bits
        Width of the states that are built, and judged.
    balance
        What losses are weighed by, as in a recipe.
    transform
        As in a recipe.

    Returns
    -------
    dict
        For the card: "transform", which the built width has, as from
        :func:`~qrnn_hw.train.rounding.transforms.transform_record`; "test_integers", scores by
        width, none without a test split; and "judged", as from
        :func:`qrnn_hw.train.result.judged.judged`, where hardware can hold any width.
    """
    part, objective = judged_part(dataset), Objective(dataset, balance)
    widths, split = sorted(map(int, model.ranges)), Split(dataset, part)
    if state_bits not in widths:
        state_bits = widths[-1] if widths else 0
    scores: dict[str, Any] = {}
    found: dict[str, Any] = {"test_integers": scores}
    if isinstance(model.recurrence, HadamardWeights) and widths:
        found["transform"] = transform_record(model, dataset, state_bits, transform, balance)
    chosen = found.get("transform", {}).get("chosen", EXACT)
    for bits in widths:
        if bits != state_bits and (bits not in TESTED or part != "test"):
            continue
        built = chosen if bits == state_bits else EXACT
        logits = integer_logits(integer_model(model, bits, built), split, objective)
        if bits == state_bits:
            answers = objective.answers(logits, split.targets)[0].numpy()
            found["judged"] = judged(dataset, answers, bits)
        if part == "test":
            scores[str(bits)] = asdict(objective.score([(logits, split.targets)]))
    return found


def _judged(network: Network | GatedNetwork, dataset: Dataset) -> dict[str, Any]:
    """Judge the answers of a network in real numbers."""
    split, objective = Split(dataset, judged_part(dataset)), Objective(dataset)
    pairs = answered(network, split, objective)
    answers = torch.cat([objective.answers(*pair)[0] for pair in pairs])
    return judged(dataset, answers.numpy(), None)


def _trained(
    dataset: Dataset,
    recipe: Recipe,
    report: Callable[[Epoch], None],
    checkpoint: Checkpoint | None,
) -> tuple[Fit, Tuned | None]:
    """Train, and tune if the recipe says so."""
    if checkpoint is not None:
        checkpoint.open(identity(dataset, recipe))
    try:
        fitted = fit(dataset, recipe, report, checkpoint)
        if recipe.baseline or not recipe.state_bits:
            return fitted, None
        return fitted, tune(fitted, dataset, recipe, report, checkpoint)
    except ModelError:
        # The same run would diverge again, and another one, as the hint asks for, is not its own.
        if checkpoint is not None:
            checkpoint.remove()
        raise


def train_network(
    dataset: Dataset,
    recipe: Recipe,
    report: Callable[[Epoch], None],
    checkpoint: Checkpoint | None = None,
) -> TrainedModel | Baseline:
    """Train, tune if the recipe says so, quantize, and choose the ranges of the states.

    Parameters
    ----------
    dataset
        Its test split is touched at the end only.
    recipe
        How.
    report
        Called after every epoch, those of tuning included; not for those that ``checkpoint`` has.
    checkpoint
        Kept while training lasts, and gone on from if it has epochs of this run. It stays: remove
        it when the result is safe.

    Raises
    ------
    ModelError
        If the run diverges, or the checkpoint is damaged or of another run.
    OutputError
        If the checkpoint cannot be written.
    """
    fitted, tuned = _trained(dataset, recipe, report, checkpoint)
    if recipe.baseline:
        known = card(fitted, dataset, recipe)
        known["judged"] = _judged(fitted.network, dataset)
        if recipe.cell in HADAMARD:
            bits = real_bits(recipe, known["parameters"])
        else:
            bits = baseline_bits(recipe.cell, recipe.hidden, recipe.w_bits, dataset)
        return Baseline(fitted.network, known | {"bytes": -(-bits // 8)})
    model = freeze(tuned.fit if tuned else fitted, dataset, recipe)
    fixed = {recipe.state_bits: tuned.reach} if tuned else {}
    model = with_ranges(model, dataset, fixed, recipe.balance)
    extra = tested(model, dataset, recipe.state_bits or BUILT, recipe.balance, recipe.transform)
    extra["bytes"] = stored_bits(recipe, dataset) // 8
    if tuned:
        extra["tuned"] = _tuned_card(tuned, recipe.state_bits)
    return replace(model, card=model.card | extra)
