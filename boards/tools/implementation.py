"""What a placed and routed design takes, as the tools tell it."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.families.family import ALONE, Family
from qrnn_hw.boards.tools.components import fed_alone
from qrnn_hw.boards.tools.critical import critical_paths
from qrnn_hw.export.errors import FitError, PlaceError, ToolError

_NAMES = {
    "luts": "logic cells",
    "ffs": "flip-flops",
    "brams": "block RAMs",
    "spram": "large RAMs",
    "dsps": "DSPs",
}
SMALLER = "use fewer lanes, fewer hidden units, or fewer bits"


@dataclass(frozen=True)
class Implementation:
    """What a placed and routed design takes, and how fast it is.

    Parameters
    ----------
    luts, ffs, brams, spram, dsps
        Logic cells, flip-flops, block RAMs, large RAMs and multipliers that are used.
    fmax_mhz
        Highest clock frequency after routing; None if it was only synthesised.
    critical_path
        The components that its longest path leads through, in their order.
    """

    luts: int
    ffs: int
    brams: int
    spram: int
    dsps: int
    fmax_mhz: float | None
    critical_path: tuple[str, ...] = ()

    @classmethod
    def read(cls, family: Family, netlist: str, report: str | None) -> "Implementation":
        """Read yosys' JSON netlist of a flat design, and nextpnr's JSON report if there is one.

        Raises
        ------
        ToolError
            If the report has no frequency of a clock, so that nothing is known of its timing.
        """
        modules = json.loads(netlist)["modules"].values()
        inside = [list(module.get("cells", {}).values()) for module in modules]
        cells = Counter(cell["type"] for module in inside for cell in module)
        ffs = sum(count for name, count in cells.items() if name.startswith(family.flip_flops))
        if family.lut:
            cells[ALONE] = ffs - sum(len(fed_alone(family, module)) for module in inside)
        if report is None:
            return cls(ffs=ffs, fmax_mhz=None, **_count(family, cells))
        said = json.loads(report)
        found = {name: entry["used"] for name, entry in said["utilization"].items()}
        reached = [float(clock["achieved"]) for clock in said["fmax"].values()]
        if not reached or not all(map(math.isfinite, reached)):
            raise ToolError(
                f"the router must report the frequency of every clock, and reports {reached}",
                "this is a fault of qrnn-hw, or of a router that it does not know: report it",
            )
        paths = critical_paths(report)
        fmax = math.floor(100 * min(reached)) / 100  # what is said is reached, and no less
        path = paths[0].components if paths else ()
        return cls(ffs=ffs, fmax_mhz=fmax, critical_path=path, **_count(family, found))


def _count(family: Family, found: Mapping[str, int]) -> dict[str, Any]:
    return {
        key: round(sum(weight * found.get(name, 0) for name, weight in names.items()))
        for key, names in family.used.items()
    }


def check_log(log: str, board: Board) -> None:
    """Look in nextpnr's log for more than the device has, and for cells that find no place.

    Raises
    ------
    FitError
        If there is more.
    PlaceError
        If there is no place.
    """
    found = {
        name: int(used) for name, used in re.findall(r"^Info:\s+(\w+): +(\d+)/ *\d+", log, re.M)
    }
    used = _count(board.family, found)
    check_room(used, board)
    if "Unable to find legal placement" in log:
        raise PlaceError(
            f"the design must leave room to place its cells, and takes {used['luts']} of "
            f"{board.device}'s {board.part.luts} logic cells",
            SMALLER,
        )


def check_room(used: Mapping[str, int], board: Board | Bare) -> None:
    """Compare what a design uses with what the device has.

    Raises
    ------
    FitError
        If that is less.
    """
    for key, name in _NAMES.items():
        have, need = getattr(board.part, key), used.get(key, 0)
        if have is not None and need > have:
            raise FitError(
                f"the design must fit {board.device} with its {have} {name}, and needs {need}",
                SMALLER,
            )


def check_timing(implementation: Implementation, mhz: float) -> None:
    """Compare the routed clock with the wanted one.

    Raises
    ------
    FitError
        If it is slower.
    """
    reached = implementation.fmax_mhz
    if reached is not None and reached < mhz:
        raise FitError(
            f"the clock must reach {mhz:g} MHz, and reaches {reached:g} MHz",
            f"use --clock-mhz {int(reached)}, or try another --seed",
        )
