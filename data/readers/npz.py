"""Arrays from an .npz file, checked as far as any task needs them checked."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import existing_file
from qrnn_hw.export.errors import DataError


def read_archive(path: str | Path, names: tuple[str, ...]) -> dict[str, npt.NDArray[np.generic]]:
    """Read an .npz file of plain arrays; nothing in it is executed.

    Parameters
    ----------
    path
        The file.
    names
        Arrays that it must hold; others are read too.

    Raises
    ------
    DataError
        If the file is missing, unreadable, or lacks an array.
    """
    path = existing_file(path)
    expected = f"write it with numpy.savez(file, {', '.join(f'{name}=...' for name in names)})"
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} must be an .npz file, and it is not a zip archive", expected)
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            if missing:
                raise DataError(
                    f"{path} must hold {', '.join(names)}; it lacks {', '.join(missing)} "
                    f"and holds {', '.join(sorted(archive.files)) or 'nothing'}",
                    expected,
                )
            return {name: archive[name] for name in archive.files}
    except DataError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{path} must hold numbers in rectangular arrays; it holds Python objects",
                "pad all sequences to one length, x (n, T) or (n, T, C), and add lengths (n,)",
            ) from error
        raise DataError(f"{path} must be a readable .npz file: {error}", expected) from error
