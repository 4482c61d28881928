"""Every program that is not ours runs here: in an environment of its own, and never alone."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.caches import settle_caches
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.failure import cause

LEASH = Path(__file__).with_name("leash.py")
MOST = 1 << 28  # bytes that a tool may print; netlists of the largest devices take a tenth
CHUNK = 1 << 16
#: What changes how make, compilers, Python, Perl and the simulator work.
_DROPPED = re.compile(
    "(CFG|COCOTB|GCC|GPI|OPT|PYGPI|SIM_CMD|USER|VERILATOR|VK|VM)_.*|(CXX|MAKE|PERL|PYTHON).*|"
    "(AR|C|CPP|GNUMAKE|LD|M)FLAGS|AR|CC|CPP|LINK|LDLIBS|OBJCACHE|VPATH|LD_RUN_PATH|LIBRARY_PATH|"
    "CPATH|COMPILER_PATH|.*_INCLUDE_PATH|TOPLEVEL.*|WAVES|GUI|LIBPYTHON_LOC|YOWASP_MOUNT|"
    "LANGUAGE|TMPDIR|TEMP|TMP"
)


def environment(**changed: str) -> dict[str, str]:
    """Return the environment of a tool: this one, without what would change its results."""
    kept = {name: value for name, value in os.environ.items() if not _DROPPED.fullmatch(name)}
    return kept | {"LC_ALL": "C.UTF-8"} | changed


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    output: int | IO[bytes],
    env: Mapping[str, str] | None = None,
    files: Sequence[int] = (),
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program for as long as the block lasts; it and all it has started end with that.

    Parameters
    ----------
    command
        It and its arguments.
    folder
        Its current folder.
    output
        Where its output and errors go, as ``stdout`` of :class:`subprocess.Popen`.
    env
        Its whole environment; None for :func:`environment`.
    files
        Open files that it inherits.
    """
    settle_caches()
    with work_folder() as scratch:
        # What it leaves among its temporary files goes with it. Some tools cannot take blanks.
        place = {"TMPDIR": os.path.relpath(scratch, folder.resolve())}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), *command],
            cwd=folder,
            env=place | dict(environment() if env is None else env),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=files,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let go of the leash, and wait until the program has ended."""
    assert process.stdin is not None
    process.stdin.close()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def run(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str] | None = None,
    until: Callable[[str], bool] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, and return its exit status and output, errors included.

    Parameters
    ----------
    command, folder, env
        As :func:`started` takes them.
    until
        Is told every line; what it returns True for ends the program.

    Raises
    ------
    ToolError
        If it prints without end.
    """
    text = bytearray()
    with started(command, folder, subprocess.PIPE, env) as process:
        assert process.stdout is not None
        while line := process.stdout.readline(CHUNK):
            text += line
            if until and until(line.decode(errors="replace")):
                break
            if len(text) > MOST:
                raise ToolError(
                    f"{Path(command[0]).name} must print less than {MOST >> 20} MiB, and printed "
                    f"more: {cause(text[:CHUNK].decode(errors='replace'))}",
                    "is it the right program?",
                )
        else:
            process.wait()
    return subprocess.CompletedProcess(
        list(command), process.returncode, text.decode(errors="replace")
    )
