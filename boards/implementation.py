"""What a placed and routed design takes, as the tools tell it."""

import json
import re
from dataclasses import dataclass

from qrnn_hw.boards.board import Board
from qrnn_hw.export.errors import FitError

#: nextpnr's names for what a board counts.
CELLS = {
    "luts": "ICESTORM_LC",
    "brams": "ICESTORM_RAM",
    "spram": "ICESTORM_SPRAM",
    "dsps": "ICESTORM_DSP",
}
_NAMES = {"luts": "logic cells", "brams": "block RAMs", "spram": "large RAMs", "dsps": "DSPs"}


@dataclass(frozen=True)
class Implementation:
    """What a placed and routed design takes, and how fast it is.

    Parameters
    ----------
    luts, ffs, brams, spram, dsps
        Logic cells, flip-flops, block RAMs, large RAMs and multipliers that are used.
    fmax_mhz
        Highest clock frequency after routing.
    """

    luts: int
    ffs: int
    brams: int
    spram: int
    dsps: int
    fmax_mhz: float

    @classmethod
    def read(cls, netlist: str, report: str) -> "Implementation":
        """Read yosys' JSON netlist of a flat design and nextpnr's JSON report on it."""
        modules = json.loads(netlist)["modules"].values()
        ffs = sum(
            cell["type"].startswith("SB_DFF")
            for module in modules
            for cell in module.get("cells", {}).values()
        )
        said = json.loads(report)
        used = {
            key: said["utilization"].get(name, {}).get("used", 0) for key, name in CELLS.items()
        }
        fmax = min((clock["achieved"] for clock in said["fmax"].values()), default=float("inf"))
        return cls(ffs=ffs, fmax_mhz=round(fmax, 2), **used)


def check_room(log: str, board: Board) -> None:
    """Look in nextpnr's log for more than the device has.

    Raises
    ------
    FitError
        If there is.
    """
    for key, name in CELLS.items():
        found = re.search(rf"{name}: +(\d+)/ *(\d+)", log)
        if found and int(found[1]) > int(found[2]):
            raise FitError(
                f"the design must fit {board.device} with its {found[2]} {_NAMES[key]}, "
                f"and needs {found[1]}",
                "use fewer lanes, fewer hidden units, or fewer bits",
            )


def check_timing(implementation: Implementation, mhz: float) -> None:
    """Compare the routed clock with the wanted one.

    Raises
    ------
    FitError
        If it is slower.
    """
    if implementation.fmax_mhz < mhz:
        raise FitError(
            f"the clock must reach {mhz:g} MHz, and reaches {implementation.fmax_mhz:g} MHz",
            f"use --clock-mhz {int(implementation.fmax_mhz)}, or try another --seed",
        )
