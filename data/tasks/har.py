"""Human activities from a phone at the waist (UCI HAR): 9 channels at 50 Hz, T = 128."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder, read_table
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.data.split import by_group, stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError

SIGNALS = tuple(
    f"{sensor}_{axis}" for sensor in ("body_acc", "body_gyro", "total_acc") for axis in "xyz"
)
ACTIVITIES: tuple[str, ...] = (
    "walking",
    "walking upstairs",
    "walking downstairs",
    "sitting",
    "standing",
    "laying",
)
# Activities of class 1 of HAR-2, as FastGRNN (appendix B) divides them.
FIRST_OF_TWO = (1, 3, 5)
STEPS, HELD_OUT = 128, 4
# Windows of the whole set, to train and to test.
WINDOWS = 7352, 2947
# Falls and knocks reach far beyond the rest; holding all of them would cost resolution.
REACH = 0.999
HINT = (
    'give the folder "UCI HAR Dataset" (train/Inertial Signals/body_acc_x_train.txt and so on), '
    "or an .npz of x_train (n, 128, 9), y_train 1..6, x_test, y_test"
)


def _labels(name: str, y: npt.NDArray[np.number], count: int) -> npt.NDArray[np.int64]:
    whole = y.dtype.kind in "iu" or (y.dtype.kind == "f" and bool((y == np.rint(y)).all()))
    if not whole or y.shape != (count,) or y.min() < 1 or y.max() > len(ACTIVITIES):
        raise DataError(f"{name} must be integers 1..6, one for each of {count} windows", HINT)
    return y.astype(np.int64) - 1


def _from_folder(folder: Path) -> tuple[Part, Part, npt.NDArray[np.int64], str]:
    parts, paths = [], []
    for part in ("train", "test"):
        signals = [folder / part / "Inertial Signals" / f"{name}_{part}.txt" for name in SIGNALS]
        labels = folder / part / f"y_{part}.txt"
        channels = [read_table(path, HINT, STEPS).astype(np.float32) for path in signals]
        counts = {len(channel) for channel in channels}
        if len(counts) > 1:
            raise DataError(
                f"all signals of {folder / part} must have the same windows, not {sorted(counts)}",
                HINT,
            )
        y = _labels(labels.name, read_table(labels, HINT, 1)[:, 0], counts.pop())
        parts.append(Part(np.stack(channels, 2), y))
        paths += [*signals, labels]
    path = folder / "train" / "subject_train.txt"
    subjects = read_table(path, HINT, 1)[:, 0].astype(np.int64)
    if len(subjects) != len(parts[0]) or len(np.unique(subjects)) <= HELD_OUT:
        raise DataError(
            f"{path} must name the person of each of {len(parts[0])} windows, "
            f"more than {HELD_OUT} persons",
            HINT,
        )
    train, test = parts
    return train, test, subjects, digest(*paths, path)


def _from_archive(path: Path) -> tuple[Part, Part, str]:
    arrays, parts = read_archive(path, ("x_train", "y_train", "x_test", "y_test")), []
    for part in ("train", "test"):
        x = arrays[f"x_{part}"]
        if x.dtype.kind != "f" or x.shape[1:] != (STEPS, len(SIGNALS)) or not len(x):
            raise DataError(
                f"x_{part} must be floats (n, {STEPS}, {len(SIGNALS)}), not {x.dtype} {x.shape}",
                HINT,
            )
        if not np.isfinite(x).all():
            raise DataError(f"x_{part} must be finite", "drop such windows")
        parts.append(Part(x, _labels(f"y_{part}", arrays[f"y_{part}"], len(x))))
    train, test = parts
    return train, test, digest(path)


def _load(path: str | Path, input_bits: int | None, binary: bool) -> Dataset:
    path = Path(path)
    if path.suffix == ".npz":
        whole, test, sha256 = _from_archive(path)
        rows = stratified(whole.y.astype(np.int64), 0.2)
        notes: tuple[str, ...] = (
            "a fifth of the training windows validates; windows overlap by half, so validation "
            "is optimistic; test split as given",
        )
        if (len(whole), len(test)) != WINDOWS:
            notes += ("a part of UCI HAR, so not comparable with published figures for all of it",)
    else:
        whole, test, subjects, sha256 = _from_folder(existing_folder(path, HINT))
        rows = by_group(subjects, HELD_OUT)
        notes = (f"{HELD_OUT} of the training persons validate; test persons as given",)
    classes = ACTIVITIES
    if binary:
        whole, test = (
            replace(part, y=np.isin(part.y, FIRST_OF_TWO).astype(np.int64))
            for part in (whole, test)
        )
        classes = ("standing, walking or downstairs", "sitting, laying or upstairs")
    train, val = map(whole.take, rows)
    return measured(
        train,
        val,
        test,
        bits=input_bits,
        reach=REACH,
        name="har2" if binary else "har",
        classes=classes,
        sha256=sha256,
        notes=notes,
        decision=binary,
    )


def har(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read UCI HAR with its six activities: 7,352/2,947 windows of 30 persons.

    Source: D. Anguita et al., 2013, UCI; CC BY 4.0. The channels are acceleration without gravity
    (g), turn rate (rad/s) and acceleration (g), x, y and z each. HadamRNN normalises them; here
    each channel has a step on the wire of its own.

    Parameters
    ----------
    path
        The folder "UCI HAR Dataset" of the public archive, or an .npz of x_train (n, 128, 9),
        y_train 1..6, x_test, y_test.
    input_bits
        Width of a channel on the wire; None takes 8.

    Returns
    -------
    Dataset
        Test split as given. From the folder, four of the training persons validate; from an .npz,
        which does not name persons, a fifth of the windows.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    return _load(path, input_bits, binary=False)


def har2(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read HAR-2, the activities of :func:`har` in two groups that one logit tells apart.

    Class 1 is sitting, laying and walking upstairs, as in FastGRNN (appendix B).

    Parameters
    ----------
    path, input_bits
        As for :func:`har`.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    return _load(path, input_bits, binary=True)
