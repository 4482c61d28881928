"""The files that training ends in: written whole or not at all."""

import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.model_file import to_dict
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.place import place

BASELINE = "qrnn-hw baseline"


def check_writable(path: str | Path) -> None:
    """Make sure, before minutes of training, that a file can be written.

    Parameters
    ----------
    path
        The file; it need not exist, and stays as it is.

    Raises
    ------
    OutputError
        If it is a folder, or its folder is missing or takes no files.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"the output must be a file, and {path} is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise OutputError(
            f"the output must be in a folder that exists, and {path.parent} does not",
            f"mkdir -p {path.parent}",
        )
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(
            f"the output must be in a folder that can be written to: {error}",
            "choose another with -o",
        ) from error


def _plain(value: Any) -> Any:
    """Turn arrays into the narrowest tensors that hold them, in nested tables and lists."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if type(value) is str:
        # Pickle writes one object once, but equal ones twice, as a network has that was sent here.
        return sys.intern(value)
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind == "f":
        return torch.from_numpy(value)
    for dtype in (np.int8, np.uint8, np.int16, np.int32):
        if not value.size or (
            np.iinfo(dtype).min <= value.min() and value.max() <= np.iinfo(dtype).max
        ):
            return torch.from_numpy(value.astype(dtype))
    return torch.from_numpy(value)


def _packed(document: Any) -> bytes:
    # torch.save names the records after the file; a buffer has no name.
    buffer = io.BytesIO()
    torch.save(document, buffer)
    return buffer.getvalue()


def save(model: TrainedModel, path: str | Path) -> None:
    """Write a model that :func:`qrnn_hw.export.model_file.load` reads.

    The same model gives the same bytes, under any file name. An interruption leaves the old file,
    or none.

    Parameters
    ----------
    model
        The model.
    path
        The file; replaced if it exists.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    place(_packed(_plain(to_dict(model))), Path(path))


def save_baseline(network: nn.Module, card: dict[str, Any], path: str | Path) -> Path:
    """Write the weights of a network that nothing compiles, and beside them its card as JSON.

    Parameters
    ----------
    network
        The network.
    card
        What is to be known of it.
    path
        The file of the weights, a ``state_dict``; replaced if it exists.

    Returns
    -------
    Path
        The card: the same name, ending in ``.json``.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    path = Path(path)
    place(_packed({"format": BASELINE, "state_dict": network.state_dict()}), path)
    beside = path.with_suffix(".json")
    place((json.dumps(card, indent=2) + "\n").encode(), beside)
    return beside
