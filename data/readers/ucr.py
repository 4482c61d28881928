"""Series of the UCR archive: one channel, a class each, in its public text formats."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.classes import number_name
from qrnn_hw.data.files import read_table, read_text
from qrnn_hw.export.errors import DataError

HINT = (
    "give a .ts (a header, then value,value,...:class in each line), or a .tsv or .txt (a class, "
    "then the series, apart by tabs or spaces)"
)
Table = tuple[npt.NDArray[np.float64], list[str]]


def read_series(path: str | Path) -> Table:
    """Read series and their classes.

    Parameters
    ----------
    path
        A .ts, or a .tsv or .txt.

    Returns
    -------
    x
        (n, T); NaN is behind the end of a shorter series, or is a missing value.
    labels
        The class of each, as text.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    path = Path(path)
    if path.suffix.lower() == ".ts":
        return _read_ts(path)
    table = read_table(path, HINT, finite=False)
    if table.shape[1] < 2:
        raise DataError(f"{path} must hold a class and a series in each line", HINT)
    if not np.isfinite(table[:, 0]).all():
        raise DataError(f"{path} must hold a class in each line, and one is no number", HINT)
    return table[:, 1:], [number_name(label) for label in table[:, 0].tolist()]


def _number(text: str) -> float:
    """Read a number as other programs write it; Python alone takes 1_0, and digits of all scripts.

    Raises
    ------
    ValueError
        If it is none.
    """
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def _read_ts(path: Path) -> Table:
    """Read lines of ``value,value,...:label`` below a header of ``@`` and ``#``."""
    rows, labels = [], []
    for number, line in enumerate(read_text(path, HINT).splitlines(), 1):
        if not line.strip() or line.startswith(("@", "#")):
            continue
        values, _, label = line.rpartition(":")
        try:
            rows.append([_number(value) for value in values.split(",")])
        except ValueError as error:
            raise DataError(
                f"line {number} of {path} must be numbers between commas, a colon and a class",
                "one channel only; missing values are not taken",
            ) from error
        labels.append(label.strip())
        if len(rows[-1]) != len(rows[0]):
            raise DataError(
                f"line {number} of {path} must be {len(rows[0])} numbers, as the first is, not "
                f"{len(rows[-1])}",
                "series of one length only; pad the shorter ones with NaN",
            )
    if not rows:
        raise DataError(f"{path} must hold series, and holds none", HINT)
    return np.array(rows), labels
