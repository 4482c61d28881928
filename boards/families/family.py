"""What a family of devices is: how designs for them are made, and how reports are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from qrnn_hw.hw.programs.tool import YOSYS, Tool

if TYPE_CHECKING:
    from qrnn_hw.boards.catalogue.board import Board


@dataclass(frozen=True)
class Family:
    """Devices that the same tools make designs for.

    Parameters
    ----------
    name
        Its name.
    synthesis
        Yosys' command; ``{}`` stands for the options of the device. Top and netlist are added.
    constraints
        Writes the pins of a board.
    constraints_suffix, bitstream_suffix
        Of the files of a build; no bitstream where the tools are not ours.
    router, packer
        Tools for place and route, and for the bitstream; None where the vendor's have to do it.
    route
        Options of the router for a board, beside the netlist, its report and the clock.
    pack
        Arguments of the packer for a board.
    used
        For each thing that a device counts, the cells that are counted, with the number of such
        things in one: names of nextpnr's report, and of yosys' netlist.
    flip_flops
        How the names of yosys' flip-flops begin.
    models
        Files of this folder with Verilog of what a design takes from the vendor as it is: the PLL,
        and pins with more than a wire.
    per_cell, per_ram, per_masked
        Look-up tables that a design takes for each logic cell of iCE40 of the engines' estimates,
        block RAMs for each of theirs of 4 kbit, and for each of those that are written bit by bit.
    """

    name: str
    synthesis: str
    constraints: Callable[["Board"], str]
    constraints_suffix: str
    used: Mapping[str, Mapping[str, float]]
    flip_flops: tuple[str, ...]
    models: tuple[str, ...]
    bitstream_suffix: str = ""
    router: Tool | None = None
    route: Callable[["Board"], list[str]] | None = None
    packer: Tool | None = None
    pack: Callable[["Board"], list[str]] | None = None
    per_cell: float = 1
    per_ram: float = 1
    per_masked: float = 1

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools of a build."""
        return tuple(tool for tool in (YOSYS, self.router, self.packer) if tool is not None)

    @property
    def cells(self) -> list[Path]:
        """Where the models are."""
        return [Path(str(files("qrnn_hw.boards.families").joinpath(name))) for name in self.models]
