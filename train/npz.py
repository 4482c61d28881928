"""A user's own sequences, from an .npz file."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.archive import digest, read_archive
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.split import stratified
from qrnn_hw.train.wire import choose_format

Numbers = npt.NDArray[np.number]


def _sequences(name: str, x: Numbers) -> Numbers:
    if x.dtype.kind not in "iuf":
        raise DataError(f"{name} must hold integers or floats, not {x.dtype}", "convert it")
    if x.ndim == 3 and x.shape[2] == 1:
        x = x[:, :, 0]
    if x.ndim != 2 or not x.size:
        raise DataError(
            f"{name} must be (n, T) or (n, T, 1), one channel, not {x.shape}",
            "one sequence a row, all of one length: cut or pad, and choose one channel",
        )
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        row, step = np.argwhere(~np.isfinite(x))[0]
        raise DataError(
            f"{name} must be finite, and {name}[{row}, {step}] is {x[row, step]}",
            "drop or fill such sequences",
        )
    return x


def _labels(name: str, y: Numbers, count: int) -> npt.NDArray[np.int64]:
    if y.dtype.kind not in "iu" or y.shape != (count,):
        raise DataError(
            f"{name} must be integers ({count},), one class a sequence, not {y.dtype} {y.shape}",
            "number the classes from 0",
        )
    if y.min() < 0:
        raise DataError(f"{name} must be 0 or more, not {y.min()}", "number the classes from 0")
    return y.astype(np.int64)


def npz(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read labelled sequences of one channel and equal length.

    Parameters
    ----------
    path
        An .npz file with x (n, T) or (n, T, 1), integers or floats, and y (n,), classes from 0;
        and x_test, y_test if a test split is given.
    input_bits
        Width of the inputs on the wire, 1..16; None takes 8 for floats, and as few as suffice
        for integers.

    Returns
    -------
    Dataset
        A fifth of the sequences validates, and without x_test a fifth tests, by class.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    arrays = read_archive(path, ("x", "y"))
    x = _sequences("x", arrays["x"])
    y = _labels("y", arrays["y"], len(x))
    counts = np.bincount(y)
    given = "x_test" in arrays or "y_test" in arrays
    if len(counts) < 2:
        raise DataError("y must have two classes or more, and all of it is class 0", "check y")
    least = 2 if given else 3
    if counts.min() < least:
        raise DataError(
            f"y must number its classes 0..{len(counts) - 1} without gaps, {least} sequences or "
            f"more each; class {counts.argmin()} has {counts.min()}",
            "renumber the classes; merge or drop rare ones",
        )
    if given:
        missing = {"x_test", "y_test"} - set(arrays)
        if missing:
            raise DataError(
                f"x_test and y_test must come together; {missing.pop()} is missing",
                "add it, or leave both out for a random split",
            )
        x_test = _sequences("x_test", arrays["x_test"])
        y_test = _labels("y_test", arrays["y_test"], len(x_test))
        if x_test.shape[1] != x.shape[1] or (x_test.dtype.kind == "f") != (x.dtype.kind == "f"):
            raise DataError(
                f"x_test must be of T = {x.shape[1]} and of the kind of x, {x.dtype}, "
                f"not T = {x_test.shape[1]}, {x_test.dtype}",
                "prepare both splits alike",
            )
        if y_test.max() >= len(counts):
            raise DataError(
                f"y_test must be 0..{len(counts) - 1} as y is, not up to {y_test.max()}",
                "train on every class that is tested",
            )
        train, val = stratified(y, 0.2)
        splits = "a fifth of x validates, by class, the same for every seed; test split as given"
    else:
        train, val, test = stratified(y, 0.2, 0.2)
        x_test, y_test = x[test], y[test]
        splits = "split 60/20/20 by class, the same for every seed"
    wire = choose_format(x[train], [x, x_test], input_bits)
    if x.dtype.kind == "f":
        rounding = (
            f"floats rounded to {wire.bits} {'signed' if wire.signed else 'unsigned'} bits, "
            f"{wire.step:.6g} each, the range measured on the training split; beyond it they "
            "saturate"
        )
    else:
        rounding = "integers as given"
    return Dataset(
        name="npz",
        x_train=wire.encode(x[train]),
        y_train=y[train],
        x_val=wire.encode(x[val]),
        y_val=y[val],
        x_test=wire.encode(x_test),
        y_test=y_test,
        classes=tuple(str(label) for label in range(len(counts))),
        input_bits=wire.bits,
        input_signed=wire.signed,
        input_step=wire.step,
        sha256=digest(path),
        notes=(splits, rounding),
    )
