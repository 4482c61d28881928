"""Where the lines of a sensor come from: standard input, a file, or a serial port."""

import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import serial

from qrnn_hw.export.errors import DataError

#: Bytes of a line. What is longer is one line, and none that is taken.
LONGEST = 65536
_HINT = "pass -, a file, or the name of a serial port"


@contextmanager
def open_lines(source: str, baud: int) -> Iterator[Iterator[str]]:
    """Open a source, for as long as the block lasts, and give its lines as they come.

    Parameters
    ----------
    source
        ``-`` for standard input, a file, or a serial port.
    baud
        Baud rate of a serial port.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    if source == "-":
        if sys.stdin is None:
            raise DataError("the source must be open, and standard input is closed", _HINT)
        # Bytes that are no text make a line malformed, and not the end.
        yield _decoded(sys.stdin.buffer.readline)
        return
    try:
        device = stat.S_ISCHR(Path(source).stat().st_mode)
        opened = serial.Serial(source, baud) if device else Path(source).open("rb")
    except (OSError, ValueError) as error:
        raise DataError(f"the source {source} must be readable: {error}", _HINT) from None
    with opened as file:
        yield _decoded(file.readline)


def _decoded(readline: Callable[[int], bytes]) -> Iterator[str]:
    while line := readline(LONGEST):
        text = line.decode("utf-8-sig", "replace")
        if len(line) == LONGEST and not line.endswith(b"\n"):
            text += " ..."  # so that its beginning is not taken for a step
            while (rest := readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
        yield text
