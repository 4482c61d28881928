"""Every program that is not ours runs here: in an environment of its own, and never alone."""

import os
import re
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
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
    seconds: int = 0,
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
    seconds
        Of the processor's time that it may take before SIGXCPU ends it; 0 for any.
    """
    settle_caches()
    with work_folder() as scratch:
        # What it leaves among its temporary files goes with it. Some tools cannot take blanks.
        place = {"TMPDIR": os.path.relpath(scratch, folder.resolve())}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(seconds), *command],
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


@dataclass
class Job:
    """A program to run to its end.

    Parameters
    ----------
    command, folder, env, seconds
        As :func:`started` takes them.
    until
        Is told every line; what it returns True for ends the program.
    """

    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] | None = None
    until: Callable[[str], bool] | None = None
    seconds: int = 0
    _text: bytearray = field(default_factory=bytearray, init=False)
    _read: int = field(default=0, init=False)  # bytes of whole lines, which `until` was told

    def _hear(self, said: bytes) -> bool:
        """Add to the output, and tell whether a line of it was the last one wanted."""
        self._text += said
        if len(self._text) > MOST:
            raise ToolError(
                f"{Path(self.command[0]).name} must print less than {MOST >> 20} MiB, and printed "
                f"more: {cause(self._text[:CHUNK].decode(errors='replace'))}",
                "is it the right program?",
            )
        while self.until and (end := self._text.find(b"\n", self._read) + 1):
            line = self._text[self._read : end].decode(errors="replace")
            self._read = end
            if self.until(line):
                del self._text[end:]
                return True
        return False


def run_all(jobs: Sequence[Job]) -> "list[subprocess.CompletedProcess[str]]":
    """Run programs side by side to their ends, and return exit statuses and outputs, with errors.

    Raises
    ------
    ToolError
        If one prints without end.
    """
    with ExitStack() as stack:
        talking = stack.enter_context(selectors.DefaultSelector())
        processes = []
        for job in jobs:
            process = stack.enter_context(
                started(job.command, job.folder, subprocess.PIPE, job.env, seconds=job.seconds)
            )
            assert process.stdout is not None
            talking.register(process.stdout, selectors.EVENT_READ, (job, process))
            processes.append(process)
        while talking.get_map():
            for key, _ in talking.select():
                job, process = key.data
                said = os.read(key.fd, CHUNK)
                if not said:
                    process.wait()
                elif job._hear(said):
                    _end(process)
                else:
                    continue
                talking.unregister(key.fileobj)
    return [
        subprocess.CompletedProcess(
            list(job.command), process.returncode, job._text.decode(errors="replace")
        )
        for job, process in zip(jobs, processes, strict=True)
    ]


def run(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str] | None = None,
    until: Callable[[str], bool] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run one program as :func:`run_all` does."""
    return run_all([Job(command, folder, env, until)])[0]
