"""Series of the UCR archive, with its split or pooled."""

from dataclasses import replace
from pathlib import Path

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.source import TRAIN, read_source
from qrnn_hw.data.tasks.own import dataset_of
from qrnn_hw.export.errors import DataError

HINT = (
    "give NAME_TRAIN.ts, .arff, .tsv or .txt with NAME_TEST beside it, or an .npz of x_train "
    "(n, T), y_train (n,), x_test and y_test"
)


def ucr(
    path: str | Path, input_bits: int | None = None, decision: bool = False, pooled: bool = False
) -> Dataset:
    """Read one of the univariate sets of the UCR archive, FordA and ECG5000 among them.

    Source: H. A. Dau et al., The UCR Time Series Classification Archive, 2018; free for research.

    Parameters
    ----------
    path
        NAME_TRAIN.tsv, .txt, .ts or .arff with NAME_TEST beside it; or an .npz of both.
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
    path = Path(path)
    if path.suffix.lower() != ".npz" and TRAIN not in path.name:
        raise DataError(f"the data must be a file NAME_TRAIN, and {path} is not", HINT)
    source = read_source(path, Layout())
    if missing := {"_train", "_test"} - set(source.splits):
        raise DataError(
            f"{path} must hold {', '.join(f'x{part}' for part in sorted(missing))}", HINT
        )
    found = dataset_of(source, Layout(), input_bits, decision, pooled)
    if not pooled:
        return found
    note = (
        "training and test file pooled and split 60/20/20 by class, the same for every seed: "
        "not the split of the archive, so not comparable with its figures"
    )
    return replace(found, notes=(note, *found.notes[1:]))


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
