"""Series of the UCR archive: one channel, one length, in its public file formats."""

from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.classes import class_names, label_names, numbered, require_classes
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest
from qrnn_hw.data.names import read_names
from qrnn_hw.data.readers.npz import Archive
from qrnn_hw.data.readers.ucr import read_series
from qrnn_hw.data.series import Series, series_of, shaped
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError

HINT = (
    "give NAME_TRAIN.ts, .tsv or .txt with NAME_TEST beside it, or an .npz of x_train (n, T), "
    "y_train (n,), x_test and y_test"
)
Labelled = tuple[Series, list[str]]  # and the class of each


def _part(x: Array, lengths: Array | None, labels: list[str], name: str) -> Labelled:
    if x.ndim != 2 or len(labels) != len(x):
        raise DataError(
            f"{name} must be (n, T) with a class each, not {x.shape} with {len(labels)}", HINT
        )
    return series_of(shaped(x, name, 1), lengths, name), labels


def _read(path: Path) -> tuple[Labelled, Labelled, str, str, tuple[str, ...]]:
    """Read both splits, the name of the set, its digest, and notes."""
    if path.suffix.lower() == ".npz":
        names = read_names(Archive(path))
        parts: list[Labelled] = []
        for split in ("_train", "_test"):
            names.require(f"x{split}", f"y{split}")
            arrays = names.read(split)
            labels = label_names(arrays["y"], f"y{split}", len(np.atleast_1d(arrays["x"])))
            parts.append(_part(arrays["x"], arrays.get("lengths"), labels, f"x{split}"))
        train, test = parts
        return train, test, path.stem, digest(path), names.notes
    if "_TRAIN" not in path.name:
        raise DataError(f"the data must be a file NAME_TRAIN, and {path} is not", HINT)
    paths = path, path.with_name(path.name.replace("_TRAIN", "_TEST"))
    train, test = (
        _part(x, None, labels, str(each)) for each in paths for x, labels in [read_series(each)]
    )
    return train, test, path.name.partition("_TRAIN")[0], digest(*paths), ()


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
    (given, labels), (given_test, labels_test), name, sha256, said = _read(Path(path))
    steps = [part.x.shape[1] for part in (given, given_test)]
    if steps[0] != steps[1]:
        raise DataError(
            f"both files must hold series of one length, not {steps[0]} and {steps[1]}", HINT
        )
    classes = class_names(labels, labels_test)
    y, y_test = (numbered(part, classes, "the files") for part in (labels, labels_test))
    whole, rest = Part.of(given, y), Part.of(given_test, y_test)
    if pooled:
        whole, y = whole.joined(rest), np.concatenate([y, y_test])
    require_classes(y, classes, "the files", 3 if pooled else 2, decision)
    if pooled:
        train, val, test = map(whole.take, stratified(y, 0.2, 0.2))
        notes = (
            "training and test file pooled and split 60/20/20 by class, the same for every seed: "
            "not the split of the archive, so not comparable with its figures",
        )
    else:
        train, val = map(whole.take, stratified(y, 0.2))
        test = rest
        notes = ("a fifth of the training file validates, by class; test file as given",)
    return measured(
        train,
        val,
        test,
        bits=input_bits,
        name=name.lower(),
        classes=classes,
        sha256=sha256,
        notes=(*notes, *said, *given.notes, *given_test.notes),
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
