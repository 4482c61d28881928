"""How a tool's failure is told: its cause in a line, and where all that it said is kept."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from qrnn_hw.export.errors import OutputError, ToolError
from qrnn_hw.export.files.scratch import temporary_root

SHOWN, WIDTH = 3, 300  # lines of a cause, and characters of it
#: Lines that name a cause, and those that only say that there was one.
_CAUSE = re.compile(
    r"(?i)\b(error|fatal|critical|exception|panic(ked)?|killed|abort(ed)?|assertion|undefined "
    r"reference|no space left|cannot|bad_alloc|out of memory)\b|^\w*(Error|Exception|Interrupt):|"
    r"%Error|%Fatal"
)
_ECHO = re.compile(
    r"make(\[\d+\])?: |%Error: (Exiting due|Command Failed)|collect2: |Traceback|\d+ errors?\b|"
    r".*\b0 errors?\b"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def cause(text: str) -> str:
    """Return the lines of a tool's output that say why it failed, as one."""
    lines = [line for line in map(str.strip, _COLOUR.sub("", text).splitlines()) if line]
    named = [line for line in lines if _CAUSE.search(line)]
    first = [line for line in named if not _ECHO.match(line)]
    found = (first or named)[:SHOWN] or lines[-SHOWN:]
    said = " ".join(dict.fromkeys(found)) or "nothing"
    return said if len(said) <= WIDTH else f"{said[:WIDTH]}..."


def killed(status: int) -> str | None:
    """Return the signal that ended a program, by its exit status or that of a shell around it."""
    number = -status if status < 0 else status - 128
    try:
        return signal.Signals(number).name if number > 0 else None
    except ValueError:
        return None


def failure(what: str, done: "subprocess.CompletedProcess[str]", hint: str = "") -> ToolError:
    """Return the error for a tool that failed; all that it said is kept in a file that it names.

    Parameters
    ----------
    what
        What must end well, such as ``yosys``.
    done
        How it ended.
    hint
        What to do next, before the place of the log.
    """
    number = killed(done.returncode)
    how = f"must end with status 0, not {done.returncode}"
    if number or not done.returncode:
        how = f"must finish, and {f'was ended by {number}' if number else 'failed'}"
    if number == "SIGKILL" or "terminated program cc1plus" in done.stdout:
        hint = "most likely memory ran out: end other programs"
    log = _kept(what, done.stdout)
    message = f"{what} {how}; it said: {cause(done.stdout)}"
    return ToolError(message, "; ".join(filter(None, (hint, f"its log is {log}" if log else ""))))


def _kept(what: str, text: str) -> Path | None:
    """Keep an output; None if there is no place for it."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", what)
    try:
        number, path = tempfile.mkstemp(f"-{name}.log", "qrnn-hw-", temporary_root())
        with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except (OSError, OutputError):
        return None
    return Path(path)
