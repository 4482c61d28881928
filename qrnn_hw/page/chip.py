"""The section of the chip: what every part takes, where it is, and what sets the clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.bare import DEVICES
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.boards.families.family import Device
from qrnn_hw.boards.tools.components import COUNTED, FILE, Components
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.step import Part
from qrnn_hw.page.floorplan import floorplan, frame
from qrnn_hw.page.parts import AROUND, colour, part_of
from qrnn_hw.page.subject import Build, Subject

STOPPED = (
    "This build stopped at core.v, so that nothing was synthesised: build without --verilog-only "
    "to see what each part takes of the device."
)
#: What is shown beside logic cells.
NAMES = {
    "ffs": "Flip-flops",
    "brams": "Block RAMs",
    "spram": "Large RAMs",
    "dsps": "Multipliers",
}
EARLIER = f"This build has no {FILE}, which shows what each part takes: build it again."


@dataclass(frozen=True)
class Row:
    """What a part takes.

    Parameters
    ----------
    order
        Of the part, among all.
    part, colour
        The part.
    takes
        By what reports count.
    estimated
        Cells that were estimated for it, and for the rows behind it that the estimate counts with
        it: None where nothing is, or a row before has it.
    spans
        How many rows that is; 0 where a row before has it.
    """

    order: int
    part: Part
    colour: str
    takes: Mapping[str, int]
    estimated: float | None
    spans: int


def section(subject: Subject) -> Mapping[str, Any] | str | None:
    """Show the parts of a build."""
    build = subject.build
    if build is None:
        return None
    if build.report.luts is None:
        return STOPPED
    if not (build.folder / FILE).is_file():
        return EARLIER
    found, device = Components.read(build.folder / FILE), _device(build)
    parts = (*build.plan.parts, *AROUND)
    grid = device.grid if found.tiles else None
    estimate = _estimate(build)
    rows = _rows(found, parts, device, estimate)
    return {
        "rows": rows,
        "most": max(row.takes["luts"] for row in rows),
        "totals": {what: sum(row.takes[what] for row in rows) for what in COUNTED},
        "shown": [what for what in NAMES if any(row.takes[what] for row in rows)],
        "names": NAMES,
        "estimate": device.room.takes(estimate),
        "device": device,
        "picture": None if grid is None else floorplan(found, parts, grid),
        "cropped": grid is not None and frame(found, grid)[:2] != (0, 0),
        "unplaced": "" if grid else _unplaced(device),
        "report": build.report,
        "clock_estimate": clock_mhz(build.plan, device),
        "path": _path(found, parts),
    }


def _device(build: Build) -> Device:
    board = BOARDS.get(str(build.report.board))
    return board.part if board else DEVICES[str(build.report.device)]


def _estimate(build: Build) -> Cost:
    """Estimate the whole design, as it was before anything was synthesised."""
    if build.report.board not in BOARDS:
        return build.plan.cost()
    report = build.report
    link = link_cost(build.plan.model, front_end=bool(report.front_end), link=report.link or "uart")
    return build.plan.cost() + link


def _unplaced(device: Device) -> str:
    """Say why there is no floor plan."""
    if device.family.router is None:
        return "The vendor's tools place this design, so that no floor plan is known here."
    return "A core alone is synthesised, and not placed: where its cells lie, your design decides."


def _rows(found: Components, parts: Sequence[Part], device: Device, estimate: Cost) -> list[Row]:
    """Add up what the components of every part take, and what was estimated for them."""
    taken: dict[str, Counter[str]] = {part.name: Counter() for part in parts}
    for component, takes in found.takes.items():
        taken[part_of(component, parts).name].update(takes)
    room, rows = device.room, list[Row]()
    for order, part in enumerate(parts):
        takes = taken[part.name]
        cells = [
            room.per_part.get(name, room.per_cell) * estimate.parts.get(name, 0)
            for name in part.estimates or ()
        ]
        if not takes.total() and not sum(cells):
            continue
        if part.estimates is None:  # it is counted with the part before
            first = max(at for at, row in enumerate(rows) if row.spans)
            rows[first] = replace(rows[first], spans=rows[first].spans + 1)
        estimated, spans = sum(cells) if cells else None, int(part.estimates is not None)
        rows.append(Row(order, part, colour(part, parts), takes, estimated, spans))
    return rows


def _path(found: Components, parts: Sequence[Part]) -> dict[str, Any] | None:
    """Lay out the longest path: what every leg is, and what it takes of the whole."""
    total = sum(leg.logic_ns + leg.wire_ns for leg in found.path)
    if not total:
        return None
    legs = []
    for leg in found.path:
        part = part_of(leg.component, parts) if leg.component or leg.signal else None
        legs.append(
            {
                "leg": leg,
                "where": ".".join(filter(None, (leg.component, leg.signal))),
                "part": part,
                "colour": colour(part, parts) if part else "var(--dim)",
                "wire": 100 * leg.wire_ns / total,
                "logic": 100 * leg.logic_ns / total,
            }
        )
    return {"ns": total, "legs": legs}
