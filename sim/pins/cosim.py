"""A serial port whose other end is a board's Verilog, in Verilator under cocotb."""

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qrnn_hw.boards.link.gateware.link import LINKS
from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.hw.programs.verilator import Simulator

REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"
STEP = "1ps/1ps"
LEDS = ("busy", "error", "result")


class CosimulatedPort:
    """Talk to a simulated board, over its link, as pyserial's ``Serial`` talks to a real one.

    Simulated time passes only inside :meth:`read`, :meth:`wave` and :meth:`wait`, so that a run
    depends on nothing but its calls.

    Parameters
    ----------
    line
        Socket to the bench.
    failure
        Returns the error for a simulator that has ended.
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
    MismatchError
        From every method, if the board does what none may do.
    """

    def __init__(
        self, line: socket.socket, quiet_bits: int, failure: Callable[[], ToolError]
    ) -> None:
        self.timeout: float | None = None
        self.quiet_bits = quiet_bits
        self._failure = failure
        self._calls = line.makefile("rw", encoding="ascii")

    def _call(self, name: str, *arguments: object) -> Any:
        # Without a limit of time: a simulator that works answers, however busy the machine is, and
        # one that has ended closes the line.
        try:
            self._calls.write(json.dumps([name, *arguments]) + "\n")
            self._calls.flush()
            answer = self._calls.readline()
        except OSError:
            answer = ""
        if not answer:
            raise self._failure()
        value, fault = json.loads(answer)
        if fault is not None:
            raise MismatchError(fault, REPORT)
        return value

    def write(self, data: bytes) -> int:
        """Send bytes to the board: over a UART while time passes, over SPI in one selection."""
        self._call("write", data.hex())
        return len(data)

    def read(self, size: int = 1, quiet_bits: int | None = None) -> bytes:
        """Run until ``size`` bytes came from the board, or both lines have been silent."""
        return bytes.fromhex(self._call("read", size, quiet_bits or self.quiet_bits))

    def wave(self, levels: Sequence[tuple[int, float]]) -> None:
        """Put levels on a UART's line to the board after what was queued, each for some bits."""
        self._call("wave", list(levels))

    def exchange(self, data: bytes, bits: int | None = None) -> bytes:
        """Exchange bytes over SPI, in one selection, which may end after some bits."""
        return bytes.fromhex(self._call("exchange", data.hex(), bits))

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
        The design: :class:`~qrnn_hw.boards.design.system.System` or
        :class:`~qrnn_hw.boards.design.top.Top`.
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
    link
        Its link, of :data:`~qrnn_hw.boards.link.gateware.link.LINKS`.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
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
        link: str = "uart",
    ) -> None:
        period = 2 * round(5e5 / mhz)
        self.order = {"clock": clock, "period_ps": period, "reset": reset, "link": link}
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        design, public = folder / "design.v", folder / "pins.vlt"
        design.write_text(verilog)
        pins = [*LINKS[link], *LEDS, clock, *([reset] if reset else [])]
        rules = [f'public_flat_rw -module "{top}" -var "{pin}"\n' for pin in pins]
        public.write_text("".join(["`verilator_config\n", *rules]))
        self._simulator = Simulator(folder, [public, *models, design], top, STEP)

    @contextmanager
    def power_up(
        self,
        *,
        quiet_bits: int = 5000,
        skew: float = 0,
        strict: bool = True,
        plusargs: Sequence[str] = (),
        sck_mhz: float = 1,
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
        sck_mhz
            The fastest rate of an SPI's controller.

        Raises
        ------
        ToolError
            If the simulator breaks off, or does not start.
        """
        ours, theirs = socket.socketpair()
        host = {"skew": skew, "strict": strict, "phase_ps": round(5e5 / sck_mhz)}
        order = self.order | {"socket": theirs.fileno()} | host
        (self.folder / "order.json").write_text(json.dumps(order))
        with (
            ours,
            theirs,
            self._simulator.running(
                "qrnn_hw.sim.pins.bench_serial", plusargs, [theirs.fileno()],
                COCOTB_LOG_LEVEL="WARNING",
            ) as process,
        ):  # fmt: skip
            theirs.close()
            port = CosimulatedPort(ours, quiet_bits, lambda: self._simulator.failure(process))
            try:
                yield port
            finally:
                port.close()
                ours.close()
            # Reached only if the block went well, so that its own error is the one that is told.
            process.wait()
        if process.returncode:
            raise self._simulator.failure(process)
