"""The bench around one core, compiled once and run as often as asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.hw.programs.verilator import Simulator
from qrnn_hw.hw.verilog import module_of
from qrnn_hw.sim.core.order import Order
from qrnn_hw.sim.core.recording import Recording, trace_record
from qrnn_hw.sim.core.rows import row_source

STEP = "1ns/1ns"


class Simulation:
    """A compiled bench.

    Parameters
    ----------
    plan
        The core's.
    verilog
        Its text, of :func:`~qrnn_hw.hw.verilog.core_verilog`.
    folder
        Where to build and run; empty.
    waves
        Whether it writes a waveform of the cycles that a file ``window`` in the folder names.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    """

    def __init__(self, plan: Plan, verilog: str, folder: Path, *, waves: bool = False) -> None:
        self.plan = plan
        self.folder = folder
        model = plan.model
        core, bench = folder / "core.v", folder / "bench.v"
        core.write_text(verilog)
        bench.write_text(files("qrnn_hw.sim.core").joinpath("bench.v").read_text())
        defines = {"CORE": module_of(verilog)} | ({"LOAD": "1"} if plan.load else {})
        if plan.at_once > 1:
            defines["SEQUENCES"] = "1"
        parameters = {
            "TRACE_BITS": plan.trace.shape.width,
            "INPUT_BITS": model.inputs.width,
            "LOGIT_BITS": model.logit_bits,
            "CLASS_BITS": class_shape(model).width,
        }
        rows = row_source(plan)
        if rows is not None:
            rows.write(folder)
            defines["ROWS"] = "1"
            parameters |= rows.parameters()
        if waves:
            defines["WAVES"] = "1"
        options = [f"-D{name}={value}" for name, value in defines.items()]
        options += [f"-G{name}={value}" for name, value in parameters.items()]
        self._simulator = Simulator(folder, [bench, core], "bench", STEP, options, waves=waves)

    def run(self, order: Order, watch: Callable[[int], object] | None = None) -> Recording:
        """Run the bench.

        Parameters
        ----------
        order
            What to do.
        watch
            Called ever again with how many writes to the states are recorded so far.

        Raises
        ------
        ToolError
            If the simulator breaks off.
        """
        order.write(self.folder)
        bits, trace = self.plan.trace.shape.width, self.folder / "trace"
        trace.unlink(missing_ok=True)

        def look() -> None:
            if watch is not None and trace.exists():
                watch(trace.stat().st_size // trace_record(bits).itemsize)

        self._simulator.run("qrnn_hw.sim.core.bench_core", "verdict.json", watch=look)
        return Recording.read(self.folder, bits)


@contextmanager
def simulation(plan: Plan, verilog: str) -> Iterator[Simulation]:
    """Compile the bench in a temporary folder, which goes with the block."""
    with work_folder() as folder:
        yield Simulation(plan, verilog, folder)
