"""From a design to a bitstream."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from qrnn_hw.boards.board import Board
from qrnn_hw.boards.implementation import Implementation, check_room, check_timing
from qrnn_hw.boards.route import place_and_route
from qrnn_hw.boards.tools import ICEPACK, NEXTPNR_ICE40
from qrnn_hw.export.errors import OutputError
from qrnn_hw.hw.tool import YOSYS

# No design of ours uses what it reads from a word while it writes that word, so that no logic
# is needed to say what should come then.
_SYNTHESISE = (
    "read_verilog top.v; synth_ice40 -device u -dsp -spram -no-rw-check -top top -json top.json; "
    "tee -o stat.log stat"
)
_DEVICES = {"iCE40UP5K": "--up5k"}


def constraints(board: Board) -> str:
    """Return the physical constraints of a board: a pin for every port of its top."""
    return "".join(
        f"set_io {'-pullup yes ' if pin.pull_up else ''}{port} {pin.location}\n"
        for port, pin in board.pins().items()
    )


def build_bitstream(
    verilog: str, board: Board, folder: Path, *, mhz: float, seed: int = 1
) -> Implementation:
    """Synthesise, place, route and pack a design.

    Into ``folder`` go ``top.v``, ``<board>.pcf``, ``<board>.bin`` and the tools' logs, as far
    as it came. Same arguments and same tool versions give the same bitstream.

    Parameters
    ----------
    verilog
        The design, with :class:`~qrnn_hw.boards.top.Top` as module ``top``.
    board
        The board.
    folder
        Where results go; it is made if it is missing.
    mhz
        Frequency that the clock must reach.
    seed
        Seed of the placer.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    FitError
        If the design does not fit the device, or misses ``mhz``.
    OutputError
        If ``folder`` cannot be written.
    """
    results = {"top.v": "top.v", "top.pcf": f"{board.name}.pcf", "top.bin": f"{board.name}.bin"}
    results |= {"stat.log": "yosys.log", "nextpnr.log": "nextpnr.log"}
    with TemporaryDirectory() as path:
        work = Path(path)
        (work / "top.v").write_text(verilog)
        (work / "top.pcf").write_text(constraints(board))
        try:
            return _implement(work, board, mhz, seed)
        finally:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for name, result in results.items():
                    if (work / name).exists():
                        shutil.copyfile(work / name, folder / result)
            except OSError as error:
                raise OutputError(
                    f"{folder} must be a folder that can be written to: {error.strerror}",
                    "give another one",
                ) from None


def _implement(work: Path, board: Board, mhz: float, seed: int) -> Implementation:
    """Run the tools in ``work``."""
    YOSYS.check("-q", "-p", _SYNTHESISE, folder=work)
    route = [_DEVICES[board.device], "--package", board.package.lower(), "--json", "top.json"]
    route += ["--pcf", "top.pcf", "--asc", "top.asc", "--report", "report.json"]
    # A design that is too slow is told with its figures below.
    route += ["--freq", f"{mhz:g}", "--seed", str(seed), "--timing-allow-fail"]
    routed = place_and_route(*route, folder=work)
    (work / "nextpnr.log").write_text(routed.stdout)
    check_room(routed.stdout, board)
    if routed.returncode:
        raise NEXTPNR_ICE40.failure(routed)
    implementation = Implementation.read(
        (work / "top.json").read_text(), (work / "report.json").read_text()
    )
    check_timing(implementation, mhz)
    ICEPACK.check("top.asc", "top.bin", folder=work)
    return implementation
