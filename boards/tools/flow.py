"""From a design to a bitstream, and from a core to its figures."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.tools.implementation import Implementation, check_log, check_room, check_timing
from qrnn_hw.boards.tools.route import place_and_route
from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.tool import YOSYS

#: The part of a device's cells above which sets of control signals, too, decide what can be placed;
#: and the cells that a hundred sets leave empty. On an HX1K, 1039 cells in 108 sets found no place,
#: and 1132 in 17 sets did.
CROWDED, APART = 0.92, 400


def constraints(board: Board) -> str:
    """Return the physical constraints of a board: a pin for every port of its top."""
    return board.family.constraints(board)


def results(board: Board | Bare) -> dict[str, str]:
    """Name the files that a design for a board ends in, by those that the tools know them as.

    For a core alone: what :func:`measure_core` leaves.
    """
    if isinstance(board, Bare):
        return {"stat.log": "yosys.log"}
    named = {"top.v": "top.v", "stat.log": "yosys.log", "nextpnr.log": "nextpnr.log"}
    family = board.family
    for suffix in filter(None, (family.constraints_suffix, family.bitstream_suffix)):
        named[f"top{suffix}"] = f"{board.name}{suffix}"
    return named


def build_bitstream(
    verilog: str, board: Board, folder: Path, *, mhz: float, seed: int = 1
) -> Implementation:
    """Synthesise, place, route and pack a design.

    Into ``folder`` go ``top.v``, the constraints and the bitstream, both named after the board, and
    the tools' logs, as far as it came. Same arguments and same tool versions give the same
    bitstream. For a family without a router of ours, synthesis is the end.

    Parameters
    ----------
    verilog
        The design, with :class:`~qrnn_hw.boards.design.top.Top` as module ``top``.
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
    family = board.family
    with work_folder() as work:
        (work / "top.v").write_text(verilog)
        (work / f"top{family.constraints_suffix}").write_text(constraints(board))
        try:
            return _implement(work, board, mhz, seed)
        finally:
            _keep(results(board), work, folder)


def measure_core(verilog: str, bare: Bare, folder: Path) -> Implementation:
    """Synthesise a core alone, for what it takes of a device; yosys' log goes into ``folder``.

    Parameters
    ----------
    verilog
        The module ``qrnn_core``.
    bare
        The device.
    folder
        Where the log goes.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    FitError
        If the core does not fit the device.
    OutputError
        If ``folder`` cannot be written.
    """
    with work_folder() as work:
        (work / "top.v").write_text(verilog)
        synthesise(work, bare, "qrnn_core")
        _keep(results(bare), work, folder)
        netlist = (work / "top.json").read_text()
    found = Implementation.read(bare.family, netlist, None)
    check_room(vars(found), bare)
    return found


def _keep(named: Mapping[str, str], work: Path, folder: Path) -> None:
    """Copy what there is of the results, under their names in ``folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, result in named.items():
            if (work / name).exists():
                shutil.copyfile(work / name, folder / result)
    except OSError as error:
        raise OutputError(
            f"{folder} must be a folder that can be written to: {error.strerror}",
            "give another one",
        ) from None


def synthesise(work: Path, board: Board | Bare, module: str = "top") -> None:
    """Turn ``module`` of ``top.v`` in ``work`` into the netlist ``top.json``.

    One that leaves few cells of the device free is made again, as its family has it for those.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    """
    family, part = board.family, board.part
    command = f"{family.synthesis.format(part.synthesis)} -top {module}"
    _run_yosys(work, command)
    if family.crowded:
        made = Implementation.read(family, (work / "top.json").read_text(), None)
        if made.luts + APART > CROWDED * part.luts:
            begin, end = f"{command} -run begin:map_ffs", f"{command} -run map_ffs:"
            _run_yosys(work, f"{begin}; {family.crowded}; {end}")


def _run_yosys(work: Path, commands: str) -> None:
    YOSYS.check(
        "-q",
        "-p",
        f"read_verilog top.v; {commands} -json top.json; tee -o stat.log stat",
        folder=work,
        makes=["top.json", "stat.log"],
    )


def _implement(work: Path, board: Board, mhz: float, seed: int) -> Implementation:
    """Run the tools in ``work``."""
    family = board.family
    for tool in family.tools:
        tool.command()  # One that is missing is told before the others have worked for minutes.
    synthesise(work, board)
    return lay_out(work, board, mhz, seed)


def lay_out(
    work: Path, board: Board, mhz: float, seed: int = 1, more: Sequence[str] = ()
) -> Implementation:
    """Place, route and pack ``top.json`` in ``work``.

    Parameters
    ----------
    more
        Options for the router, beside those of a build.

    Raises
    ------
    ToolError, FitError
        As from :func:`build_bitstream`.
    """
    family = board.family
    netlist = (work / "top.json").read_text()
    implementation = Implementation.read(family, netlist, None)
    check_room(vars(implementation), board)
    if family.router and family.route:
        options = [*family.route(board), "--json", "top.json", "--report", "report.json", *more]
        # A design that is too slow is told with its figures below.
        options += ["--freq", f"{mhz:g}", "--seed", str(seed), "--timing-allow-fail"]
        routed = place_and_route(family.router, *options, folder=work)
        (work / "nextpnr.log").write_text(routed.stdout)
        check_log(routed.stdout, board)
        if routed.returncode:
            raise family.router.failure(routed)
        report_file = work / "report.json"
        if not report_file.exists():
            raise family.router.failure(routed)
        report = report_file.read_text()
        implementation = Implementation.read(family, netlist, report)
        check_room(vars(implementation), board)
    check_timing(implementation, mhz)
    if family.packer and family.pack:
        makes = [f"top{family.bitstream_suffix}"]
        family.packer.check(*family.pack(board), folder=work, makes=makes)
    return implementation
