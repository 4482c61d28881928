"""The digits that scikit-learn ships: 1,797 scans of 8x8 pixels, 0..16, by 43 writers (UCI)."""

import hashlib
from typing import Any

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.mnist import pixel_order
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.export.errors import ToolError


def digits(permuted: bool = False) -> Dataset:
    """Read the digits as sequences of 64 steps, one pixel a step, 5 unsigned bits.

    Source: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI; CC BY 4.0.

    Parameters
    ----------
    permuted
        Whether the steps show the pixels in the fixed random order of :func:`pixel_order`.

    Returns
    -------
    Dataset
        Split 60/20/20 by class; much of the test split travels with the model, it is small.

    Raises
    ------
    ToolError
        If scikit-learn is not installed.
    """
    try:
        # Here, because it takes a second that other tasks need not wait.
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ToolError(
            "the digits come with scikit-learn, which is not installed",
            "pip install 'qrnn-hw[train]'",
        ) from error

    found: Any = load_digits()
    pixels, labels = found.data.astype(np.uint8), found.target.astype(np.int64)
    order = pixel_order(64, permuted)
    digest = hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()
    whole = Part(pixels[:, order, None], labels)
    return Dataset(
        name="permuted digits" if permuted else "digits",
        **columns(*map(whole.take, stratified(labels, 0.2, 0.2))),
        classes=tuple("0123456789"),
        input_bits=5,
        input_signed=False,
        input_step=1 / 16,
        sha256=digest,
        samples=200,
        image=(8, 8),
        order=order,
        notes=("split 60/20/20 by class, the same for every seed",),
    )
