"""The steps from a design to a bitstream, and from a core to its figures."""

import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.tools.components import FILE as COMPONENTS
from qrnn_hw.boards.tools.components import Components
from qrnn_hw.boards.tools.implementation import SMALLER, Implementation, check_log, check_room
from qrnn_hw.boards.tools.route import Call, place_and_route
from qrnn_hw.export.errors import FitError, OutputError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.tool import YOSYS

#: A device whose cells are taken to more than this is tight: seeds differ there by a tenth.
TIGHT = 0.85
SIDE_BY_SIDE = 2  # seeds
#: Seconds of the processor's time that place and route may take, cells of the device for each one
#: more, and how many times as long as expected a design may take that leaves the device room, or
#: little: on a busy machine one of 14,000 cells took three times as long.
PATIENCE, CELLS_A_SECOND, BUSY, BUSY_TIGHT = 100, 100, 4, 2
#: The netlist that place and route leaves.
ROUTED = "routed.json"
CHIP = "chip.bin"  # what the router is told of the device, where it does not take its own


def constraints(board: Board) -> str:
    """Return the physical constraints of a board: a pin for every port of its top."""
    return board.family.constraints(board)


def results(board: Board | Bare) -> dict[str, str]:
    """Name the files that a design for a board ends in, by those that the tools know them as.

    For a core alone: what :func:`measure_core` leaves.
    """
    if isinstance(board, Bare):
        return {"stat.log": "yosys.log", COMPONENTS: COMPONENTS}
    named = {name: name for name in ("top.v", "nextpnr.log", COMPONENTS)} | {
        "stat.log": "yosys.log"
    }
    family = board.family
    for suffix in filter(None, (family.constraints_suffix, family.bitstream_suffix)):
        named[f"top{suffix}"] = f"{board.name}{suffix}"
    return named


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
        list_components(work, bare)
        keep(results(bare), work, folder)
        netlist = (work / "top.json").read_text()
    found = Implementation.read(bare.family, netlist, None)
    check_room(vars(found), bare)
    return found


def keep(named: Mapping[str, str], work: Path, folder: Path) -> None:
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
        if part.is_crowded(made.luts):
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


def route(
    folders: Sequence[Path],
    board: Board,
    mhz: float,
    seeds: Sequence[int],
) -> list[Implementation | FitError]:
    """Place and route ``top.json`` in each of the folders, side by side, with a seed each.

    It leaves ``routed.json`` there, and ``report.json``. Only synthesised, of a family without a
    router of ours.

    Parameters
    ----------
    mhz
        What the router is told to aim at; a clock that misses it is no error here.

    Returns
    -------
    list of Implementation or FitError
        What came of each; an error where it does not fit the device.

    Raises
    ------
    FitError
        If what was synthesised does not fit the device, so that none can.
    ToolError
        If a tool is missing or fails.
    """
    family = board.family
    netlist = (folders[0] / "top.json").read_text()
    synthesised = Implementation.read(family, netlist, None)
    check_room(vars(synthesised), board)
    if not (family.router and family.route):
        return [synthesised for _ in folders]
    family.router.version()  # Its first start may take longer than all that follows.
    calls = router_calls(folders, board, mhz, seeds)
    seconds = longest(board, synthesised.luts)
    found: list[Implementation | FitError] = []
    for folder, done in zip(folders, place_and_route(family.router, calls, seconds), strict=True):
        (folder / "nextpnr.log").write_text(done.stdout)
        try:
            check_log(done.stdout, board)
            if done.returncode == -signal.SIGXCPU:
                raise FitError(
                    f"the design must be placed and routed in {seconds} s of the processor's time, "
                    f"and is not; it takes {synthesised.luts} of {board.device}'s "
                    f"{board.part.luts} logic cells",
                    SMALLER,
                )
            if done.returncode or not (folder / "report.json").exists():
                raise family.router.failure(done)
            routed = Implementation.read(family, netlist, (folder / "report.json").read_text())
            check_room(vars(routed), board)
            found.append(routed)
        except FitError as error:
            found.append(error)
    return found


def router_calls(
    folders: Sequence[Path], board: Board, mhz: float, seeds: Sequence[int]
) -> list[Call]:
    """List the calls of a board's router that place and route ``top.json``, a seed in each folder.

    They write ``routed.json`` and ``report.json``. A database of the device is put beside the
    netlist, where its family has one.
    """
    assert board.family.route
    options = [*board.family.route(board), "--json", "top.json", "--report", "report.json"]
    options += ["--write", ROUTED, "--freq", f"{mhz:g}", "--timing-allow-fail"]
    if chip := board.family.chip(board):
        options += ["--chipdb", CHIP]
        for folder in folders:
            (folder / CHIP).write_bytes(chip)
    return [
        (folder, [*options, "--seed", str(seed)])
        for folder, seed in zip(folders, seeds, strict=True)
    ]


def seeds_wanted(board: Board, cells: int) -> int:
    """Return how many seeds with a place a design is routed with, of which the best counts.

    Examples
    --------
    >>> from qrnn_hw.boards import board
    >>> [seeds_wanted(board("icebreaker"), cells) for cells in (4000, 5000)]
    [1, 2]
    >>> seeds_wanted(board("tang-nano-9k"), 1000)
    4
    """
    seeds = board.family.seeds
    return max(seeds, SIDE_BY_SIDE) if cells > TIGHT * board.part.luts else seeds


def longest(board: Board, cells: int) -> int:
    """Return the seconds of the processor's time that place and route may take for some cells.

    What fits takes a half of them on a machine at rest; what leaves too little room is mostly told
    by the placer, or the router, long before.

    Examples
    --------
    >>> from qrnn_hw.boards import board
    >>> longest(board("icebreaker"), 4900), longest(board("ulx3s-25f"), 14_250)
    (152, 649)
    >>> longest(board("tang-nano-9k"), 8000)
    704
    """
    usual = PATIENCE + board.part.luts // CELLS_A_SECOND
    busy = BUSY_TIGHT if cells > TIGHT * board.part.luts else BUSY
    return max(usual, int(busy * expected(board, cells)))


def expected(board: Board, cells: int) -> float:
    """Return the seconds of the processor's time that place and route takes for cells, about."""
    return board.family.route_seconds * cells**2


def pack(work: Path, board: Board) -> None:
    """Make the bitstream of what was routed in ``work``, if its tool is one of ours.

    Raises
    ------
    ToolError
        If it is missing or fails.
    """
    family = board.family
    if family.packer and family.pack:
        makes = [f"top{family.bitstream_suffix}"]
        family.packer.check(*family.pack(board), folder=work, makes=makes)


def list_components(work: Path, board: Board | Bare) -> None:
    """List the components of what was routed in ``work``, or only synthesised."""
    netlist, report = work / ROUTED, work / "report.json"
    routed = netlist.exists()
    text = (netlist if routed else work / "top.json").read_text()
    found = Components.of(board.family, text, report.read_text() if routed else None)
    (work / COMPONENTS).write_text(found.to_json())


def lay_out(work: Path, board: Board, mhz: float, seed: int = 1) -> Implementation:
    """Place, route and pack ``top.json`` in ``work``, whatever clock it reaches.

    Raises
    ------
    ToolError, FitError
        As from :func:`route`.
    """
    (found,) = route([work], board, mhz, [seed])
    if isinstance(found, FitError):
        raise found
    pack(work, board)
    return found
