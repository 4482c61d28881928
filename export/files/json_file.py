"""JSON that somebody may have altered: one table, in UTF-8, and no number that is none."""

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from qrnn_hw.export.document import decode
from qrnn_hw.export.errors import DataError, ModelError, QrnnError
from qrnn_hw.export.files.regular_file import read_file

MOST = 1 << 25  # bytes
Record = TypeVar("Record")


def read_json(
    path: str | Path,
    hint: str,
    error: type[QrnnError] = DataError,
    most: int = MOST,
    *,
    finite: bool = True,
) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Parameters
    ----------
    hint
        What to do about another file.
    error
        What is raised then.
    most
        Bytes that it may have.
    finite
        Whether numbers that are infinite or NaN are refused.

    Raises
    ------
    QrnnError
        If it is missing, no such file, or as :func:`parse_json` tells.
    """
    content = read_file(path, Path(path).name, most, hint, error)
    return parse_json(content, str(path), hint, error, finite=finite)


def read_record(kind: type[Record], path: Path, name: str, hint: str) -> Record:
    """Read a dataclass that was written as a JSON object of its fields.

    Parameters
    ----------
    name
        What it should be, for the message: "report".

    Raises
    ------
    DataError
        If it is missing, or something else.
    """
    content = read_json(path, hint)
    entries: Any = kind  # no type says that a class is a dataclass
    if wrong := set(content) ^ {entry.name for entry in fields(entries)}:
        keys = ", ".join(sorted(wrong))
        raise DataError(f"a {name} must have its own keys alone; see {keys}", hint)
    try:
        record: Record = decode(kind, content, name)
    except ModelError as error:
        raise DataError(str(error), hint) from error
    return record


def parse_json(
    content: str | bytes,
    name: str,
    hint: str,
    error: type[QrnnError] = DataError,
    *,
    finite: bool = True,
) -> dict[str, Any]:
    """Read a JSON object.

    Parameters
    ----------
    name
        Of the file, for the message.

    Raises
    ------
    QrnnError
        If it is no UTF-8, no JSON, something else than an object, nested too deeply, names a key
        twice, or has a number that is infinite, NaN, or of thousands of digits.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        found = json.loads(
            text,
            object_pairs_hook=_table,
            parse_constant=_constant if finite else float,
            parse_float=_finite if finite else float,
        )
    except UnicodeDecodeError as cause:
        raise error(f"{name} must be UTF-8, and its byte {cause.start} is not", hint) from cause
    except RecursionError as cause:
        raise error(f"{name} must be JSON, and is nested too deeply", hint) from cause
    except json.JSONDecodeError as cause:
        raise error(f"{name} must be JSON: {cause}", hint) from cause
    except ValueError as cause:
        said = str(cause).partition(" for integer string conversion")[0]
        raise error(f"{name} must be JSON that this program can read: {said}", hint) from cause
    if not isinstance(found, dict):
        raise error(f"{name} must be a JSON object, not {KINDS[type(found)]}", hint)
    return found


KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a truth value",
    type(None): "null",
}


def _table(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} must be there once, and is there twice")
    return table


def _constant(name: str) -> float:
    raise ValueError(f"a number must be finite, and one is {name}")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"a number must be finite, and {digits[:20]} is beyond all others")
    return value
