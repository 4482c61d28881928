"""The order in which the steps of a sequence show the pixels of an image."""

import numpy as np
import numpy.typing as npt

# The permutation of pMNIST in the code of HadamRNN and of the papers it compares with.
PERMUTATION_SEED = 92916


def pixel_order(pixels: int, permuted: bool) -> npt.NDArray[np.int64]:
    """Order the pixels: row by row, or in the fixed random order of permuted MNIST.

    Parameters
    ----------
    pixels
        Pixels of an image.
    permuted
        Whether to permute.

    Returns
    -------
    ndarray
        (pixels,): index, row by row, of the pixel that each step shows.
    """
    if permuted:
        return np.random.RandomState(PERMUTATION_SEED).permutation(pixels).astype(np.int64)
    return np.arange(pixels)
