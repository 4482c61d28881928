"""What ``torch.save`` wrote, read as data: no code, and no more than the file has bytes for."""

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import ModelError, ToolError
from qrnn_hw.export.files.file_kind import foreign_kind
from qrnn_hw.export.files.regular_file import require_file

ROOM = 4  # times the bytes of a file, for parts of it: tensors may be tied, and text is stored once


class _Type:
    """A ``numpy.dtype`` of plain numbers, as a pickle spells it."""

    def __init__(self, code: str, *_: object) -> None:
        if not re.fullmatch("[fiub][1248]", code):
            raise ValueError(code)
        self._code, self._order = code, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._order = "<" if state[1] == "|" else str(state[1])

    def read(self, data: bytes) -> npt.NDArray[Any]:
        return np.frombuffer(data, np.dtype(self._order + self._code))


class Array:
    """A NumPy array of plain numbers beside the tensors, or in place of them."""

    def __init__(self, *_: object) -> None:
        self._array: npt.NDArray[Any] = np.zeros(0)

    def __setstate__(self, state: tuple[int, tuple[int, ...], _Type, bool, bytes]) -> None:
        _, shape, kind, by_columns, data = state
        self._array = kind.read(data).reshape(shape, order="F" if by_columns else "C")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.asarray(self._array, dtype)


def _array(*_: object) -> Array:
    return Array()


def _scalar(kind: _Type, data: bytes) -> float | int | bool:
    return kind.read(data).item()


def _nothing() -> bytes:
    return b""


# NumPy's own readers take more than plain numbers, and trust what they read.
_NUMPY: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (_Type, "numpy.dtype"),
    (Array, "numpy.ndarray"),
    (_nothing, "builtins.bytes"),  # those of an empty array
    *((_array, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    *((_scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
]


def load_tensors(path: str | Path, what: str, hint: str) -> Any:
    """Read a file that ``torch.save`` wrote, if it holds nothing but plain data.

    Parameters
    ----------
    what
        What it should be, such as "the model", for the message.
    hint
        What to do about another file.

    Raises
    ------
    ModelError
        If the file is missing, damaged, of another kind, or names more than it holds.
    ToolError
        If torch is not installed.
    """
    path = require_file(path, what, hint, ModelError)
    if (kind := foreign_kind(path)) is not None:
        raise ModelError(
            f"{what} must be a file of torch.save, and {path} is {kind.name}", kind.hint or hint
        )
    try:
        import torch
    except ImportError as error:
        raise ToolError(
            "reading model.pt needs torch, which is not installed",
            "pip install 'qrnn-hw[train]', or pass a model.json that `build` wrote",
        ) from error
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # about pickles, before it refuses them
            torch.serialization.safe_globals(_NUMPY),
        ):
            document = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # on foreign bytes torch's readers let out whatever went wrong
        if "allocate memory" in str(error):
            raise MemoryError from error
        raise ModelError(f"{what} must be {_why(path, error)}", hint) from error
    _require_real(document, path, hint)
    return document


def _why(path: Path, error: Exception) -> str:
    """Say what torch did not read."""
    if found := re.search(r"GLOBAL ([\w.]+)", str(error)):
        return f"plain tensors, and {path} holds {found[1]}, an object that only code can make"
    return f"plain tensors, and {path} is damaged, foreign, or holds code"


def _require_real(document: Any, path: Path, hint: str) -> None:
    """Refuse a document that repeats its parts, or whose tensors are larger than their bytes."""
    size = path.stat().st_size
    left, waiting = ROOM * size, [document]
    while waiting:
        value = waiting.pop()
        left -= 1
        if isinstance(value, Mapping):
            waiting.extend(value.keys())
            waiting.extend(value.values())
        elif isinstance(value, list | tuple | set):
            waiting.extend(value)
        elif hasattr(value, "untyped_storage"):
            left -= 0 if value.is_meta else value.numel() * value.dtype.itemsize
        if left < 0:
            raise ModelError(
                f"{path} must hold what its tables and tensors say, and its {size:,} bytes are far "
                "too few for that",
                hint,
            )
