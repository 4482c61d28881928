"""A bitstream into a board, by openFPGALoader."""

import re
from pathlib import Path

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.export.errors import BoardError, ToolError
from qrnn_hw.export.files.json_file import read_json
from qrnn_hw.export.files.regular_file import require_file
from qrnn_hw.hw.programs.tool import Tool

LOADER = Tool("openFPGALoader", "openfpgaloader", "--Version", script="openfpgaloader-cli")
LIBRARIES = "apt-get install libusb-1.0-0 libftdi1-2 libhidapi-hidraw0"
TABLE = "table.bin"
MEMORIES = {"flash": "--write-flash", "sram": "--write-sram"}
#: What the loader says where a system library is missing, and where it failed but ends with 0.
_UNLINKED = "error while loading shared libraries"
_FAILED = re.compile(r"\bFAIL(ED)?$", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BUILD = "`qrnn-hw build MODEL --board BOARD` makes one"


def find_bitstream(path: Path, board_name: str | None = None) -> tuple[Board, Path]:
    """Return a board and the bitstream for it.

    Parameters
    ----------
    path
        A build folder, or a bitstream.
    board_name
        What it must be for; None for the board in the folder's report.json, or in that beside the
        bitstream.

    Raises
    ------
    BoardError
        If there is no bitstream, or it is for another board, or nobody says for which.
    DataError
        If report.json is none of ours.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise BoardError(f"{path} must be a build folder or a bitstream, and is missing", _BUILD)
    if not path.is_dir():
        require_file(path, "the bitstream", _BUILD, BoardError)
    report = folder / "report.json"
    known = Report.read(report) if report.exists() else Report()
    built = known.board
    name = board_name or built
    if name is None:
        raise BoardError(
            f"the board of {path} must be known, and no report.json beside it tells it",
            "pass --board",
        )
    board = find_board(name)
    if built is not None and built != board.name:
        raise BoardError(
            f"the build must be for {board.name}, and {folder} is for {built}",
            f"leave --board out, or build for {board.name}",
        )
    board = board.with_link(known.link or "uart")
    if path.is_file():
        return board, path
    file = board.bitstream
    if file is None:
        raise BoardError(
            f"the bitstream of {board.name} must come from its vendor's tools, and {folder} "
            "holds what they need",
            "make it there, and pass the file",
        )
    if not (folder / file).is_file():
        raise BoardError(
            f"{folder} must hold {file}, and does not", "build again, without --verilog-only"
        )
    return board, folder / file


def find_table(board: Board, folder: Path) -> Path | None:
    """Return the table that a build left for the board's flash; None if it needs none.

    Raises
    ------
    BoardError
        If the design needs one, and it is missing.
    """
    plan = folder / "plan.json"
    if not plan.exists() or "row_bytes" not in read_json(plan, "build again", BoardError):
        return None
    table = folder / TABLE
    if board.flash is None or not table.is_file():
        raise BoardError(
            f"{folder} must hold {TABLE}, for a board with a flash that designs read, and does not",
            "build again",
        )
    return table


def write_table(board: Board, table: Path) -> str:
    """Write a table behind the bitstream in a board's flash, read it back and compare.

    Raises
    ------
    ToolError, BoardError
        As from :func:`program`.
    """
    assert board.flash is not None
    return _load(board, table, "--write-flash", "--verify", "--offset", f"{board.flash.base:#x}")


def program(board: Board, bitstream: Path, memory: str) -> str:
    """Write a bitstream into a board, and return what the loader said last.

    Parameters
    ----------
    memory
        "flash", which keeps it; or "sram", until the board loses its supply.

    Raises
    ------
    ToolError
        If the loader, or a library that it needs, is missing.
    BoardError
        If it does not know the board, or fails.
    """
    return _load(board, bitstream, MEMORIES[memory])


def _load(board: Board, file: Path, *options: str) -> str:
    """Have the loader write a file."""
    if not board.loader:
        raise BoardError(
            f"openFPGALoader must know the board, and does not know {board.name}",
            "use the tool of its vendor",
        )
    arguments = ["--board", board.loader, *options, f"./{file.name}"]
    try:
        done = LOADER.run(*arguments, folder=file.parent)
    except ToolError as error:
        raise ToolError(str(error), f"{error.hint}; and {LIBRARIES}") from None
    lines = [line.strip() for line in re.split(r"[\r\n]", _COLOUR.sub("", done.stdout))]
    lines = [line for line in lines if line]
    if unlinked := [line for line in lines if _UNLINKED in line]:
        raise ToolError(f"openFPGALoader must find its libraries: {unlinked[0]}", LIBRARIES)
    # Some of its failures do not reach its exit status.
    failed = [line for line in lines if _FAILED.search(line)]
    if done.returncode or failed:
        said = failed[0] if not done.returncode else lines[-1] if lines else "nothing"
        raise BoardError(
            f"openFPGALoader must program {board.name}, and failed with status "
            f"{done.returncode}; it said: {said}",
            "is the board connected, are you allowed to use its USB port, and does nothing else?",
        )
    return lines[-1] if lines else ""
