"""What numbers of a file must be, whatever type they are stored in."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

_LARGEST = float(1 << 63)

Array = npt.NDArray[Any]


def kind_of(array: Array) -> str:
    """Name what an array holds."""
    kinds = {"b": "truth values", "U": "text", "S": "text"}
    return kinds.get(array.dtype.kind, str(array.dtype))


def whole_numbers(array: Array, name: str, hint: str) -> Integers:
    """Return whole numbers of any type as int64.

    Raises
    ------
    DataError
        If they are something else; with the first that is.
    """
    if array.dtype.kind not in "iuf":
        raise DataError(f"{name} must be whole numbers, not {kind_of(array)}", hint)
    wrong = np.zeros(array.shape, bool)
    if array.dtype.kind == "f":
        real = array.astype(np.float64)
        with np.errstate(invalid="ignore"):
            wrong = ~((real == np.rint(real)) & (abs(real) < _LARGEST))
    elif array.dtype == np.uint64:
        wrong = array > np.iinfo(np.int64).max
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        where = ", ".join(map(str, place))
        raise DataError(
            f"{name} must be whole numbers of 64 bits, and {name}[{where}] is {array[place]}", hint
        )
    return array.astype(np.int64)


def require_shape(array: Array, shape: tuple[int, ...], name: str, what: str) -> None:
    """Refuse labels or lengths of another shape, with both.

    Raises
    ------
    DataError
        If the shape is another.
    """
    if array.shape != shape:
        raise DataError(f"{name} must have shape {shape}, {what}, not {array.shape}",
                        "leave it out, or give one for each")  # fmt: skip
