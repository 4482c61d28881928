"""Arrays of several lengths, side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def padded(
    parts: Sequence[npt.NDArray[Any]],
    fill: int,
    steps: int | None = None,
    dtype: npt.DTypeLike = np.int64,
) -> npt.NDArray[Any]:
    """Put arrays side by side, ``fill`` behind the shorter ones.

    Parameters
    ----------
    parts
        One or more, each (its length, ...).
    fill
        What stands for a missing row.
    steps
        T; None takes the longest.
    dtype
        Type of the result.

    Returns
    -------
    ndarray
        (n, T, ...).
    """
    whole = np.full((len(parts), steps or max(map(len, parts)), *parts[0].shape[1:]), fill, dtype)
    for row, part in zip(whole, parts):
        row[: len(part)] = part
    return whole
