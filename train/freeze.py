"""From a trained network to the model that the hardware flow starts from."""

from dataclasses import asdict

import numpy as np
import torch

import qrnn_hw
from qrnn_hw.export.trained import Levels, TrainedModel
from qrnn_hw.train.calibrate import CALIBRATION, state_range
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.evaluate import accuracy, inputs_of
from qrnn_hw.train.fit import Fit
from qrnn_hw.train.quantizer import to_levels
from qrnn_hw.train.recipe import Recipe


def freeze(fit: Fit, dataset: Dataset, recipe: Recipe) -> TrainedModel:
    """Quantize, measure the state's range, and touch the test split: once, here.

    Parameters
    ----------
    fit
        The trained network.
    dataset, recipe
        What it was trained on, and how.

    Returns
    -------
    TrainedModel
        With a card of everything that led to it; no times and no paths, so that the same run
        gives the same model.
    """
    network = fit.network
    calibration = dataset.x_train[:CALIBRATION]
    reach = state_range(network, inputs_of(calibration, dataset))
    tensors = {}
    # The network saw gain * n; the model states what n means in the user's units. U takes the rest.
    scale = dataset.gain / dataset.input_step
    for name, factor in (("u", scale), ("v", 1.0)):
        bits = getattr(recipe, f"{name}_bits")
        levels, step = to_levels(getattr(network, name), bits)
        matrix = levels.reshape(recipe.hidden, 1) if name == "u" else levels
        tensors[name] = Levels(bits, float(step) * factor, matrix.numpy().astype(np.int64))
    m = round(np.log2(fit.reach / fit.origin.step))
    clipped = np.abs(fit.origin.levels) == (1 << fit.origin.bits - 1) - 1
    card = {
        "recipe": asdict(recipe),
        "optimizer": "Adam, linear warm-up over 5 % of the steps, cosine decay to zero; the "
        "best epoch on the validation split after the origin was rounded is kept",
        "seed": recipe.seed,
        "data_sha256": dataset.sha256,
        "splits": dataset.sizes,
        "curve": [asdict(epoch) for epoch in fit.curve],
        "chosen_epoch": fit.chosen.number,
        "origin": {
            "range": fit.reach,
            "step_exponent": m,
            "extreme_levels": int(clipped.sum()),
            "val_accuracy_before_rounding": fit.before_rounding,
            "val_accuracy_after_rounding": fit.after_rounding,
        },
        "state_range_sequences": len(calibration),
        "val_accuracy": fit.chosen.val_accuracy,
        "test_accuracy": accuracy(network, dataset.x_test, dataset.y_test, dataset),
        "versions": {
            "qrnn_hw": qrnn_hw.__version__,
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        "notes": [
            *dataset.notes,
            "augmentation: one random shift of at most a pixel each way a batch, on the geometry "
            "of the image, before the order of the steps is applied"
            if recipe.shift
            else "no augmentation",
        ],
    }
    task = {"name": dataset.name, "steps": dataset.steps, "classes": list(dataset.classes)}
    if dataset.order is not None and (np.diff(dataset.order) != 1).any():
        task["order"] = dataset.order.tolist()
    return TrainedModel(
        signs=network.signs.numpy().astype(np.int64),
        u=tensors["u"],
        v=tensors["v"],
        origin=fit.origin,
        class_bias=network.class_bias.detach().numpy().astype(np.float64),
        input_bits=dataset.input_bits,
        input_signed=dataset.input_signed,
        input_step=dataset.input_step,
        state_range=reach,
        task=task,
        samples_x=dataset.x_test[: dataset.samples].astype(np.int64),
        samples_y=dataset.y_test[: dataset.samples].astype(np.int64),
        card=card,
    )
