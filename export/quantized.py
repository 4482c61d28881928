"""Real measurements, as the integers that the hardware takes."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers


def quantized(values: npt.ArrayLike, step: npt.ArrayLike, limits: tuple[int, int]) -> Integers:
    """Divide real values by their step, round to the nearest, and saturate.

    Parameters
    ----------
    values
        (..., channels), real and finite.
    step
        Real value of one unit: a number, or (channels,).
    limits
        Smallest and largest integer.

    Returns
    -------
    ndarray
        As ``values``, int64.

    Examples
    --------
    >>> quantized([[0.6, -2.0], [99.0, 0.4]], [0.5, 1.0], (-8, 7)).tolist()
    [[1, -2], [7, 0]]
    """
    # In half precision a quotient would be rounded before it is rounded.
    x = np.asarray(values, np.float64) / np.asarray(step, np.float64)
    return np.clip(np.rint(x), *limits).astype(np.int64)
