"""Which file of ours a file is: told by its content, whatever its name, and never executed."""

import re
from pathlib import Path
from typing import Any

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.files.json_file import read_json

HEAD = 1024  # bytes in which a file of torch.save comes to its format
MOST = 1 << 28  # bytes of a JSON file that are looked at
# A zip file, and in it a pickle of a table that begins with "format" and a short text.
_TENSORS = re.compile(rb"PK\x03\x04.*?X\x06\0\0\0format(?:q.)?X(.)\0\0\0(.*)", re.DOTALL)


def tensors_format(path: Path) -> str | None:
    """Read the format that a file of ``torch.save`` names; None if it names none.

    Parameters
    ----------
    path
        A file that can be read; of a truncated one the head is enough.
    """
    with path.open("rb") as file:
        found = _TENSORS.match(file.read(HEAD))
    return found[2][: found[1][0]].decode(errors="replace") if found else None


def json_table(path: Path) -> dict[str, Any] | None:
    """Read the table that a JSON file is; None if it is missing or something else."""
    try:
        return read_json(path, "", most=MOST, finite=False)
    except DataError:
        return None
