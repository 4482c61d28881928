"""Sequences from an .npz, quantized and ordered as the task of a model has them."""

from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.data.padded import padded
from qrnn_hw.data.sound import frames_of, hears
from qrnn_hw.data.wire import quantized
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.golden import check_lengths
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

HINT = "pass an .npz with x (n, T) or (n, T, channels), y, and lengths if they differ"


def read_arrays(path: str | Path) -> dict[str, Any]:
    """Read the arrays ``x``, and ``y`` and ``lengths`` if they are there, as the file has them.

    Raises
    ------
    DataError
        If the file is missing, or no such archive.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            suffix = "_test" if "x_test" in archive else ""
            names = ("x", "y", "lengths")
            found = {n: archive[n + suffix] for n in names if n + suffix in archive}
            arrays = {"x": archive[f"x{suffix}"], **found}
            if not all(isinstance(array, np.ndarray) for array in arrays.values()):
                raise TypeError(path)  # members that are no arrays come as bytes
            return arrays
    except Exception as error:  # on foreign bytes NumPy and zipfile let out whatever went wrong
        raise DataError(f"{path} must be an .npz with sequences, and is not", HINT) from error


def _quantized(x: Any, model: IntegerModel, network: TrainedModel | None) -> Integers:
    """Quantize real inputs as those that the network was trained on."""
    step = None if network is None else network.input_step
    if step is None:
        raise DataError("a model.json, or one of tokens, takes integers only", "quantize the data")
    if not np.isfinite(x).all():
        raise DataError("sequences must be finite, and have NaN or infinity", HINT)
    return quantized(x, step, model.input_range)


def read_archive(
    path: str | Path, model: IntegerModel, network: TrainedModel | None
) -> tuple[Integers, Integers, Integers | None]:
    """Read test sequences.

    Integer arrays are taken as they are; real ones are divided by the model's input step. Images
    (n, rows, columns) become one pixel a step, permuted where the task permutes them. A model of
    sound also takes samples (n, samples), whose ``lengths`` are in samples. The arrays are
    ``x_test``, ``y_test`` and ``lengths_test``, or ``x``, ``y`` and ``lengths``; labels and
    lengths may be missing.

    Returns
    -------
    x, lengths, y
        As :class:`qrnn_hw.data.sequences.Sequences` has them.

    Raises
    ------
    DataError
        If the file is missing, malformed, or does not fit the model.
    """
    arrays = read_arrays(path)
    if arrays["x"].ndim == 2 and hears(model, network):
        frames = frames_of(arrays["x"], arrays.get("lengths"))
        arrays |= {"x": padded(frames, 0), "lengths": np.array([len(part) for part in frames])}
    x, channels = arrays["x"], model.inputs.channels
    if channels == 1 and x.ndim > 1 and len(x):
        x = x.reshape(len(x), -1, 1)
    if x.ndim != 3 or not len(x) or x.shape[2] != channels or x.dtype.kind not in "iuf":
        raise DataError(
            f"sequences must be numbers (n, T, {channels}), not {x.dtype} of {x.shape}", HINT
        )
    if x.dtype.kind == "f":
        x = _quantized(x, model, network)
    order = network.task.get("order") if network is not None else None
    if order is not None and not isinstance(model.inputs, Tokens):
        if len(order) != x.shape[1]:
            raise DataError(f"sequences must have {len(order)} steps, not {x.shape[1]}", HINT)
        x = x[:, np.asarray(order)]
    y = arrays.get("y")
    shape = x.shape[:2] if model.readout.every else x.shape[:1]
    if y is not None and (y.shape != shape or y.dtype.kind not in "iu"):
        raise DataError(f"labels must be integers {shape}, not {y.dtype} of {y.shape}", HINT)
    lengths = check_lengths(arrays.get("lengths"), len(x), x.shape[1])
    return model.inputs.check(x), lengths, None if y is None else y.astype(np.int64)
