"""Attribute-relation files of Weka and the UEA archive, by scipy."""

from io import StringIO
from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.files import read_text
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.recorded import Recorded, side_by_side
from qrnn_hw.export.errors import DataError, ToolError

HINT = (
    "give numeric attributes and a class as the last, a sequence a line; or a relational attribute "
    "with a line a channel, and a class"
)


def read_arff(path: Path, layout: Layout, labelled: bool = True) -> Recorded:
    """Read a file of the archive: one channel a line, or several in a relation.

    ``?`` is a missing value; at the end of a sequence, in all channels, it is padding.

    Raises
    ------
    DataError
        If the file is something else.
    ToolError
        If scipy is not installed.
    """
    text = read_text(path, HINT)
    if not text.strip():
        raise DataError(f"{path} must hold sequences, and is empty", HINT)
    try:
        from scipy.io import arff
    except ImportError as error:
        raise ToolError("ARFF files need scipy, which is not installed",
                        "pip install 'qrnn-hw[train]'") from error  # fmt: skip
    try:
        data, about = arff.loadarff(StringIO(text))
        types, names = about.types(), about.names()
    except Exception as error:  # whatever its parser stumbles over
        said = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} must be an ARFF file: {said:.200}", HINT) from error
    if not len(data):
        raise DataError(f"{path} must hold sequences, and holds none", HINT)
    place = _label(names, types, layout, path)
    label = None if place is None else np.char.strip(np.char.decode(data[names[place]], "utf-8")) \
        if types[place] == "nominal" else data[names[place]]  # fmt: skip
    if label is not None and label.dtype.kind == "U" and (label == "?").any():
        raise DataError(f"{path} must have a class for every sequence, and number "
                        f"{int((label == '?').argmax()) + 1} has none", "drop it")  # fmt: skip
    rest = [number for number in range(len(names)) if number != place]
    kinds = {types[number] for number in rest}
    if kinds == {"relational"} and len(rest) == 1:
        return _relation(data[names[rest[0]]], label, path)
    if kinds != {"numeric"}:
        wrong = next(number for number in rest if types[number] != "numeric")
        raise DataError(f"attribute {names[wrong]!r} of {path} must be numeric, not {types[wrong]}",
                        HINT)  # fmt: skip
    x = np.column_stack([data[names[number]] for number in rest])
    return Recorded(x, None, label, name=path.name)


def _label(names: list[str], types: list[str], layout: Layout, path: Path) -> int | None:
    """Find the class: the attribute that was named, else the last if it is nominal."""
    if layout.label:
        if layout.label not in names:
            raise DataError(f"--label must be an attribute of {path}, not {layout.label!r}",
                            f"the last is {names[-1]!r}")  # fmt: skip
        return names.index(layout.label)
    return len(names) - 1 if types[-1] == "nominal" else None


def _relation(cells: Array, label: Array | None, path: Path) -> Recorded:
    """Take the channels out of a relation, a row each."""
    parts: list[Array] = []
    for number, cell in enumerate(cells, 1):
        rows = np.array([list(row) for row in cell], np.float64)
        if rows.ndim != 2 or not rows.size or len(rows) != len(parts[0].T if parts else rows):
            raise DataError(
                f"sequence {number} of {path} must have as many channels as the first", HINT
            )
        ends = np.flatnonzero(~np.isnan(rows).all(0))
        parts.append(rows[:, : ends[-1] + 1 if ends.size else 1].T)
    x, lengths = side_by_side(parts, path)
    return Recorded(x, lengths, label, name=path.name)
