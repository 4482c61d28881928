"""The bench around one core, compiled once and run as often as asked."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.sim.order import Order
from qrnn_hw.sim.recording import Recording
from qrnn_hw.sim.rows import row_source
from qrnn_hw.sim.toolchain import verilator_environment

# The clock is in Verilog (--timing needs coroutines); only the bench's marked signals are public.
BUILD = (
    *("--timing", "--no-public-flat-rw", "-Wno-fatal", "--x-initial", "unique"),
    *("-CFLAGS", "-std=c++20 -fcoroutines -O1"),
)
RUN = ("+verilator+rand+reset+2",)  # what has no initial value starts at random
STEP = ("1ns", "1ns")
KEPT_UNTIL = 1 << 32  # newer than any makefile, so that make takes an object as it is


@cache
def _runtime() -> Path:
    """Keep Verilator's own objects, most of a build's time, for the next build of this process."""
    folder = tempfile.mkdtemp(prefix="qrnn-hw-verilator-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


class Simulation:
    """A compiled bench.

    Parameters
    ----------
    plan
        The core's.
    verilog
        Its text: module ``qrnn_core``.
    folder
        Where to build and run; empty.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """

    def __init__(self, plan: Plan, verilog: str, folder: Path) -> None:
        from cocotb_tools.runner import get_runner

        self.plan = plan
        self.folder = folder
        model = plan.model
        runtime = _runtime()
        build = folder / "build"
        shutil.copytree(runtime, build)
        (folder / "core.v").write_text(verilog)
        rows = row_source(plan)
        if rows is not None:
            rows.write(folder)
        bench = folder / "bench.v"
        bench.write_text(files("qrnn_hw.sim").joinpath("bench.v").read_text())
        self.runner = get_runner("verilator")
        with self._running("compiling the simulation", "build.log"):
            self.runner.build(
                sources=[bench, folder / "core.v"],
                hdl_toplevel="bench",
                build_dir=build,
                build_args=BUILD,
                defines=({"LOAD": 1} if plan.load else {})
                | ({"ROWS": 1} if rows is not None else {}),
                timescale=STEP,
                parameters={
                    "TRACE_BITS": plan.trace.shape.width,
                    "INPUT_BITS": model.inputs.width,
                    "LOGIT_BITS": model.logit_bits,
                    "CLASS_BITS": class_shape(model).width,
                    **({} if rows is None else rows.parameters()),
                },
                log_file=folder / "build.log",
            )
        for file in build.glob("verilated*.o"):
            kept = shutil.copy2(file, runtime)
            os.utime(kept, (KEPT_UNTIL, KEPT_UNTIL))

    def run(self, order: Order) -> Recording:
        """Run the bench.

        Raises
        ------
        ToolError
            If the simulator breaks off.
        """
        order.write(self.folder)
        (self.folder / "verdict.json").unlink(missing_ok=True)
        with self._running("the simulation", "run.log"):
            self.runner.test(
                test_module="qrnn_hw.sim.bench_core",
                hdl_toplevel="bench",
                test_dir=self.folder,
                test_args=RUN,
                log_file=self.folder / "run.log",
            )
            return Recording.read(self.folder, self.plan.trace.shape.width)

    @contextmanager
    def _running(self, what: str, log: str) -> Iterator[None]:
        """Turn the runner's ways of failing into ours; it raises SystemExit too."""
        with verilator_environment():
            try:
                yield
            except (SystemExit, RuntimeError, OSError, subprocess.SubprocessError) as error:
                path = self.folder / log
                said = " ".join(path.read_text().split())[-300:] if path.exists() else error
                raise ToolError(
                    f"{what} must finish, and failed: {said}", "run `qrnn-hw doctor`"
                ) from error


@contextmanager
def simulation(plan: Plan, verilog: str) -> Iterator[Simulation]:
    """Compile the bench in a temporary folder, which goes with the block."""
    with tempfile.TemporaryDirectory(prefix="qrnn-hw-") as folder:
        yield Simulation(plan, verilog, Path(folder))
