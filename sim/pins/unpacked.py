"""A bitstream, turned back into Verilog by Project IceStorm."""

import re
from pathlib import Path

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.tools.programs import ICEBOX_VLOG, ICEUNPACK
from qrnn_hw.export.errors import MismatchError

_OPTIONS = r"-pullup yes "


def unpacked(folder: Path, board: Board) -> str:
    """Return what ``top.bin``, on the pins of ``top.pcf``, is.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    MismatchError
        If a pin of the board has no signal.
    """
    ICEBOX_VLOG.command()
    ICEUNPACK.check("top.bin", "unpacked.asc", folder=folder, makes=["unpacked.asc"])
    return from_asc(folder, "unpacked.asc", board)


def from_asc(folder: Path, asc: str, board: Board) -> str:
    """Return what an unpacked bitstream, on the pins of ``top.pcf``, is."""
    pins = (folder / "top.pcf").read_text()
    (folder / "plain.pcf").write_text(pins.replace(_OPTIONS, ""))
    arguments = ["-s", "-n", "top", "-d", board.package.lower(), "-p", "plain.pcf", asc]
    text = ICEBOX_VLOG.check(*arguments, folder=folder)
    # A PLL takes its clock from its own pin, and not through the pin's cell.
    text, plls = re.subn(r"\.PACKAGEPIN\(\w+\)", ".PACKAGEPIN(oscillator)", text)
    absent = set(re.findall(r"^// Warning: unmatched port '(\w+)'$", text, re.M))
    if absent - ({"oscillator"} if plls else set()):
        raise MismatchError(
            f"the bitstream must have a signal on every pin, and has none on {min(absent)}",
            "was it made for this board?",
        )
    return re.sub(r"^module top \((.*?)\);$", _plain_header, text, count=1, flags=re.M)


def _plain_header(found: re.Match[str]) -> str:
    """Declare ports apart from the list of their names, as they are declared once more below."""
    ports = [port.split() for port in found[1].split(", ")]
    names = ", ".join(name for _, name in ports)
    return f"module top ({names});\n" + "".join(f"{way} {name};\n" for way, name in ports)
