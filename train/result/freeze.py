"""From a trained network to the model that the hardware flow starts from."""

from dataclasses import replace
from typing import Any

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.document import encode
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.fit import Fit
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.weights import quantized
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.card import card
from qrnn_hw.train.rounding.calibrate import calibration_sequences, measured, state_range


def _recurrence_card(fit: Fit) -> dict[str, Any]:
    """Describe what the recurrence came to."""
    recurrence = fit.compiled.recurrence
    if not isinstance(recurrence, Hadamard):
        return {
            "w": {
                "ternary": recurrence.is_ternary(),
                "orthogonality_error": recurrence.orthogonality_error(),
                "orthogonality_error_before_quantizer": recurrence.orthogonality_error(False),
            }
        }
    if fit.origin is None:
        return {}
    clipped = np.abs(fit.origin.levels) == (1 << fit.origin.bits - 1) - 1
    return {
        "origin": {
            "range": fit.reach,
            "step_exponent": round(np.log2(fit.reach / fit.origin.step)),
            "extreme_levels": int(clipped.sum()),
            "val_accuracy_before_rounding": fit.before_rounding.accuracy,
            "val_accuracy_after_rounding": fit.after_rounding.accuracy,
        }
    }


def task_of(dataset: Dataset) -> dict[str, Any]:
    """Say what a network is for."""
    task: dict[str, Any] = {
        "name": dataset.name, "steps": dataset.steps, "classes": list(dataset.classes)
    }  # fmt: skip
    if dataset.order is not None and (np.diff(dataset.order) != 1).any():
        task["order"] = dataset.order.tolist()
    if dataset.vocabulary is not None:
        task["vocabulary"] = list(dataset.vocabulary)
    if dataset.image is not None:
        task["image"] = list(dataset.image)
    task["data_step"] = None
    if dataset.rounded:
        steps = dataset.channel_steps
        task["data_step"] = dataset.input_step if steps is None else list(map(float, steps))
        if (offsets := dataset.channel_offsets) is not None:
            task["data_offset"] = offsets[0] if steps is None else list(offsets)
    if dataset.channel_names is not None:
        task["channels"] = list(dataset.channel_names)
    if dataset.channel_units is not None:
        task["units"] = list(dataset.channel_units)
    if dataset.layout is not None:
        task["layout"] = dataset.layout
    if dataset.regression:
        task |= {"regression": True, "answer_scale": dataset.answer_scale,
                 "answer_offset": dataset.answer_offset}  # fmt: skip
    if dataset.raw is not None:
        task["raw"] = encode(dataset.raw)
    return task


def described(model: TrainedModel, dataset: Dataset, **card: Any) -> TrainedModel:
    """Add to a model what its data set knows: what it is for, and a few test sequences.

    Without a test split they are of the one that validates.

    Parameters
    ----------
    model
        Without them.
    dataset
        That it was trained on.
    card
        What there is to say of how it came to be.
    """
    part = "test" if len(dataset.y_test) else "val"
    kept = Split(dataset, part, dataset.samples)
    targets = kept.targets.numpy()
    if dataset.regression:
        scale, offset = dataset.answer_scale, dataset.answer_offset
        card["samples_truth"] = [float(f"{one * scale + offset:.9g}") for one in targets.tolist()]
        targets = np.full(len(targets), -1)
    return replace(
        model,
        task=task_of(dataset),
        samples_x=kept.integers,
        samples_lengths=kept.lengths,
        samples_y=targets.astype(np.int64),
        card=card,
    )


def freeze(fit: Fit, dataset: Dataset, recipe: Recipe) -> TrainedModel:
    """Quantize, and measure the state's range.

    Parameters
    ----------
    fit
        The trained network, of a cell that hardware computes.
    dataset, recipe
        What it was trained on, and how.

    Returns
    -------
    TrainedModel
        With the card of :func:`qrnn_hw.train.result.card.card`.
    """
    network, train = fit.compiled, Split(dataset, "train")
    network.measure_layer(measured(network, train))
    model = quantized(network, dataset, recipe.cell, fit.origin, state_range(network, train))
    known = card(fit, dataset, recipe) | _recurrence_card(fit)
    count = calibration_sequences(train, recipe.hidden)
    return described(model, dataset, **known, state_range_sequences=count)
