"""Labels of a file, as the classes of a model."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.checks import Array, kind_of, require_shape
from qrnn_hw.data.classes import number_name
from qrnn_hw.data.recorded import Recorded
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, listed
from qrnn_hw.export.integer import IntegerModel

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def class_numbers(
    y: Array, classes: Sequence[str], asked: npt.NDArray[np.bool_], name: str = "y"
) -> Integers:
    """Turn labels into numbers of classes.

    A text is the name of a class. A number is that of a class, from 0; or, where the names of all
    classes are numbers, the class of that name, as in the sets of the UCR archive. A text may be
    the number of a class as well, where their names are no numbers.

    Parameters
    ----------
    y
        Names or whole numbers, of any shape.
    classes
        The names of the model's classes.
    asked
        Which ones count, as ``y``.

    Returns
    -------
    ndarray
        As ``y``, int64; -1 where none counts.

    Raises
    ------
    DataError
        If there are labels that the model has no class for.
    """
    values, texts = _places(classes)
    found = np.full(y.shape, -1, np.int64)
    if y.dtype.kind == "b":
        y = y.astype(str)
    if y.dtype.kind in "US":
        given = np.char.decode(y[asked], "latin-1") if y.dtype.kind == "S" else y[asked]
        names, places = np.unique(given, return_inverse=True)
        numbers = [texts.get(label, -1) for label in names.tolist()]
    else:
        names, places = np.unique(_numbers(y[asked], name), return_inverse=True)
        numbers = [values.get(label, -1) for label in names.tolist()]
    if -1 in numbers:
        wrong = [
            label if isinstance(label, str) else number_name(label)
            for label, number in zip(names.tolist(), numbers)
            if number < 0
        ]
        raise DataError(
            f"{name} must be of the classes of the model, {listed(classes)}, and has "
            f"{listed(wrong)}",
            "a label is the name of a class, or its number from 0; leave y out if the classes are "
            "others",
        )
    found[asked] = np.array(numbers, np.int64)[places.ravel()] if len(numbers) else -1
    return found


def _numbers(y: Array, name: str) -> npt.NDArray[np.float64]:
    """Take labels that are numbers, as floats; beyond 2^53 there is no class."""
    if y.dtype.kind not in "iuf":
        raise DataError(
            f"{name} must be numbers or names of classes, not {kind_of(y)}", "convert it"
        )
    real = y.astype(np.float64)
    if not np.isfinite(real).all():
        raise DataError(
            f"{name} must be classes, and one is {real[~np.isfinite(real)][0]}",
            "drop such sequences",
        )
    return real


def _places(classes: Sequence[str]) -> tuple[dict[float, int], dict[str, int]]:
    """Return the class that a number and a text stand for."""
    # A name that two classes have tells neither.
    names = {label: n for n, label in enumerate(classes) if list(classes).count(label) == 1}
    values = {float(label): number for label, number in names.items() if _NUMBER.fullmatch(label)}
    if len(values) == len(classes):
        return values, names
    numbers = range(len(classes))
    return {float(number): number for number in numbers}, {str(n): n for n in numbers} | names


def text_classes(classes: Sequence[str]) -> dict[str, int]:
    """Return the class that each text stands for which :func:`class_numbers` takes."""
    return _places(classes)[1]


def named_labels(recorded: Recorded, model: IntegerModel) -> tuple[Array | None, tuple[str, ...]]:
    """Return the labels of what was read; the names of files only where all are classes.

    Returns
    -------
    labels
        (n,), or None.
    notes
        What is to be said if only some are.
    """
    if not recorded.by_name or recorded.y is None:
        return recorded.y, ()
    if model.readout.every and model.readout.pool is None:  # it tells that of a whole recording
        return None, ()
    known = [str(label) in text_classes(model.labels) for label in recorded.y.tolist()]
    if all(known):
        return recorded.y, ()
    if not any(known):
        return None, ()
    other = Path(recorded.places[known.index(False)]).name
    return None, (
        f"no labels: the names of all files must begin with a class, and {other} does not",
    )


def labels_of(
    y: Array | None,
    name: str,
    inside: npt.NDArray[np.bool_],
    model: IntegerModel,
) -> tuple[Integers | None, tuple[str, ...]]:
    """Turn labels into classes.

    Parameters
    ----------
    y
        One for each sequence, (n,), or for each step, (n, T); or None.
    inside
        Which steps count, (n, T).

    Returns
    -------
    classes
        As ``y``, -1 where none is asked; or None.
    notes
        What is to be said of them.

    Raises
    ------
    DataError
        If the shape is another, or the model lacks a class of them.
    """
    if y is None:
        return None, ()
    every = model.readout.every
    if every and model.readout.pool is not None and y.shape == inside.shape[:1]:
        # As in training: a sequence is asked for when it has been heard.
        ends = np.arange(inside.shape[1]) == inside.sum(1)[:, None] - 1
        classes = np.full(inside.shape, -1)
        classes[ends] = class_numbers(y, model.labels, np.ones(len(y), bool), name)
        return classes, (f"{name} is asked for at the last step of each sequence",)
    shape = inside.shape if every else inside.shape[:1]
    if not every and y.shape != shape and y.shape == inside.shape[1:]:
        raise DataError(
            f"{name} must have shape {shape}, a label for each sequence, not {y.shape}, which is "
            "one for each step",
            "x.T has the sequences in rows, if x is (T, n)",
        )
    require_shape(y, shape, name, "a label for each " + ("step" if every else "sequence"))
    asked: npt.NDArray[np.bool_] = np.ones(shape, bool)
    if every:
        y, asked = _step_labels(y, inside)
    return class_numbers(y, model.labels, asked, name), ()


def _step_labels(y: Array, inside: npt.NDArray[np.bool_]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Tell which labels of steps count: -1 and NaN stand for no answer, as do those of padding.

    Returns
    -------
    y
        (n, T), with numbers where it had NaN.
    asked
        (n, T).
    """
    if y.dtype.kind == "f":
        missing = np.isnan(y)
        y = np.where(missing, -1, y)
    return y, inside & (y != -1 if y.dtype.kind in "iuf" else True)
