"""Text of the UCR and UEA archives: ``.ts`` of any channels and lengths; ``.tsv``, ``.txt``."""

from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.classes import number_name
from qrnn_hw.data.files import read_table, read_text
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.delimited import MISSING, has_head, read_delimited
from qrnn_hw.data.recorded import Recorded, side_by_side
from qrnn_hw.export.errors import DataError

HINT = (
    "give a .ts (a header, then value,value,...:class in each line, channels apart by colons), or "
    "a .tsv or .txt (a class, then the series, apart by tabs or spaces)"
)


def read_series_table(path: Path, layout: Layout, labelled: bool = True) -> Recorded:
    """Read lines of a class and a series; or a table of time steps, if it has a head.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    text = read_text(path, HINT)
    if text.strip() and has_head(path):
        return read_delimited(path, layout, labelled)
    table = read_table(path, HINT, finite=False)
    if table.shape[1] < 2:
        raise DataError(f"{path} must hold a class and a series in each line", HINT)
    if not np.isfinite(table[:, 0]).all():
        raise DataError(f"{path} must hold a class in each line, and one is no number", HINT)
    labels = np.array([number_name(label) for label in table[:, 0].tolist()])
    return Recorded(table[:, 1:], None, labels, name=path.name)


def _number(text: str) -> float:
    """Read a number as other programs write it, NaN where it is missing."""
    text = text.strip()
    if text.lower() in MISSING and text:
        return np.nan
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def read_ts(path: Path, layout: Layout, labelled: bool = True) -> Recorded:
    """Read lines of channels, apart by colons, and a class, below a header of ``@`` and ``#``.

    Where the header says that there are no classes, a line has none; where it says that the target
    is a number, this is y.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    parts: list[Array] = []
    labels: list[str] = []
    classes = True
    for number, line in enumerate(read_text(path, HINT).splitlines(), 1):
        if line.startswith("@"):
            key, _, said = line[1:].strip().lower().partition(" ")
            if key in ("classlabel", "targetlabel"):
                classes = said.split()[:1] != ["false"]
            if key == "timestamps" and said.strip() == "true":
                raise DataError(f"{path} must have no timestamps, and has some",
                                "write values alone")  # fmt: skip
            continue
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(":")
        if classes:
            labels.append(fields.pop().strip())
        parts.append(_sequence(fields, parts, number, path))
        if classes and not labels[-1]:
            raise DataError(f"line {number} of {path} must end in a class", HINT)
    if not parts:
        raise DataError(f"{path} must hold series, and holds none", HINT)
    x, lengths = side_by_side(parts, path)
    return Recorded(x, lengths, np.array(labels) if classes else None, name=path.name)


def _sequence(fields: list[str], before: list[Array], number: int, path: Path) -> Array:
    """Read the channels of a line, (T, channels)."""
    try:
        channels = [np.array([_number(value) for value in field.split(",")]) for field in fields]
    except ValueError as error:
        raise DataError(
            f"line {number} of {path} must be numbers between commas, a colon and a class", HINT
        ) from error
    width = before[0].shape[1] if before else len(channels)
    if not channels or len(channels) != width:
        raise DataError(
            f"line {number} of {path} must have {width or 1} channels, as the first has, not "
            f"{len(channels)}",
            HINT,
        )
    lengths = [len(channel) for channel in channels]
    if len(set(lengths)) > 1:
        raise DataError(
            f"line {number} of {path} must have channels of one length, not {min(lengths)} and "
            f"{max(lengths)}",
            "channels of several rates: bring them to one",
        )
    return np.stack(channels, 1)
