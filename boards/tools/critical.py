"""The longest paths of a routed design, in the names of its components."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

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
class Leg:
    """A part of a path: the cells of one signal, one after the other, and the wires to them.

    Parameters
    ----------
    component, signal
        As of a :class:`Place`; both "" for cells that the router added.
    logic_ns, wire_ns
        Delay in the cells, and on the wires to them.
    x, y
        Where the first of the cells is.
    """

    component: str
    signal: str
    logic_ns: float
    wire_ns: float
    x: int
    y: int


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
    legs
        Its delay, part by part.
    """

    clock: str
    delay_ns: float
    places: tuple[Place, ...]
    legs: tuple[Leg, ...]

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
            name = clock.partition("$")[0]
            longest[clock] = CriticalPath(name, delay, tuple(places), _legs(entry["path"]))
    return sorted(longest.values(), key=lambda path: -path.delay_ns)


def _legs(path: Sequence[Mapping[str, Any]]) -> tuple[Leg, ...]:
    """Add up the delays of neighbours; what the router added goes with the signal before it."""
    legs: list[Leg] = []
    for step in path:
        cell, delay = step["to"], step["delay"]
        place = place_of(cell["cell"]) or Place("", "")
        wire, logic = (delay, 0.0) if step["type"] == "routing" else (0.0, delay)
        if legs and place in (Place("", ""), Place(legs[-1].component, legs[-1].signal)):
            last = legs.pop()
            logic, wire = last.logic_ns + logic, last.wire_ns + wire
            legs.append(replace(last, logic_ns=round(logic, 3), wire_ns=round(wire, 3)))
        else:
            legs.append(Leg(*place, round(logic, 3), round(wire, 3), *cell["loc"]))
    return tuple(legs)
