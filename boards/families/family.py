"""A family of FPGAs: how designs for it are made; and a device of it, with what it holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from qrnn_hw.boards.families.clock import Pll
from qrnn_hw.boards.families.coefficients import CELLS
from qrnn_hw.hw.cost import Room, TableRam
from qrnn_hw.hw.programs.tool import YOSYS, Tool

#: The part of a device's cells above which sets of control signals, too, decide what can be placed;
#: and the cells that a hundred sets leave empty. On an HX1K, 1039 cells in 108 sets found no place,
#: and 1132 in 17 sets did.
CROWDED, APART = 0.92, 400

#: What flip-flops are counted as that have a cell of the device for themselves.
ALONE = "flip-flop alone"

#: In :data:`CELLS`: what is not listed, a multiplier that is made of cells, and what a crowded
#: device takes more for each cell of the components whose names begin so: "full serial".
OTHERS, MULTIPLIER, FULL = "", "multiplier", "full "
ICE40_KBIT = 4  # of a block RAM, in which estimates are
#: Flip-flops for a cell of large designs, where not every one has its own: 256 lanes took 7,594,
#: and 8,428 tables beside those that only feed one.
FF_A_CELL = 0.87
DSP_CELLS = 250  # of a multiplier, as far as nothing is measured


class Pin(NamedTuple):
    """A pin of a package.

    Parameters
    ----------
    location
        Its name in the package.
    invert
        Whether it is active low.
    attributes
        What else the vendor's tools are told: its voltage, whether it needs a pull-up.
    """

    location: str
    invert: bool
    attributes: Mapping[str, Any]


class Grid(NamedTuple):
    """The tiles of a device, as place and route numbers them.

    Parameters
    ----------
    columns, rows
        How many there are.
    upward
        Whether row 0 is the lowest, as people draw the device.
    rams
        Columns that hold block RAMs alone, each of two tiles.
    """

    columns: int
    rows: int
    upward: bool = False
    rams: tuple[int, ...] = ()


class OnBoard(Protocol):
    """What the tools of a family ask of a board: :class:`~qrnn_hw.boards.catalogue.board.Board`."""

    @property
    def name(self) -> str:
        """Name of the board."""
        ...

    @property
    def part(self) -> "Device":
        """Its FPGA."""
        ...

    @property
    def package(self) -> str:
        """Name of the FPGA's package."""
        ...

    @property
    def platform(self) -> Any:
        """Its platform of ``amaranth_boards``."""
        ...

    @property
    def oscillator_mhz(self) -> float:
        """Frequency of its oscillator."""
        ...

    @property
    def uart(self) -> str:
        """Where its link goes, in words."""
        ...

    def pins(self) -> Mapping[str, Pin]:
        """Return the pin of every port."""
        ...


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
    chip
        The database of a board's device that the router is given, where its own makes slower
        designs; it returns None if the router has to take its own.
    pack
        Arguments of the packer for a board.
    used
        For each thing that a device counts, the cells that are counted, with the number of such
        things in one: names of nextpnr's report, and of yosys' netlist.
    lut
        The netlist's look-up table, where a cell of the device is one with a flip-flop behind it:
        flip-flops that no table feeds are then counted as ``ALONE``.
    crowded
        What yosys runs before it maps the flip-flops of a design that leaves few cells free.
    flip_flops
        How the names of yosys' flip-flops begin.
    models
        Files of this folder with Verilog of what a design takes from the vendor as it is: the PLL,
        and pins with more than a wire.
    per_cell
        Look-up tables that a design takes for each logic cell of iCE40 of the engines' estimates,
        as far as nothing is measured.
    table_ram
        How small memories are made of look-up tables.
    route_seconds
        Seconds of a processor that place and route takes, about, for a cell, squared: an iCE40 of
        2,200 cells takes 11, one of 4,900 takes 50.
    seeds
        With how many seeds a design is routed, two by two, of which the best counts: more where
        the placer's chance decides much of the clock.
    slow_ram
        Whether a block RAM shows its data so late in a cycle that the link takes them into a
        register first.
    """

    name: str
    synthesis: str
    constraints: Callable[[OnBoard], str]
    constraints_suffix: str
    used: Mapping[str, Mapping[str, float]]
    flip_flops: tuple[str, ...]
    models: tuple[str, ...]
    bitstream_suffix: str = ""
    lut: str = ""
    crowded: str = ""
    router: Tool | None = None
    route: Callable[[OnBoard], list[str]] | None = None
    chip: Callable[[OnBoard], bytes | None] = lambda board: None
    packer: Tool | None = None
    pack: Callable[[OnBoard], list[str]] | None = None
    per_cell: float = 1
    table_ram: TableRam | None = None
    route_seconds: float = 2.1e-6
    seeds: int = 1
    slow_ram: bool = False

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools of a build."""
        return tuple(tool for tool in (YOSYS, self.router, self.packer) if tool is not None)

    @property
    def cells(self) -> list[Path]:
        """Where the models are."""
        return [Path(str(files("qrnn_hw.boards.families").joinpath(name))) for name in self.models]


@dataclass(frozen=True)
class Device:
    """An FPGA: what it holds, and how the tools call it.

    Parameters
    ----------
    name
        Its name.
    family
        How designs for it are made.
    luts, brams, spram, dsps
        What it has: look-up tables with a flip-flop, block RAMs of ``ram_kbit``, RAMs of 256 kbit,
        multipliers of at least 16 x 16 bits.
    ffs
        Flip-flops, where not every look-up table has one.
    ram_kbit
        Size of a block RAM.
    pll
        What its PLL can do.
    clock_mhz
        What designs for it reach, in MHz, before one is routed.
    code
        What place and route calls it.
    speed
        Name of the devices that are as fast, if it is known what their designs reach.
    synthesis
        Options of synthesis for it.
    grid
        Its tiles, as far as a router of ours places cells on them.
    """

    name: str
    family: Family
    luts: int
    brams: int
    dsps: int
    pll: Pll
    clock_mhz: float
    code: str = ""
    speed: str = ""
    ffs: int | None = None
    spram: int = 0
    ram_kbit: int = 18
    synthesis: str = ""
    grid: Grid | None = None

    def is_crowded(self, cells: int) -> bool:
        """Whether a design of so many cells is made for a device that has few left."""
        return bool(self.family.crowded) and cells + APART > CROWDED * self.luts

    @property
    def room(self) -> Room:
        """What a design may take, as the engines' estimates count."""
        family, found = self.family, CELLS.get(self.family.name, {})
        held = self.luts if self.ffs is None else min(self.luts, int(self.ffs / FF_A_CELL))
        return Room(
            held,
            self.brams,
            self.dsps,
            self.spram,
            per_cell=found.get(OTHERS, family.per_cell),
            per_part=found,
            dsp_cells=round(found.get(MULTIPLIER, DSP_CELLS)),
            table_ram=family.table_ram,
            larger=self.ram_kbit > ICE40_KBIT,
            per_full={
                name.removeprefix(FULL): more
                for name, more in found.items()
                if name.startswith(FULL)
            },
            full=int(CROWDED * self.luts - APART) if family.crowded else self.luts,
        )
