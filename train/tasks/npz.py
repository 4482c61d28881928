"""A user's own sequences, from an .npz file."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import digest
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.export.errors import DataError
from qrnn_hw.train.dataset import Dataset, Numbers
from qrnn_hw.train.tasks.measured import measured
from qrnn_hw.train.tasks.sequences import Sequences
from qrnn_hw.train.tasks.split import stratified

Labels = npt.NDArray[np.int64]
# Beyond it a step is wider than any core takes.
CHANNELS = 64
CLASSES = 1024


def _channels(name: str, x: Numbers) -> Numbers:
    if x.dtype.kind not in "iuf":
        raise DataError(f"{name} must hold integers or floats, not {x.dtype}", "convert it")
    if x.ndim not in (2, 3) or not x.size:
        raise DataError(
            f"{name} must be (n, T) or (n, T, channels), not {x.shape}",
            "one sequence a row; pad those of several lengths, and add lengths (n,)",
        )
    x = x.reshape(*x.shape[:2], -1)
    if x.shape[2] > CHANNELS:
        raise DataError(
            f"{name} must be of {CHANNELS} channels or fewer, not {x.shape[2]}", "choose some"
        )
    return x


def _finite(name: str, x: Numbers, lengths: Labels | None) -> Numbers:
    if lengths is not None:
        # Padding may be anything, NaN for example.
        x = np.where((np.arange(x.shape[1]) < lengths[:, None])[:, :, None], x, 0).astype(x.dtype)
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        place = np.argwhere(~np.isfinite(x))[0]
        where = ", ".join(map(str, place))
        raise DataError(
            f"{name} must be finite, and {name}[{where}] is {x[tuple(place)]}",
            "drop or fill such sequences",
        )
    return x


def _labels(name: str, y: Numbers, count: int) -> Labels:
    if y.dtype.kind not in "iu" or y.shape != (count,):
        raise DataError(
            f"{name} must be integers ({count},), one class a sequence, not {y.dtype} {y.shape}",
            "number the classes from 0",
        )
    if y.min() < 0:
        raise DataError(f"{name} must be 0 or more, not {y.min()}", "number the classes from 0")
    if y.max() >= CLASSES:
        raise DataError(
            f"{name} must be below {CLASSES}, not {y.max()}", "number the classes from 0"
        )
    return y.astype(np.int64)


def _lengths(name: str, lengths: Numbers, x: Numbers) -> Labels:
    if lengths.dtype.kind not in "iu" or lengths.shape != x.shape[:1]:
        raise DataError(
            f"{name} must be integers ({len(x)},), steps of each sequence, "
            f"not {lengths.dtype} {lengths.shape}",
            "leave it out if all sequences have one length",
        )
    if lengths.min() < 1 or lengths.max() > x.shape[1]:
        raise DataError(
            f"{name} must be 1..{x.shape[1]}, not {lengths.min()}..{lengths.max()}",
            "drop empty sequences",
        )
    return lengths.astype(np.int64)


def _read(arrays: dict[str, Numbers], suffix: str) -> Sequences:
    x, lengths = _channels(f"x{suffix}", arrays[f"x{suffix}"]), None
    if f"lengths{suffix}" in arrays:
        lengths = _lengths(f"lengths{suffix}", arrays[f"lengths{suffix}"], x)
    x = _finite(f"x{suffix}", x, lengths)
    return Sequences(x, _labels(f"y{suffix}", arrays[f"y{suffix}"], len(x)), lengths)


def _test(arrays: dict[str, Numbers], whole: Sequences, classes: int) -> Sequences:
    missing = {"x_test", "y_test"} - set(arrays)
    if missing:
        raise DataError(
            f"x_test and y_test must come together; {missing.pop()} is missing",
            "add it, or leave both out for a random split",
        )
    if ("lengths" in arrays) != ("lengths_test" in arrays):
        raise DataError("lengths and lengths_test must come together, and one is missing", "add it")
    test = _read(arrays, "_test")
    if test.x.shape[1:] != whole.x.shape[1:] or test.x.dtype.kind != whole.x.dtype.kind:
        raise DataError(
            f"x_test must be {('n', *whole.x.shape[1:])} of {whole.x.dtype} as x is, "
            f"not {('n', *test.x.shape[1:])} of {test.x.dtype}".replace("'", ""),
            "prepare both splits alike",
        )
    if test.y.max() >= classes:
        raise DataError(
            f"y_test must be 0..{classes - 1} as y is, not up to {test.y.max()}",
            "train on every class that is tested",
        )
    return test


def npz(path: str | Path, input_bits: int | None = None, decision: bool = False) -> Dataset:
    """Read labelled sequences.

    Parameters
    ----------
    path
        An .npz file with x (n, T) or (n, T, channels), integers or floats, and y (n,), classes
        from 0; lengths (n,) if the sequences differ in length, each padded to T; and x_test,
        y_test, lengths_test if a test split is given.
    input_bits
        Width of a channel on the wire, 1..16; None takes 8 for floats, and as few as suffice for
        integers.
    decision
        Whether one logit tells the two classes apart.

    Returns
    -------
    Dataset
        A fifth of the sequences validates, and without x_test a fifth tests, by class. Floats of
        several channels have a step for each.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    arrays = read_archive(path, ("x", "y"))
    whole = _read(arrays, "")
    counts = np.bincount(whole.y)
    given = "x_test" in arrays or "y_test" in arrays
    if len(counts) < 2:
        raise DataError("y must have two classes or more, and all of it is class 0", "check y")
    if decision and len(counts) > 2:
        raise DataError(
            f"y must have two classes for a decision, not {len(counts)}", "drop --decision"
        )
    least = 2 if given else 3
    if counts.min() < least:
        raise DataError(
            f"y must number its classes 0..{len(counts) - 1} without gaps, {least} sequences or "
            f"more each; class {counts.argmin()} has {counts.min()}",
            "renumber the classes; merge or drop rare ones",
        )
    if given:
        test = _test(arrays, whole, len(counts))
        train, val = map(whole.take, stratified(whole.y, 0.2))
        splits = "a fifth of x validates, by class, the same for every seed; test split as given"
    else:
        train, val, test = map(whole.take, stratified(whole.y, 0.2, 0.2))
        splits = "split 60/20/20 by class, the same for every seed"
    return measured(
        train,
        val,
        test,
        bits=input_bits,
        name="npz",
        classes=tuple(str(label) for label in range(len(counts))),
        sha256=digest(path),
        notes=(splits,),
        decision=decision,
    )
