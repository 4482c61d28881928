"""The longest paths of a routed design, in the names of its components."""

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

_SYSTEM = "system."  # the one part of a board's top that has paths of its own


class Place(NamedTuple):
    """Where in a design a path is.

    Parameters
    ----------
    component
        Such as ``core.readout``.
    signal
        The component's signal that the cell is named after; "" where it has no name.
    """

    component: str
    signal: str


@dataclass(frozen=True)
class CriticalPath:
    """The longest path between two flip-flops, or memories, of a clock.

    Parameters
    ----------
    clock
        Name of the clock.
    delay_ns
        From clock edge to clock edge.
    places
        What it passes from start to end, without repeats, and without cells that the router added.
    """

    clock: str
    delay_ns: float
    places: tuple[Place, ...]

    @property
    def components(self) -> tuple[str, ...]:
        """The components that it passes, in order."""
        return tuple(component for component, _ in groupby(self.places, lambda one: one.component))


def place_of(cell: str) -> Place | None:
    """Return where in a design a cell of its netlist is; None for one that the router added.

    Tools add what a cell is, in capitals, and numbers; parts of a memory are numbered.

    Examples
    --------
    >>> place_of("system.core.readout.plane_SB_DFFE_Q_2_DFFLC")
    Place(component='core.readout', signal='plane')
    >>> place_of("system.core.states.memory.0.1_RAM")
    Place(component='core.states', signal='memory')
    >>> place_of("$nextpnr_ICESTORM_LC_9")
    """
    name = re.split(r"_[A-Z]|\$", cell, maxsplit=1)[0].removeprefix(_SYSTEM)
    component, _, signal = re.sub(r"(\.\d+)+$", "", name).rpartition(".")
    return Place(component, signal) if name else None


def critical_paths(report: str) -> list[CriticalPath]:
    """Read nextpnr's JSON report: the longest path of every clock, the slowest clock first."""
    longest: dict[str, CriticalPath] = {}
    for entry in json.loads(report)["critical_paths"]:
        edge, _, clock = entry["from"].partition(" ")
        if edge not in ("posedge", "negedge") or entry["to"].partition(" ")[2] != clock:
            continue  # of a pin, or of two clocks
        cells = [step[side]["cell"] for step in entry["path"] for side in ("from", "to")]
        places = [place for place, _ in groupby(filter(None, map(place_of, cells)))]
        delay = round(sum(step["delay"] for step in entry["path"]), 3)
        if clock not in longest or delay > longest[clock].delay_ns:
            longest[clock] = CriticalPath(clock.partition("$")[0], delay, tuple(places))
    return sorted(longest.values(), key=lambda path: -path.delay_ns)
