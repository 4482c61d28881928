"""Sequential and permuted MNIST: one pixel a step, from an .npz file of the user's."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset, Integers
from qrnn_hw.data.files import digest
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.data.split import SPLIT_SEED
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.export.errors import DataError

NAMES = ("x_train", "y_train", "x_test", "y_test")
HINT = "use the mnist.npz of Keras: x_train (60000, 28, 28), y_train (60000,) and the same for test"
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


def _check(part: str, x: Integers, y: Integers) -> None:
    if x.dtype != np.uint8 or x.ndim != 3 or x.shape[1:] != (28, 28) or not len(x):
        raise DataError(f"x_{part} must be uint8 (n, 28, 28), not {x.dtype} {x.shape}", HINT)
    if y.dtype.kind not in "iu" or y.shape != (len(x),):
        raise DataError(
            f"y_{part} must be integers ({len(x)},), one for each image, not {y.dtype} {y.shape}",
            HINT,
        )
    if y.min() < 0 or y.max() > 9:
        raise DataError(f"y_{part} must be 0..9, not {y.min()}..{y.max()}", HINT)


def mnist(path: str | Path, permuted: bool = False) -> Dataset:
    """Read MNIST as sequences of 784 steps, 8 unsigned bits, 1/255 each.

    Source: Y. LeCun, C. Cortes and C. Burges; commonly CC BY-SA 3.0. The recipes of HadamRNN take
    50,000/10,000/10,000 images, pixels of 0..1, one a step.

    Parameters
    ----------
    path
        An .npz file with uint8 images x_train, x_test (n, 28, 28) and classes y_train, y_test.
    permuted
        Whether the steps show the pixels in the fixed random order of :func:`pixel_order`.

    Returns
    -------
    Dataset
        The test split as in the file; a sixth of the training images validates.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    arrays = read_archive(path, NAMES)
    for part in ("train", "test"):
        _check(part, arrays[f"x_{part}"], arrays[f"y_{part}"])
    if len(arrays["x_train"]) < 6:
        raise DataError(
            f"x_train must hold 6 images or more, to split, not {len(arrays['x_train'])}", HINT
        )
    order = pixel_order(784, permuted)
    whole, test = (
        Part(
            arrays[f"x_{part}"].reshape(-1, 784)[:, order, None],
            arrays[f"y_{part}"].astype(np.int64),
        )
        for part in ("train", "test")
    )
    rows = np.random.default_rng(SPLIT_SEED).permutation(len(whole))
    train, val = np.split(rows, [-(len(whole) // 6)])
    return Dataset(
        name="pmnist" if permuted else "smnist",
        **columns(whole.take(train), whole.take(val), test),
        classes=tuple("0123456789"),
        input_bits=8,
        input_signed=False,
        input_step=1 / 255,
        sha256=digest(path),
        image=(28, 28),
        order=order,
        notes=("a sixth of the training images validates, the same for every seed",),
    )
