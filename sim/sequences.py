"""Sequences to verify with, from a user's ``.npz``."""

import zipfile
from pathlib import Path

import numpy as np

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.golden import check_inputs
from qrnn_hw.export.integer import IntegerModel, Integers


def load_sequences(path: str | Path, model: IntegerModel) -> Integers:
    """Read ``x``, (n, T) or (n, T, 1), integers of the model's input range.

    Raises
    ------
    DataError
        If the file is missing or foreign, or ``x`` does not fit the model.
    """
    hint = "write it with numpy.savez(path, x=integers), a row a sequence"
    try:
        with np.load(path) as data:
            x = data["x"]
    except (OSError, ValueError, KeyError, EOFError, IndexError, TypeError, AttributeError,
            zipfile.BadZipFile) as error:  # fmt: skip
        raise DataError(f"{path} must be an .npz file with an array x, and is not", hint) from error
    if x.ndim == 3 and x.shape[2] == 1:
        x = x[:, :, 0]
    return check_inputs(model, x)
