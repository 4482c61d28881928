"""Classes of people's own labels, which may be anything: names, numbers, truth values."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.checks import Array, require_shape
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, listed

MOST = 1024
_REAL = "labels are few; a number that is to be estimated is --regression"


def number_name(label: float) -> str:
    """Return the name of a class that is a number: 1 for 1.0.

    >>> number_name(1.0), number_name(1234567.0), number_name(0.5)
    ('1', '1234567', '0.5')
    """
    return f"{label:.0f}" if label == round(label) else repr(label)


def label_names(y: Array, name: str, count: int) -> list[str]:
    """Name the class of each sequence.

    >>> label_names(np.array([1.0, 2.0]), "y", 2), label_names(np.array(["up", " down"]), "y", 2)
    (['1', '2'], ['up', 'down'])

    Raises
    ------
    DataError
        If there is not one for each, or one is missing.
    """
    if y.shape == (count, 1):
        y = y[:, 0]
    require_shape(y, (count,), name, "one class a sequence")
    if y.dtype.kind == "S":
        y = np.char.decode(y, "latin-1")
    if y.dtype.kind not in "biufU":
        raise DataError(f"{name} must be numbers or names, not {y.dtype}", "convert it")
    if y.dtype.kind == "f":
        found = [number_name(label) if np.isfinite(label) else "" for label in y.tolist()]
    else:
        found = [str(label).strip() for label in y.tolist()]
    if "" in found:
        place = found.index("")
        shown = str(y[place]).strip() or "empty"
        raise DataError(
            f"{name} must be a class for each sequence, and {name}[{place}] is {shown}",
            "drop such sequences, or name their class",
        )
    return found


def numbers_of(y: Array, name: str, count: int) -> npt.NDArray[np.float64]:
    """Take the number that each sequence is to give.

    >>> numbers_of(np.array(["1.5", "2"]), "y", 2).tolist()
    [1.5, 2.0]

    Raises
    ------
    DataError
        If there is not one for each, or one is no number.
    """
    if y.shape == (count, 1):
        y = y[:, 0]
    require_shape(y, (count,), name, "one number a sequence")
    found = np.empty(count)
    for place, value in enumerate(y.tolist()):
        try:
            found[place] = float(value)
        except (TypeError, ValueError):
            found[place] = np.nan
        if not np.isfinite(found[place]):
            raise DataError(
                f"{name} must be a finite number for each sequence, and {name}[{place}] is "
                f"{str(value).strip() or 'empty':.40}",
                "drop such sequences; without --regression labels are classes",
            )
    return found


def class_names(*labels: Iterable[str]) -> tuple[str, ...]:
    """Sort the classes that occur: numbers as numbers, and other names behind them.

    >>> class_names(["10", "9"], ["b", "a"])
    ('9', '10', 'a', 'b')

    Raises
    ------
    DataError
        If they are more than ``MOST``.
    """
    found = sorted(set().union(*labels), key=_order)
    if len(found) > MOST:
        raise DataError(f"classes must be {MOST} or fewer, not {len(found)}", _REAL)
    return tuple(found)


def _order(label: str) -> tuple[float, str]:
    try:
        number = float(label)
    except ValueError:
        return np.inf, label
    return (number, label) if number == number else (np.inf, label)


def numbered(labels: Iterable[str], classes: tuple[str, ...], name: str) -> Integers:
    """Give labels the numbers of their classes, those of training.

    Raises
    ------
    DataError
        If one is of no class.
    """
    places = {label: place for place, label in enumerate(classes)}
    labels = list(labels)
    if other := sorted(set(labels) - set(classes), key=_order):
        raise DataError(
            f"{name} must be of the classes of training, {listed(classes)}, and has "
            f"{listed(other)}",
            "train on every class that is tested",
        )
    return np.array([places[label] for label in labels], np.int64)


def require_classes(
    y: Integers, classes: tuple[str, ...], name: str, least: int, decision: bool = False
) -> None:
    """Refuse labels that nothing is to be learnt from: one class, or rare ones.

    Parameters
    ----------
    y
        (n,), numbers of classes.
    least
        Sequences that every class must have.
    decision
        Whether one logit is to tell two classes apart.

    Raises
    ------
    DataError
        If there are such.
    """
    if len(classes) < 2:
        raise DataError(
            f"{name} must have two classes or more, and all of it is class {', '.join(classes)}",
            f"check {name}",
        )
    if decision and len(classes) > 2:
        raise DataError(
            f"{name} must have two classes for a decision, not {len(classes)}", "drop --decision"
        )
    counts = np.bincount(y, minlength=len(classes))
    if counts.min() < least:
        rare = classes[int(counts.argmin())]
        raise DataError(
            f"{name} must have {least} sequences or more of each class; class {rare} has "
            f"{counts.min()}",
            f"merge or drop rare classes; {_REAL}",
        )
