"""The trained network, as the file ``model.pt`` holds it: quantized weights and what they mean."""

import pickle
import warnings
import zipfile
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import ModelError, ToolError

FORMAT = "qrnn-hw model"
VERSION = 1
RETRAIN = "make the file with `qrnn-hw train`, or pass one of examples/*.pt"


@dataclass(frozen=True)
class Levels:
    """A quantized tensor: ``value = step * levels``, levels signed integers of ``bits`` bits.

    Parameters
    ----------
    bits
        Width of a level, 2..8, the sign included.
    step
        Real value of one level; positive.
    levels
        Integers, int64.
    """

    bits: int
    step: float
    levels: npt.NDArray[np.int64]

    @property
    def value(self) -> npt.NDArray[np.float64]:
        """The real tensor."""
        return self.step * self.levels.astype(np.float64)


@dataclass(frozen=True)
class TrainedModel:
    """A trained HadamRNN in real units (HadamRNN, arXiv 2502.00047, sections 3.3 to 3.5).

    With ``S`` the Sylvester-Hadamard matrix of order d and ``W = diag(signs) S / sqrt(d)``::

        h_0 = 0,   h_t = W h_{t-1} + U x_t + b,   b = (I - W) origin
        logits = V relu(h_T) + class_bias

    The bias is stored as ``origin``, the point that the recurrence leaves where it is, because
    ``g_t = h_t - origin`` then has no bias at all: ``g_0 = -origin``, ``g_t = W g_{t-1} + U x_t``.

    Parameters
    ----------
    signs
        ``u``, (d,), each 1 or -1; d a power of two, 4 or more.
    u, v
        Input and output matrix, (d, 1) and (classes, d).
    origin
        (d,).
    class_bias
        (classes,), real.
    input_bits, input_signed, input_step
        Integer inputs on the wire: 1..16 bits, and the real value of one least significant bit.
    state_range
        The largest ``abs(g_t)`` of any unit and step on the training set.
    task
        Name of the task, sequence length, class names: whatever tells a reader what this solves.
    samples_x, samples_y
        A few test sequences (n, T), in integers of the wire, and their classes (n,); ``verify``
        and ``build`` run them where the data set is not at hand.
    card
        How the model was made: recipe, seeds, data digest, curve, accuracies (0..1).

    Raises
    ------
    ModelError
        If a field contradicts another or is not finite.
    """

    signs: npt.NDArray[np.int64]
    u: Levels
    v: Levels
    origin: Levels
    class_bias: npt.NDArray[np.float64]
    input_bits: int
    input_signed: bool
    input_step: float
    state_range: float
    task: dict[str, Any] = field(default_factory=dict)
    samples_x: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 1), np.int64))
    samples_y: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    card: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        d, classes = self.signs.size, self.class_bias.size
        if self.signs.ndim != 1 or d < 4 or d & (d - 1):
            raise ModelError(
                f"signs must be a vector of a power of two, 4 or more, not {self.signs.shape}",
                RETRAIN,
            )
        if not np.isin(self.signs, (-1, 1)).all():
            raise ModelError("signs must all be 1 or -1, and some are not", RETRAIN)
        shapes = {"u": (d, 1), "v": (classes, d), "origin": (d,)}
        for name, shape in shapes.items():
            tensor: Levels = getattr(self, name)
            if tensor.levels.shape != shape:
                raise ModelError(
                    f"{name} must have shape {shape}, not {tensor.levels.shape}", RETRAIN
                )
            if not 2 <= tensor.bits <= 8:
                raise ModelError(f"{name} must have 2..8 bits, not {tensor.bits}", RETRAIN)
            top = 1 << tensor.bits - 1
            if tensor.levels.min() < -top or tensor.levels.max() >= top:
                raise ModelError(
                    f"levels of {name} must be {-top}..{top - 1} for {tensor.bits} bits, "
                    f"not {tensor.levels.min()}..{tensor.levels.max()}",
                    RETRAIN,
                )
            self._positive(f"step of {name}", tensor.step)
        if self.class_bias.ndim != 1 or classes < 2:
            raise ModelError(
                f"class_bias must be a vector of 2 or more, not {self.class_bias.shape}", RETRAIN
            )
        if not np.isfinite(self.class_bias).all():
            raise ModelError("class_bias must be finite, and has NaN or infinity", RETRAIN)
        if not 1 <= self.input_bits <= 16:
            raise ModelError(f"input_bits must be 1..16, not {self.input_bits}", RETRAIN)
        self._positive("input_step", self.input_step)
        self._positive("state_range", self.state_range)
        if self.samples_x.ndim != 2 or self.samples_x.shape[0] != self.samples_y.size:
            raise ModelError(
                f"samples must be (n, T) with n classes, not {self.samples_x.shape} "
                f"with {self.samples_y.size}",
                RETRAIN,
            )

    @staticmethod
    def _positive(name: str, value: float) -> None:
        if not (np.isfinite(value) and value > 0):
            raise ModelError(f"{name} must be positive and finite, not {value}", RETRAIN)

    @property
    def hidden(self) -> int:
        """Hidden units d."""
        return self.signs.size

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.class_bias.size

    def to_dict(self) -> dict[str, Any]:
        """Lay the model out as ``model.pt`` stores it, arrays still in NumPy."""
        document: dict[str, Any] = {"format": FORMAT, "version": VERSION, "cell": "HadamRNN"}
        for item in fields(self):
            value = getattr(self, item.name)
            document[item.name] = vars(value).copy() if isinstance(value, Levels) else value
        return document


