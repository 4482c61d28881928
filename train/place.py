"""Put a file in its place whole, or not at all."""

import os
import tempfile
from pathlib import Path

from qrnn_hw.export.errors import OutputError


def place(content: bytes, path: Path) -> None:
    """Write a file; whatever interrupts it leaves the old one, or none.

    Parameters
    ----------
    content
        All of it.
    path
        The file; replaced if it exists.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            # Else a power failure may keep the new name and lose the content.
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"the output must be written to {path}: {error}", "choose another with -o"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
