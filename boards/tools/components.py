"""What every component of a design takes, and where place and route put it."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from qrnn_hw.boards.families.family import ALONE, Family
from qrnn_hw.boards.tools.critical import Leg, critical_paths, place_of
from qrnn_hw.export.files.json_file import read_record

FILE = "components.json"
HINT = "build again"
#: What is counted, by the names of reports.
COUNTED = ("luts", "ffs", "brams", "spram", "dsps")
_MEMORIES = {"brams", "spram"}
PIN, PLL = "pin", "pll"
_PLACE = re.compile(r"X(\d+)/?Y(\d+)/")  # how names of places begin
_PINS = ("SB_IO", "TRELLIS_IO", "IBUF", "OBUF", "IOBUF")
_FLIP_FLOP = "DFF_ENABLE"  # a parameter of iCE40's cell
_APART = 4  # cells at a net above which it tells nothing of who they belong to
Cells = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Block:
    """A cell of a device that is no logic.

    Parameters
    ----------
    kind
        "brams", "spram" or "dsps", as reports count them; "pin", or "pll".
    component
        What it belongs to.
    x, y
        Where it is.
    """

    kind: str
    component: str
    x: int
    y: int


@dataclass(frozen=True)
class Components:
    """The components of a design, by their names such as "core.lanes"; "" for what is in none.

    Parameters
    ----------
    takes
        What each takes of a device: "luts", "ffs", "brams", "spram" and "dsps", as reports count.
    tiles
        Where its cells are: x, y, and how many logic cells, of every tile that has some; of what
        was not placed: none.
    blocks
        Where the cells are that are no logic.
    path
        The longest path, leg by leg.
    """

    takes: dict[str, dict[str, int]]
    tiles: dict[str, list[list[int]]]
    blocks: list[Block]
    path: list[Leg]

    def to_json(self) -> str:
        """Return the text of components.json: a line for each entry."""
        parts = []
        for name, value in asdict(self).items():
            rows = [json.dumps(each) for each in value]
            begin, end = "[]"
            if isinstance(value, dict):
                rows = [f"{row}: {json.dumps(each)}" for row, each in zip(rows, value.values())]
                begin, end = "{}"
            lines = ",\n".join(f"    {row}" for row in rows)
            parts.append(f'  "{name}": {begin}\n{lines}\n  {end}')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    @classmethod
    def read(cls, path: Path) -> "Components":
        """Read components.json.

        Raises
        ------
        DataError
            If it is missing, or something else.
        """
        return read_record(cls, path, "list of components", HINT)

    @classmethod
    def of(cls, family: Family, netlist: str, report: str | None) -> "Components":
        """Find the components of a design that was routed, or only synthesised.

        Parameters
        ----------
        family
            Of the device.
        netlist
            The JSON that nextpnr writes of what it placed, or yosys of a flat design.
        report
            nextpnr's report; None of what was not routed.
        """
        modules = json.loads(netlist)["modules"].values()
        cells: Cells = max((each.get("cells", {}) for each in modules), key=len)
        owners, fed = _owners(cells), fed_alone(family, cells.values())
        takes: dict[str, Counter[str]] = defaultdict(Counter)
        tiles: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
        blocks = []
        for name, cell in cells.items():
            kind, owner = cell["type"], owners[name]
            counted = {
                what: round(weights[kind])
                for what, weights in family.used.items()
                if kind in weights
            }
            if kind.startswith(family.flip_flops):
                counted["ffs"] = 1
                if family.lut and not fed.issuperset(cell["connections"]["D"]):
                    counted["luts"] = round(family.used["luts"][ALONE])
            elif int(str(cell.get("parameters", {}).get(_FLIP_FLOP, 0)), 2):
                counted["ffs"] = 1
            if _MEMORIES & set(counted):  # is a component, whatever its name is in a netlist
                place = place_of(name)
                owner = f"{owner}.{place.signal}" if place and place.signal else owner
            takes[owner].update(counted)
            if found := _PLACE.match(cell["attributes"].get("NEXTPNR_BEL", "")):
                x, y = map(int, found.groups())
                if counted.get("luts"):
                    tiles[owner][x, y] += counted["luts"]
                elif what := _kind(kind, counted):
                    blocks.append(Block(what, owner, x, y))
        return cls(
            {name: {what: takes[name][what] for what in COUNTED} for name in sorted(takes)},
            {name: [[*at, n] for at, n in sorted(tiles[name].items())] for name in sorted(tiles)},
            sorted(blocks, key=astuple),
            [leg for path in critical_paths(report)[:1] for leg in path.legs] if report else [],
        )


def _kind(cell: str, counted: Collection[str]) -> str:
    """Name what a cell is that is no logic; nothing for what nobody looks for."""
    if counted:
        return "" if "ffs" in counted else next(iter(counted))
    return PIN if cell in _PINS else PLL if "PLL" in cell else ""


def _owners(cells: Cells) -> dict[str, str]:
    """Find the component of every cell.

    Cells that a tool added, to lead carries on, have no names: they are those of a neighbour.
    """
    named = {name: place_of(name) for name in cells}
    owners = {name: place.component for name, place in named.items() if place}
    nets: dict[int | str, list[str]] = defaultdict(list)
    for name, cell in cells.items():
        for pins in cell["connections"].values():
            for bit in pins:
                nets[bit].append(name)
    for name in cells:
        if name not in owners:
            pins = [bit for bits in cells[name]["connections"].values() for bit in bits]
            near = (other for bit in pins if len(nets[bit]) <= _APART for other in nets[bit])
            found = (named[other] for other in near)
            owners[name] = next((place.component for place in found if place), "")
    return owners


def fed_alone(family: Family, cells: Iterable[Mapping[str, Any]]) -> set[int | str]:
    """Find the bits that flip-flops take from tables that feed them alone.

    Such a table and its flip-flop share a cell of the device, where it has both.
    """
    readers: Counter[int | str] = Counter()
    tables: set[int | str] = set()
    wanted: list[int | str] = []
    for cell in cells:
        kind, pins = cell["type"], cell.get("connections", {})
        readers.update(bit for name, bits in pins.items() if name != "O" for bit in bits)
        if kind == family.lut:
            tables |= set(pins["O"])
        elif family.lut and kind.startswith(family.flip_flops):
            wanted += pins["D"]
    return {bit for bit in wanted if bit in tables and readers[bit] == 1}
