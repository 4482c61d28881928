"""The file ``model.pt``: data only, never code."""

import warnings
from pathlib import Path
from typing import Any

from qrnn_hw.export.document import decode, encode
from qrnn_hw.export.errors import ModelError, ToolError
from qrnn_hw.export.trained import TrainedModel

FORMAT = "qrnn-hw model"
VERSION = 2
MAKE = "make the file with `qrnn-hw train` or `qrnn-hw import`, or pass one of examples/*.pt"


def to_dict(model: TrainedModel) -> dict[str, Any]:
    """Lay a model out as the file stores it, arrays still in NumPy."""
    return {"format": FORMAT, "version": VERSION, **encode(model)}


def from_dict(document: Any) -> TrainedModel:
    """Read what :func:`to_dict` wrote; arrays may be torch's or NumPy's.

    Raises
    ------
    ModelError
        If it is another format or version, or lacks or distorts a field.
    """
    given = document.get("format") if isinstance(document, dict) else None
    if not isinstance(given, str) or given != FORMAT:
        raise ModelError(f"the file must be a {FORMAT!r}, and it is something else", MAKE)
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise ModelError(
            f"the model file must be version {VERSION}, not {version!r}",
            "use the release of qrnn-hw that wrote it, or train again",
        )
    return decode(TrainedModel, document, "")


def load_tensors(path: str | Path, hint: str = MAKE) -> Any:
    """Read a file that ``torch.save`` wrote, if it holds nothing but plain data.

    Raises
    ------
    ModelError
        If the file is missing, truncated, or holds anything else.
    ToolError
        If torch is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"the model must be a file, and {path} is not one", hint)
    try:
        import torch
    except ImportError as error:
        raise ToolError(
            "reading model.pt needs torch, which is not installed",
            "pip install 'qrnn-hw[train]', or pass a model.json that `build` wrote",
        ) from error
    try:
        with warnings.catch_warnings(action="ignore"):  # about pickles, before it refuses them
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # on foreign bytes torch's readers let out whatever went wrong
        raise ModelError(
            f"{path} must be a model file of plain tensors; it is truncated, foreign, "
            "or holds code",
            hint,
        ) from error


def load(path: str | Path) -> TrainedModel:
    """Read ``model.pt``. Nothing in the file is executed.

    Raises
    ------
    ModelError
        If the file is missing, truncated, not ours, or holds anything but data.
    ToolError
        If torch is not installed.
    """
    return from_dict(load_tensors(path))
