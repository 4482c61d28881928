"""The digits that scikit-learn ships: 1,797 scans of 8x8 pixels, 0..16, by 43 writers (UCI)."""

import hashlib

import numpy as np
from sklearn.datasets import load_digits

from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.order import pixel_order
from qrnn_hw.train.split import stratified


def digits(permuted: bool = False) -> Dataset:
    """Read the digits as sequences of 64 steps, one pixel a step, 5 unsigned bits.

    Parameters
    ----------
    permuted
        Whether the steps show the pixels in the fixed random order of :func:`pixel_order`.

    Returns
    -------
    Dataset
        Split 60/20/20 by class; the test split travels with the model, it is small.
    """
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels.astype(np.uint8), labels.astype(np.int64)
    order = pixel_order(64, permuted)
    digest = hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()
    train, val, test = stratified(labels, 0.2, 0.2)
    x = pixels[:, order]
    return Dataset(
        name="permuted digits" if permuted else "digits",
        x_train=x[train],
        y_train=labels[train],
        x_val=x[val],
        y_val=labels[val],
        x_test=x[test],
        y_test=labels[test],
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
