"""The file ``model.pt``: data only, never code."""

from pathlib import Path
from typing import Any

from qrnn_hw.export.document import decode, encode
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.files.torch_file import load_tensors
from qrnn_hw.export.importing.state_dict import described, has_released
from qrnn_hw.export.trained import TrainedModel

FORMAT = "qrnn-hw model"
VERSION = 3
EARLIER = 2  # what a model is written as that has nothing of version 3
MAKE = "make the file with `qrnn-hw train` or `qrnn-hw import`, or pass one of examples/*.pt"

# Other files of ours: what they are, and the next step.
OTHERS = {
    "qrnn-hw baseline": (
        "the weights of a baseline",
        "nothing compiles it: train with --cell hadamrnn, block-hadamrnn or qornn",
    ),
    "qrnn-hw checkpoint": (
        "a run of training that has not ended",
        "run its `qrnn-hw train` again: it goes on, and ends in a model.pt",
    ),
}


def to_dict(model: TrainedModel) -> dict[str, Any]:
    """Lay a model out as the file stores it, arrays still in NumPy."""
    version = VERSION if model.needs else EARLIER
    return {"format": FORMAT, "version": version, **encode(model)}


def from_dict(document: Any) -> TrainedModel:
    """Read what :func:`to_dict` wrote; arrays may be torch's or NumPy's.

    Raises
    ------
    ModelError
        If it is another format or version, or lacks or distorts a field.
    """
    if format_of(document) != FORMAT:
        name, hint = _something_else(document)
        raise ModelError(f"the file must be a {FORMAT!r}, and it is {name}", hint)
    version = document.get("version")
    if type(version) is not int or version not in (EARLIER, VERSION):
        raise ModelError(
            f"the model file must be version {EARLIER} or {VERSION}, not {version!r}",
            "use the release of qrnn-hw that wrote it, or train again",
        )
    return decode(TrainedModel, document, "")


def format_of(document: Any) -> str | None:
    """Return what a document of ours calls itself; None of another."""
    given = document.get("format") if isinstance(document, dict) else None
    return given if isinstance(given, str) and given in (FORMAT, *OTHERS) else None


def _something_else(document: Any) -> tuple[str, str]:
    """Say what a document is that is no model, and the next step."""
    if (given := format_of(document)) is not None:
        return OTHERS[given]
    if (network := described(document)) is not None:
        return f"the weights of {network}", "nothing compiles it: train with `qrnn-hw train`"
    if has_released(document):
        return "a state dict of the released code", "`qrnn-hw import` makes a model.pt of it"
    return "something else", MAKE


def load(path: str | Path) -> TrainedModel:
    """Read ``model.pt``. Nothing in the file is executed.

    Raises
    ------
    ModelError
        If the file is missing, truncated, not ours, or holds anything but data.
    ToolError
        If torch is not installed.
    """
    return from_dict(load_tensors(path, "the model", MAKE))
