"""A core and the bench of ``whole.cpp``, compiled to one program by Verilator and g++."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.scratch import temporary_root
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.hw.programs.failure import failure
from qrnn_hw.hw.programs.process import Job, environment, run, run_all, started
from qrnn_hw.hw.programs.verilator import HINT, UNLIMITED, verilator_root
from qrnn_hw.hw.verilog import module_of
from qrnn_hw.sim.core.rows import row_source

SOURCES = ("whole.v", "judge.h", "whole.cpp")
LINK = "verilator"  # to Verilator's package: g++ and Verilator are given no path with blanks
LEAST_WORDS = 3  # of a port that C++ is to index: narrower ones are plain numbers
WORTH = 20_000_000  # cycles from which on the best code is worth the seconds that it takes
QUICK, BEST = ("-O1",), ("-O3", "-march=native")
OPTIONS = (
    *("-cc", "-Mdir", "build", "--prefix", "Vwhole", "--top-module", "whole", "-O3"),
    *("-Wno-fatal", "-Wno-lint", "--no-timing", "--x-assign", "fast", "--x-initial", "unique"),
)
DEFINED = ("VM_COVERAGE", "VM_SC", "VM_TRACE", "VM_TIMING")  # to 0
RUNTIME = ("verilated", "verilated_threads")
COMPILE = ("g++", "-std=c++17", "-w", "-c", "-I.", *(f"-D{name}=0" for name in DEFINED))
EMPTY = "rows"


def _includes(root: str) -> list[str]:
    return [f"-I{root}/include", f"-I{root}/include/vltstd"]


@cache
def _runtime() -> Path:
    """Compile what Verilator adds to every design, once in a process; return the folder of it."""
    folder = Path(tempfile.mkdtemp(prefix="qrnn-hw-verilated-", dir=temporary_root()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / LINK).symlink_to(verilator_root().absolute())
    command = [*COMPILE, *_includes(LINK), *QUICK]
    jobs = [
        Job([*command, f"{LINK}/include/{x}.cpp", "-o", f"{x}.o"], folder, environment(TMPDIR="."))
        for x in RUNTIME
    ]
    for done in run_all(jobs):
        if done.returncode:
            raise failure("compiling Verilator's runtime", done, HINT)
    return folder


def source() -> bytes:
    """Return the text of the bench."""
    return b"".join(files("qrnn_hw.sim.whole").joinpath(name).read_bytes() for name in SOURCES)


class Compiled:
    """A program that runs batches.

    Parameters
    ----------
    plan
        The core's.
    verilog
        Its text.
    folder
        Where to build; empty.
    cycles
        How many will be simulated, about.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """

    def __init__(self, plan: Plan, verilog: str, folder: Path, cycles: int) -> None:
        self.plan, self.folder = plan, folder
        (folder / LINK).symlink_to(verilator_root().absolute())
        (folder / "core.v").write_text(verilog)
        for name in SOURCES:
            text = files("qrnn_hw.sim.whole").joinpath(name).read_text()
            (folder / name).write_text(text)
        rows = row_source(plan)
        if rows is None:
            (folder / EMPTY).touch()
        else:
            rows.write(folder)
        self._translate()
        self._compile(BEST if cycles >= WORTH else QUICK)

    def _translate(self) -> None:
        """Turn the Verilog into C++."""
        model, trace = self.plan.model, self.plan.trace.shape.width
        defines = {"CORE": module_of((self.folder / "core.v").read_text())}
        defines |= {"LOAD": "1"} if self.plan.load else {}
        defines |= {"ROWS": "1"} if self.plan.row_bytes else {}
        rows = row_source(self.plan)
        parameters = {
            "TRACE_BITS": trace,
            "INPUT_BITS": model.inputs.width,
            "LOGIT_BITS": model.logit_bits,
            "CLASS_BITS": class_shape(model).width,
            "ASK_BITS": rows.parameters()["ASK_BITS"] if rows else 1,
            "INPUT_WORDS": max(LEAST_WORDS, -(-model.inputs.width // 32)),
            "TRACE_WORDS": max(LEAST_WORDS, -(-trace // 32)),
        }
        command = [
            *UNLIMITED, f"{LINK}/bin/verilator_bin", *OPTIONS,
            *(f"-D{name}={value}" for name, value in defines.items()),
            *(f"-G{name}={value}" for name, value in parameters.items()),
            "whole.v", "core.v",
        ]  # fmt: skip
        done = run(command, self.folder, environment(VERILATOR_ROOT=LINK))
        if done.returncode:
            raise failure("translating the core", done, HINT)

    def _compile(self, options: tuple[str, ...]) -> None:
        """Compile all of it at once: most of the time that a file takes is what it includes."""
        build = self.folder / "build"
        parts = [*sorted(path.name for path in build.glob("*.cpp")), "../whole.cpp"]
        (build / "all.cpp").write_text("".join(f'#include "{part}"\n' for part in parts))
        for name in RUNTIME:
            shutil.copyfile(_runtime() / f"{name}.o", build / f"{name}.o")
        jobs = [
            [*COMPILE, *_includes(f"../{LINK}"), "-I..", *options, "all.cpp", "-o", "all.o"],
            ["g++", "all.o", *(f"{x}.o" for x in RUNTIME), "-pthread", "-o", "../simulation"],
        ]
        for command in jobs:
            done = run(command, build, environment(TMPDIR="."))
            if done.returncode:
                raise failure("compiling the simulation", done, HINT)

    @contextmanager
    def running(self, batch: Path) -> "Iterator[Popen[bytes]]":
        """Run a batch, for as long as the block lasts; what it tells comes from ``stdout``."""
        command = ["./simulation", os.path.relpath(batch, self.folder), EMPTY]
        with started(command, self.folder, PIPE) as process:
            yield process

    @staticmethod
    def told(process: "Popen[bytes]") -> dict[str, Any]:
        """Wait for the end of a batch, and return what was compared.

        Raises
        ------
        ToolError
            If the simulation broke off.
        """
        assert process.stdout is not None
        text = process.stdout.read().decode(errors="replace")
        if process.wait() == 0:
            try:
                found: dict[str, Any] = json.loads(text)
                return found
            except ValueError:
                pass
        raise ToolError(
            f"the simulation must tell what it compared, and ended with {process.returncode}: "
            f"{text[-200:]!r}",
            HINT,
        )
