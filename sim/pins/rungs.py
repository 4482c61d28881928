"""The designs between core and board, each as Verilog: what a build makes on its way."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.families.ice40 import ICE40
from qrnn_hw.boards.tools.flow import ROUTED, lay_out, synthesise
from qrnn_hw.boards.tools.programs import ICEBOX_VLOG
from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.programs.tool import Tool
from qrnn_hw.sim.pins.cells_ice40 import write_cells
from qrnn_hw.sim.pins.levels import PIN_LEVELS
from qrnn_hw.sim.pins.mapped import mapped
from qrnn_hw.sim.pins.routed import routed
from qrnn_hw.sim.pins.unpacked import unpacked

# Cells that neither yosys' models of a routed design nor icebox_vlog know; the latter drops them.
UNKNOWN = {"SB_MAC16": "multipliers", "SB_SPRAM256KA": "large RAMs"}


@dataclass(frozen=True)
class Rung:
    """A level of the proof ladder.

    Parameters
    ----------
    about
        What is simulated, in words.
    file
        What it is made from.
    make
        Returns its Verilog, from a folder with that file.
    most
        Real sequences, at most, that are worth their time.
    every_cell
        Whether all cells of an iCE40 can be simulated.
    every_board
        Whether it is for any board; others are for those with an iCE40.
    tool
        A tool that no build needs.
    """

    about: str
    file: str
    make: Callable[[Path, Board], str]
    most: int
    every_cell: bool = False
    every_board: bool = False
    tool: Tool | None = None

    def verilog(self, folder: Path, board: Board, mhz: float, seed: int = 1) -> str:
        """Return the Verilog of the design in ``folder``, with ``top.v`` and the file of its pins.

        What it is made from is made if it is not there, as a build makes it: with its clock, in
        MHz, and the placer's seed.

        Raises
        ------
        BoardError
            If the design has cells that cannot be simulated.
        FitError
            If the design does not fit the device.
        ToolError
            If a tool is missing or fails.
        """
        if self.tool:
            self.tool.command()  # Told before the others have worked for minutes.
        if not (folder / self.file).exists():
            if not (folder / "top.json").exists():
                synthesise(folder, board)
            self._refuse(folder)
            if not (folder / self.file).exists():
                lay_out(folder, board, mhz, seed)
        self._refuse(folder)
        return self.make(folder, board)

    def cells(self, folder: Path, board: Board) -> list[Path]:
        """Return models of the cells in that Verilog; those that have to be made, in ``folder``."""
        return board.family.cells if self.every_board else [write_cells(folder)]

    def _refuse(self, folder: Path) -> None:
        """Look for cells that would be left out."""
        netlist = folder / "top.json"
        if self.every_cell or not netlist.exists():
            return
        modules = json.loads(netlist.read_text())["modules"]
        count = Counter(cell["type"] for cell in modules["top"]["cells"].values())
        refuse({name: count[name] for name in UNKNOWN}, self.about)


def refuse(found: dict[str, int], what: str) -> None:
    """Refuse a design with cells that would not be simulated.

    Raises
    ------
    BoardError
        If there is one.
    """
    for name, count in found.items():
        if count:
            raise BoardError(
                f"{what} must be without {UNKNOWN[name]} to be simulated, and has {count} {name}",
                "--level netlist simulates them; no tool turns those of a bitstream into Verilog",
            )


def refuse_flash(what: str) -> None:
    """Refuse a design that reads a flash where its pins have no models.

    Raises
    ------
    BoardError
        Always.
    """
    raise BoardError(
        f"{what} must be without a table in flash to be simulated, and has one",
        "--levels link and netlist simulate it, with the flash at its pins",
    )


def require_rung(board: Board, level: str) -> None:
    """Refuse boards whose gates have no models here.

    Raises
    ------
    BoardError
        If the level is for an iCE40, and the board has none.
    """
    if board.family is not ICE40 and not RUNGS[level].every_board:
        raise BoardError(
            f"--level {level} must be for a board with an iCE40, and {board.name} has "
            f"the family {board.family.name}",
            "--level link simulates the whole design of any board",
        )


_ALL = (
    Rung(
        "the design behind its link",
        "top.v",
        lambda work, _: (work / "top.v").read_text(),
        20,
        every_cell=True,
        every_board=True,
    ),
    Rung("the netlist of synthesis", "top.json", lambda work, _: mapped(work), 20, every_cell=True),
    Rung("the placed and routed netlist", ROUTED, lambda work, _: routed(work), 10),
    Rung("the bitstream", "top.bin", unpacked, 20, tool=ICEBOX_VLOG),
)
RUNGS: dict[str, Rung] = dict(zip(PIN_LEVELS, _ALL, strict=True))
