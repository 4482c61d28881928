"""How a network came to be, for the file that it ends in."""

import math
from dataclasses import asdict
from typing import Any

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.evaluate import evaluate
from qrnn_hw.train.loop.fit import Fit
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.versions import versions


def _metrics(dataset: Dataset, part: str, accuracy: float, loss: float) -> dict[str, float]:
    metrics = {f"{part}_accuracy": accuracy, f"{part}_loss": loss}
    if dataset.every:
        metrics[f"{part}_bits_per_answer"] = loss / math.log(2)
    return metrics


def card(fit: Fit, dataset: Dataset, recipe: Recipe) -> dict[str, Any]:
    """Write down everything that led to a network, and touch the test split: once, here.

    Of no test split nothing is said. No times and no paths, so that the same run gives the same
    card.

    Parameters
    ----------
    fit
        The trained network.
    dataset, recipe
        What it was trained on, and how.
    """
    chosen, tested = fit.chosen, {}
    if len(dataset.y_test):
        test = evaluate(fit.network, Split(dataset, "test"), Objective(dataset, recipe.balance))
        tested = _metrics(dataset, "test", test.accuracy, test.loss)
    notes = [
        *dataset.notes,
        "augmentation: each image turned, stretched and moved a little at random, on the geometry "
        "of the image, before the order of the steps is applied"
        if recipe.warp
        else "no augmentation",
    ]
    if recipe.balance:
        notes.append("losses are weighed by class, and the epoch of the least is kept")
    if dataset.regression:
        notes.append("accuracy is the share of answers within 0.04, loss the mean squared error")
    return {
        "recipe": recipe.settings(),
        "optimizer": f"Adam, linear warm-up over 5 % of the steps, {recipe.schedule} decay to "
        "zero; the best epoch on the validation split after the origin was rounded is kept",
        "seed": recipe.seed,
        "data_sha256": dataset.sha256,
        "splits": dataset.sizes,
        "parameters": sum(weight.numel() for weight in fit.network.parameters()),
        "curve": [asdict(epoch) for epoch in fit.curve],
        "chosen_epoch": chosen.number,
        "val_sequences": fit.validated,
        **_metrics(dataset, "val", chosen.val_accuracy, chosen.val_loss),
        **tested,
        "versions": versions(),
        "notes": notes,
    }
