"""Parquet files, by pyarrow: tables whose columns have types."""

from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.files import existing_file
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.table import Roles, Table, name_and_unit
from qrnn_hw.data.recorded import MOST, Recorded
from qrnn_hw.export.errors import DataError, ToolError

HINT = "give a table with a row a time step, a column a channel, and columns for id and label"


def read_parquet(path: Path, layout: Layout, labelled: bool = True) -> Recorded:
    """Read a table as :func:`qrnn_hw.data.readers.delimited.read_delimited` does.

    Integers stay integers, where all channels are and none is missing.

    Raises
    ------
    DataError
        If the file is no such table.
    ToolError
        If pyarrow is not installed.
    """
    existing_file(path, HINT)
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise ToolError("Parquet files need pyarrow, which is not installed",
                        "pip install 'qrnn-hw[parquet]'") from error  # fmt: skip
    try:
        with parquet.ParquetFile(path) as file:
            roles = Roles.of(file.schema_arrow.names, layout, path, labelled)
            count, width = file.metadata.num_rows, len(roles.channels)
            if not count:
                raise DataError(f"{path} must hold rows, and has none", HINT)
            if count * width > MOST:
                raise DataError(
                    f"{path} must hold {MOST:,} numbers or fewer, not {count * width:,}",
                    "--channels chooses some, or split the file",
                )
            wanted = [*roles.channels, *(p for p in (roles.label, roles.id, roles.time)
                                         if p is not None)]  # fmt: skip
            read = file.read(columns=[roles.names[place] for place in wanted])
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a Parquet file: {str(error).splitlines()[0]:.200}",
                        HINT) from error  # fmt: skip
    columns = {place: read.column(number) for number, place in enumerate(wanted)}
    values = [_numbers(columns[place], roles.names[place], path) for place in roles.channels]
    label, group = (
        None if place is None else _names(columns[place], roles.names[place], path)
        for place in (roles.label, roles.id)
    )
    time = (
        None if roles.time is None else _times(columns[roles.time], roles.names[roles.time], path)
    )
    rows = np.arange(1, count + 1)
    return Table(path, roles, np.column_stack(values), label, group, time, rows).recorded(layout)


def _numbers(column: Any, name: str, path: Path) -> Array:
    """Take a column of numbers; NaN where one is null."""
    found = column.to_numpy() if str(column.type) != "bool" else np.array(column.to_pylist(), float)
    if found.dtype.kind not in "iuf":
        raise DataError(
            f"{path} must have numbers in column {name_and_unit(name)[0]!r}, not {column.type}",
            "--label, --id, --time and --channels say what columns are",
        )
    if found.dtype.kind == "f" and (infinite := np.isinf(found)).any():
        raise DataError(
            f"row {int(infinite.argmax()) + 1} of {path} must have a finite number in column "
            f"{name!r}, and has not",
            "drop such sequences",
        )
    return found


def _names(column: Any, name: str, path: Path) -> Array:
    """Take a column of labels or ids."""
    if column.null_count:
        raise DataError(
            f"{path} must have a value in every row of column {name!r}, and {column.null_count:,} "
            "have none",
            "drop such rows",
        )
    found = np.array(column.to_pylist())
    if found.dtype.kind not in "biufU" or found.ndim != 1:
        raise DataError(f"{path} must have names or numbers in column {name!r}, not {column.type}",
                        HINT)  # fmt: skip
    return found


def _times(column: Any, name: str, path: Path) -> Array:
    """Take a column of times; of dates, in seconds."""
    found = column.to_numpy()
    if found.dtype.kind == "M":
        return found.astype("datetime64[us]").astype(np.int64) / 1e6
    return _numbers(column, name, path).astype(np.float64)
