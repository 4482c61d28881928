"""The files that training ends in: written whole or not at all."""

import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files.destination import check_file, place
from qrnn_hw.export.files.written import json_table, tensors_format
from qrnn_hw.export.model_file import FORMAT, to_dict
from qrnn_hw.export.trained import TrainedModel

BASELINE = "qrnn-hw baseline"
CARD = {"recipe", "data_sha256", "versions"}  # what every card of a baseline has


def check_output(
    path: str | Path, inputs: Iterable[str | Path] = (), *, baseline: bool = False
) -> Path:
    """Make sure, before minutes of training, that its files can be written and destroy nothing.

    Parameters
    ----------
    path
        As for :func:`save` and :func:`save_baseline`; only a network of ours is replaced.
    inputs
        Files and folders that the same command reads.
    baseline
        Whether the card of a baseline will stand beside it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        As :func:`~qrnn_hw.export.files.destination.check_file` does.
    """
    if Path(path).suffix.lower() == ".json":
        raise OutputError(
            f"the output must not end in .json, as integer models do, and {path} does",
            "end it in .pt",
        )
    check_file(path, _is_network, inputs)
    if baseline:
        check_file(Path(path).with_suffix(".json"), _is_card, inputs)
    return Path(path)


def _is_network(path: Path) -> bool:
    return tensors_format(path) in (FORMAT, BASELINE)


def _is_card(path: Path) -> bool:
    return CARD <= set(json_table(path) or ())


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
