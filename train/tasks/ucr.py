"""Series of the UCR archive: one channel, one length, in its public file formats."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import digest, read_table, read_text
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.export.errors import DataError
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.tasks.measured import measured
from qrnn_hw.train.tasks.sequences import Sequences
from qrnn_hw.train.tasks.split import stratified

HINT = (
    "give NAME_TRAIN.ts, .tsv or .txt with NAME_TEST beside it, or an .npz of x_train (n, T), "
    "y_train (n,), x_test and y_test"
)
Table = tuple[npt.NDArray[np.float64], list[str]]


def _read_ts(path: Path) -> Table:
    """Read lines of ``value,value,...:label`` below a header of ``@`` and ``#``."""
    rows, labels = [], []
    for number, line in enumerate(read_text(path, HINT).splitlines(), 1):
        if not line.strip() or line.startswith(("@", "#")):
            continue
        values, _, label = line.rpartition(":")
        try:
            rows.append([float(value) for value in values.split(",")])
        except ValueError as error:
            raise DataError(
                f"line {number} of {path} must be numbers between commas, a colon and a class",
                "one channel only; missing values are not taken",
            ) from error
        labels.append(label.strip())
        if len(rows[-1]) != len(rows[0]) or not np.isfinite(rows[-1]).all():
            raise DataError(
                f"line {number} of {path} must be {len(rows[0])} finite numbers, as the first is",
                "series of one length only; cut or pad, and use task npz",
            )
    if not rows:
        raise DataError(f"{path} must hold series, and holds none", HINT)
    return np.array(rows), labels


def _read_part(path: Path) -> Table:
    if path.suffix == ".ts":
        return _read_ts(path)
    table = read_table(path, HINT)
    if table.shape[1] < 2:
        raise DataError(f"{path} must hold a class and a series in each line", HINT)
    return table[:, 1:], [f"{label:g}" for label in table[:, 0]]


def _read(path: Path) -> tuple[Table, Table, str, str]:
    if path.suffix == ".npz":
        arrays = read_archive(path, ("x_train", "y_train", "x_test", "y_test"))
        parts = []
        for part in ("train", "test"):
            x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
            if x.ndim != 2 or x.dtype.kind not in "iuf" or not x.size or y.shape != x.shape[:1]:
                raise DataError(
                    f"x_{part} must be numbers (n, T) with y_{part} (n,), "
                    f"not {x.dtype} {x.shape} with {y.shape}",
                    HINT,
                )
            if not np.isfinite(x).all():
                raise DataError(f"x_{part} must be finite", "drop or fill such series")
            parts.append((x.astype(np.float64), [str(label) for label in y.tolist()]))
        return *parts, path.stem, digest(path)
    if "_TRAIN" not in path.name:
        raise DataError(f"the data must be a file NAME_TRAIN, and {path} is not", HINT)
    other = path.with_name(path.name.replace("_TRAIN", "_TEST"))
    stem = path.name.partition("_TRAIN")[0]
    return _read_part(path), _read_part(other), stem, digest(path, other)


def _number(label: str) -> tuple[float, str]:
    """Sort numbers as numbers, and names behind them."""
    try:
        return float(label), label
    except ValueError:
        return np.inf, label


def ucr(
    path: str | Path, input_bits: int | None = None, decision: bool = False, pooled: bool = False
) -> Dataset:
    """Read one of the univariate sets of the UCR archive, FordA and ECG5000 among them.

    Source: H. A. Dau et al., The UCR Time Series Classification Archive, 2018; free for research.

    Parameters
    ----------
    path
        NAME_TRAIN.tsv, .txt (a class, then the series, apart by tabs or spaces) or .ts (header,
        then ``value,...:class``) with NAME_TEST beside it; or an .npz of both.
    input_bits
        Width of an input on the wire; None takes 8.
    decision
        Whether one logit tells two classes apart.
    pooled
        Whether both files are put together and split anew, 60/20/20 by class.

    Returns
    -------
    Dataset
        Unless pooled, a fifth of the training file validates, and the test file tests. Classes
        in the order of their labels.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    (x, labels), (x_test, labels_test), name, sha256 = _read(Path(path))
    if x.shape[1] != x_test.shape[1]:
        raise DataError(
            f"both files must hold series of one length, not {x.shape[1]} and {x_test.shape[1]}",
            HINT,
        )
    classes = sorted(set(labels) | set(labels_test), key=_number)
    if len(classes) < 2 or (decision and len(classes) > 2):
        count = "two classes for a decision" if decision else "two classes or more"
        raise DataError(f"the series must be of {count}, not {len(classes)}", "check the file")
    y, y_test = (
        np.array([classes.index(label) for label in part]) for part in (labels, labels_test)
    )
    if pooled:
        x, y = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    counts, least = np.bincount(y, minlength=len(classes)), 3 if pooled else 2
    if counts.min() < least:
        rare = classes[counts.argmin()]
        raise DataError(
            f"every class must have {least} series or more to train on; {rare} has {counts.min()}",
            "pool and split both files with task npz",
        )
    whole = Sequences(x[:, :, None], y)
    if pooled:
        train, val, test = map(whole.take, stratified(y, 0.2, 0.2))
        notes = (
            "training and test file pooled and split 60/20/20 by class, the same for every seed: "
            "not the split of the archive, so not comparable with its figures",
        )
    else:
        train, val = map(whole.take, stratified(y, 0.2))
        test = Sequences(x_test[:, :, None], y_test)
        notes = ("a fifth of the training file validates, by class; test file as given",)
    return measured(
        train,
        val,
        test,
        bits=input_bits,
        name=name.lower(),
        classes=tuple(classes),
        sha256=sha256,
        notes=notes,
        decision=decision,
    )


def forda(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read FordA, engine noise of T = 500: 3,601/1,320 series, one logit for fault or none.

    Parameters
    ----------
    path, input_bits
        As for :func:`ucr`.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    return ucr(path, input_bits, decision=True)


def ecg5000(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read ECG5000, heartbeats of T = 140 in five classes, pooled and split anew.

    The archive's training file has 500 beats, two of them of class 5; its split leaves nothing to
    learn that class from.

    Parameters
    ----------
    path, input_bits
        As for :func:`ucr`.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    return ucr(path, input_bits, pooled=True)
