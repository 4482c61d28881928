"""Opening a model from the command line, in either of its two forms."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import convert, integer, trained
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel


@dataclass(frozen=True)
class OpenModel:
    """An integer model with what its file knows about real inputs.

    Parameters
    ----------
    model
        What will be built.
    samples_x, samples_y
        Test sequences in the file, (n, T) and (n,); none for an integer model.
    trained
        The network it was converted from, if the file was a ``model.pt``.
    """

    model: IntegerModel
    samples_x: npt.NDArray[np.int64]
    samples_y: npt.NDArray[np.int64]
    trained: TrainedModel | None = None


def open_model(path: str | Path, state_bits: int = 12) -> OpenModel:
    """Read ``model.pt`` and convert it, or read a ``model.json`` as it is.

    Raises
    ------
    ModelError
        If the file is neither.
    """
    if Path(path).suffix == ".json":
        model = integer.load(path)
        return OpenModel(model, np.zeros((0, 1), np.int64), np.zeros(0, np.int64))
    network = trained.load(path)
    model = convert.integer_model(network, state_bits)
    return OpenModel(model, network.samples_x, network.samples_y, network)


def open_sequences(
    path: str | Path, opened: OpenModel
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64] | None]:
    """Read test sequences from an ``.npz``, quantized and ordered as the model's task says.

    Integer arrays are taken as they are; real ones are divided by the model's input step. Images
    (n, rows, columns) become one pixel a step, permuted where the task permutes them. The arrays
    are ``x_test`` and ``y_test``, or ``x`` and ``y``; labels may be missing.

    Raises
    ------
    DataError
        If the file is missing, malformed, or does not fit the model.
    """
    hint = "pass an .npz with x (n, T) and y (n,), or x_test and y_test"
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            suffix = "_test" if "x_test" in archive else ""
            x = archive[f"x{suffix}"]
            y = archive[f"y{suffix}"] if f"y{suffix}" in archive else None
    except (OSError, ValueError, KeyError, EOFError, IndexError, TypeError, AttributeError,
            zipfile.BadZipFile, zlib.error) as error:  # fmt: skip
        raise DataError(f"{path} must be an .npz with sequences, and is not", hint) from error
    x = x.reshape(len(x), -1) if x.ndim > 1 else x
    if x.ndim != 2 or not len(x) or x.dtype.kind not in "iuf":
        raise DataError(f"sequences must be numbers (n, T), not {x.dtype} of {x.shape}", hint)
    if y is not None and (y.shape != (len(x),) or y.dtype.kind not in "iu"):
        raise DataError(f"labels must be {len(x)} integers, not {y.dtype} of {y.shape}", hint)
    network = opened.trained
    if x.dtype.kind == "f":
        if network is None:
            raise DataError("a model.json takes integer inputs only", "quantize the data first")
        if not np.isfinite(x).all():
            raise DataError("sequences must be finite, and have NaN or infinity", hint)
        low, high = opened.model.input_range
        x = np.clip(np.rint(x / network.input_step), low, high).astype(np.int64)
    order = network.task.get("order") if network is not None else None
    if order is not None:
        if len(order) != x.shape[1]:
            raise DataError(f"sequences must have {len(order)} steps, not {x.shape[1]}", hint)
        x = x[:, np.asarray(order)]
    return x.astype(np.int64), y
