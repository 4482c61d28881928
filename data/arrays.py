"""Sequences that a script holds: of NumPy, pandas or PyTorch, side by side or in a list."""

from typing import Any

import numpy as np

from qrnn_hw.data.padded import padded
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

SHAPES = "pass (n, T), (n, T, channels), or a list of sequences (T_i,) or (T_i, channels)"


def array_of(values: Any) -> np.ndarray:
    """Take values of NumPy, pandas or PyTorch for an array of NumPy.

    >>> array_of([1, 2]).tolist()
    [1, 2]
    """
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _listed(x: Any) -> list[Any] | None:
    """Take a list of sequences apart; None if it is something else, as an array is."""
    boxed = getattr(x, "ndim", 0) == 1 and getattr(x.dtype, "kind", "") == "O"
    if not isinstance(x, list | tuple) and not boxed:
        return None
    parts = list(x)
    return parts if parts and all(np.ndim(part) for part in parts[:1]) else None


def side_by_side(x: Any) -> tuple[np.ndarray, Integers | None]:
    """Put sequences side by side.

    Parameters
    ----------
    x
        An array, a DataFrame or a tensor; or a list, or a Series, of sequences (T_i,) of one
        channel or (T_i, channels).

    Returns
    -------
    x
        (n, T) or (n, T, channels) of a list, 0 behind the end of a sequence; else as given.
    lengths
        (n,), steps of each sequence; None if all are of one length, or an array was given.

    Raises
    ------
    DataError
        If sequences of a list have no steps, or differ in more than their lengths.

    Examples
    --------
    >>> x, lengths = side_by_side([[1, 2, 3], [4]])
    >>> x.tolist(), lengths.tolist()
    ([[1, 2, 3], [4, 0, 0]], [3, 1])
    """
    parts = _listed(x)
    if parts is None:
        return array_of(x), None
    arrays = [array_of(part) for part in parts]
    first = arrays[0]
    for number, part in enumerate(arrays):
        if part.ndim != first.ndim or part.shape[1:] != first.shape[1:] or not part.size:
            raise DataError(
                f"x[{number}] must have shape {('T', *first.shape[1:])}, T 1 or more, as x[0] has, "
                f"not {part.shape}".replace("'", ""),
                SHAPES,
            )
    lengths = np.array([len(part) for part in arrays])
    if (lengths == lengths[0]).all():
        return np.stack(arrays), None
    return padded(arrays, 0, dtype=np.result_type(*arrays)), lengths