def _array(value: Any, dtype: type, name: str) -> npt.NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"{name} must be finite, and has NaN or infinity", RETRAIN)
    if dtype is np.int64 and array.dtype.kind not in "iu":
        raise ModelError(f"{name} must hold integers, not {array.dtype}", RETRAIN)
    return array.astype(dtype)


def from_dict(document: Any) -> TrainedModel:
    """Read what :meth:`TrainedModel.to_dict` wrote; tensors may be torch's or NumPy's.

    Raises
    ------
    ModelError
        If it is another format, a newer version, or lacks or distorts a field.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(f"the file must be a {FORMAT!r}, and it is something else", RETRAIN)
    if document.get("version") != VERSION:
        raise ModelError(
            f"the model file must be version {VERSION}, not {document.get('version')!r}",
            "use the release of qrnn-hw that wrote it, or train again",
        )
    if document.get("cell") != "HadamRNN":
        raise ModelError(f"cell must be 'HadamRNN', not {document.get('cell')!r}", RETRAIN)
    try:
        values: dict[str, Any] = {}
        for item in fields(TrainedModel):
            value = document[item.name]
            if item.name in ("u", "v", "origin"):
                levels = _array(value["levels"], np.int64, item.name)
                value = Levels(int(value["bits"]), float(value["step"]), levels)
            elif item.name == "class_bias":
                value = _array(value, np.float64, item.name)
            elif item.name in ("signs", "samples_x", "samples_y"):
                value = _array(value, np.int64, item.name)
            elif item.name in ("input_step", "state_range"):
                value = float(value)
            elif item.name == "input_bits":
                value = int(value)
            elif item.name == "input_signed":
                value = bool(value)
            elif not isinstance(value, dict):
                raise ModelError(f"{item.name} must be a table, not {type(value).__name__}")
            values[item.name] = value
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"the model file lacks or distorts {item.name!r}", RETRAIN) from error
    return TrainedModel(**values)


def load(path: str | Path) -> TrainedModel:
    """Read ``model.pt``. Nothing in the file is executed.

    Raises
    ------
    ModelError
        If the file is missing, truncated, not ours, or holds anything but data.
    ToolError
        If torch is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"the model must be a file, and {path} is not one", RETRAIN)
    try:
        import torch
    except ImportError as error:
        raise ToolError(
            "reading model.pt needs torch, which is not installed",
            "pip install 'qrnn-hw[train]', or pass a model.json that `build` wrote",
        ) from error
    try:
        with warnings.catch_warnings(action="ignore"):  # about pickles, before it refuses them
            document = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError,
            AttributeError, TypeError, IndexError, zipfile.BadZipFile) as error:  # fmt: skip
        raise ModelError(
            f"{path} must be a model file of plain tensors; it is truncated, foreign, "
            "or holds code",
            RETRAIN,
        ) from error
    return from_dict(document)
