"""Tables of text: CSV and its kin, with a head or without."""

import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import file_kind
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.table import SAYING, Roles, Table, name_and_unit, times_of
from qrnn_hw.data.recorded import Recorded
from qrnn_hw.export.errors import DataError

MISSING = ("", "na", "n/a", "nan", "null", "none", "?")  # small letters
ROWS = 1 << 14  # at a time
COLUMNS = 1 << 16
HINT = "give UTF-8 text, a row a time step, a column a channel, with a column for the label"
Row = tuple[int, list[str]]


def read_delimited(path: Path, layout: Layout, labelled: bool = True) -> Recorded:
    """Read a table; ``docs/data.md`` says what its columns may be.

    Parameters
    ----------
    labelled
        Whether the column of labels must be there.

    Raises
    ------
    DataError
        If the file is no such table; with the line and the column.
    """
    if (kind := file_kind(path, HINT)) != "text":
        raise DataError(f"{path} must be a table of text, and is {kind}", HINT)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path, layout, labelled).recorded(layout)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} must be UTF-8 text, and its byte {error.start} is not",
                        HINT) from error  # fmt: skip
    except csv.Error as error:
        raise DataError(f"{path} must be a table of text: {error}", HINT) from error


def has_head(path: Path) -> bool:
    """Whether the first line of a text has a word in it, so that it names columns."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        line = next((line for line in file if line.strip()), "")
    cells = line.replace(",", " ").replace(";", " ").split()
    return any(not is_number(cell.strip("\"'")) and cell.lower() not in MISSING for cell in cells)


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a text is a number as other programs write it."""
    try:
        _number(text, decimal)
    except ValueError:
        return False
    return True


def _number(text: str, decimal: str) -> float:
    """Read a number, NaN where it is missing; Python alone takes 1_0, and digits of all scripts."""
    text = text.strip()
    if text.lower() in MISSING:
        return np.nan
    if "_" in text or not text.isascii() or (decimal == "," and "." in text):
        raise ValueError(text)
    return float(text.replace(",", ".") if decimal == "," else text)


def _delimiter(line: str, layout: Layout) -> str:
    if layout.delimiter:
        return layout.delimiter.replace("\\t", "\t")
    return next((each for each in "\t;" if each in line), "," if layout.decimal == "." else ";")


def _rows(file: Iterator[str], path: Path, layout: Layout) -> Iterator[Row]:
    """Yield rows that are not blank, with their lines, all of one width."""
    csv.field_size_limit(min(sys.maxsize, 1 << 20))
    first = next((line for line in file if line.strip()), "")
    if not first:
        raise DataError(f"{path} must hold a table, and is empty", HINT)
    reader = csv.reader(chain([first], file), delimiter=_delimiter(first, layout), strict=True)
    width = 0
    for row in reader:
        if not any(map(str.strip, row)):
            continue
        width = width or len(row)
        if width > COLUMNS:
            raise DataError(f"{path} must have {COLUMNS:,} columns or fewer, not {width:,}", HINT)
        if len(row) != width:
            raise DataError(
                f"line {reader.line_num} of {path} must have {width} columns, as the first has, "
                f"not {len(row)}",
                "--delimiter says what is between them, --decimal , that numbers have a comma",
            )
        yield reader.line_num, row


def _read(file: Iterator[str], path: Path, layout: Layout, labelled: bool) -> Table:
    rows = _rows(file, path, layout)
    if (first := next(rows, None)) is None:
        raise DataError(f"{path} must hold a table, and is empty", HINT)
    cells = [cell.strip() for cell in first[1]]
    # A head has a word in every column, so that a class that is a word makes none.
    head = all(not is_number(cell, layout.decimal) for cell in cells) or _named(cells, layout)
    names = cells if head else [str(place + 1) for place in range(len(cells))]
    roles = Roles.of(names, layout, path, labelled)
    texts: dict[str, list[str]] = {"label": [], "id": [], "time": []}
    values, lines = [], []
    if not head:
        rows = chain([first], rows)
    while piece := list(islice(rows, ROWS)):
        numbers = [number for number, _ in piece]
        columns = list(zip(*(row for _, row in piece)))
        lines += numbers
        values.append(
            np.column_stack([
                _floats(columns[place], path, names[place], numbers, layout)
                for place in roles.channels
            ])
        )  # fmt: skip
        for role, kept in texts.items():
            place = getattr(roles, role)
            if place is not None:
                kept += [sys.intern(cell.strip()) for cell in columns[place]]
    if not lines:
        raise DataError(f"{path} must hold rows below its head, and has none", HINT)
    for role in ("id", "label"):
        if "" in texts[role]:
            place = texts[role].index("")
            raise DataError(f"line {lines[place]} of {path} must have a {role}, and has none", HINT)
    label, group = (np.array(texts[role]) if texts[role] else None for role in ("label", "id"))
    time = times_of(texts["time"], path, lines, layout.decimal) if texts["time"] else None
    return Table(path, roles, np.concatenate(values), label, group, time, np.array(lines))


def _named(cells: Sequence[str], layout: Layout) -> bool:
    """Whether a line names a column that is asked for, or that says what it is: it is a head."""
    asked = {layout.label, layout.id, layout.time, *layout.chosen} - {""}
    plain = [name_and_unit(cell)[0] for cell in cells]
    known = {*cells, *plain}
    saying = {name for names in SAYING.values() for name in names}
    return any(name in known and not name.isdecimal() for name in asked) or any(
        name.lower() in saying for name in plain
    )


def _floats(
    cells: Sequence[str], path: Path, name: str, lines: Sequence[int], layout: Layout
) -> npt.NDArray[np.float64]:
    """Read a piece of a column."""
    whole = "".join(cells)
    if layout.decimal == "." and "_" not in whole and whole.isascii():
        try:  # the usual case, fast
            found = np.array(list(map(float, cells)))
        except ValueError:
            pass
        else:
            if not np.isinf(found).any():
                return found
    found = np.empty(len(cells))
    for place, cell in enumerate(cells):
        try:
            found[place] = _number(cell, layout.decimal)
        except ValueError as error:
            comma = "--decimal , if the comma is the decimal sign; " if "," in cell else ""
            raise DataError(
                f"line {lines[place]} of {path} must have a number in column {name!r}, not "
                f"{cell.strip()!r:.60}",
                f"{comma}--label, --id, --time and --channels say what columns are",
            ) from error
        if np.isinf(found[place]):
            raise DataError(
                f"line {lines[place]} of {path} must have a finite number in column {name!r}, not "
                f"{cell.strip():.60}",
                "drop such sequences",
            )
    return found
