"""Every core that a model can have, as a page: ``qrnn-hw explore --html``."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qrnn_hw.exploration import Outlook, Point, by_engine, described
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.page.front_page import front_page
from qrnn_hw.page.scatter import Axis, Spot, chart
from qrnn_hw.page.words import count, duration, significant

COLUMNS = ("cells", "block RAMs", "clock, MHz", "cycles a step", "steps a second", "a sequence")
MOST = 60  # points of an engine that are not on the front
#: Sizes that `build` takes an option for.
ASKED = ("lanes", "rows")


def build_command(model: str, board: str, point: Point, state_bits: int, transform: str) -> str:
    """Return what builds a core."""
    plan = point.candidate.plan
    words = ["qrnn-hw", "build", model, "--board", board, "--engine", plan.engine]
    for name in ASKED:
        if name in plan.sizes:
            words += [f"--{name}", str(plan.sizes[name])]
    if not model.endswith(".json"):
        words += ["--state-bits", str(state_bits), "--transform", transform]
    return shlex.join(words)


def outlook_page(found: Mapping[str, Outlook], model: str) -> str:
    """Make the page: a chart a board, cells against steps a second.

    Parameters
    ----------
    found
        As :func:`qrnn_hw.explore` finds it.
    model
        As commands name it.
    """
    charts = [_chart(name, outlook, model) for name, outlook in found.items() if outlook.points]
    about = (
        f"The cores that {model} can have. Figures are estimates, but for cores that were built."
    )
    return front_page(f"Cores of {Path(model).name}", about, charts)


def shown(points: Sequence[Point], chosen: Point | None) -> list[Point]:
    """Choose the points to draw: of an engine all; of one with many the front, and some others."""
    kept = []
    for mine in by_engine(points).values():
        others = [one for one in mine if not one.front and one is not chosen]
        step = 1 + len(others) // MOST
        some = set(map(id, others[::step]))
        kept += [one for one in mine if one.front or one is chosen or id(one) in some]
    return kept


def _chart(name: str, outlook: Outlook, model: str) -> dict[str, Any]:
    engines = list(ENGINES)
    spots = []
    for one in shown(outlook.points, outlook.chosen):
        plan = one.candidate.plan
        integers = plan.model
        command = build_command(model, name, one, integers.state_bits, integers.transform)
        figures = (
            count(one.cells), count(one.rams), significant(one.clock_mhz, 4),
            count(one.candidate.pace), count(round(one.steps_per_second)),
            duration(one.latency_us),
        )  # fmt: skip
        lacks = f" ({one.lacks})" if one.lacks else ", routed" if one.routed else ""
        spots.append(Spot(
            one.cells, one.steps_per_second, engines.index(plan.engine),
            described(one.candidate) + lacks, figures, "" if one.lacks else command,
            one is outlook.chosen, bool(one.lacks),
        ))  # fmt: skip
    part = outlook.board.part
    return chart(
        f"board-{name}", name if name != "none" else part.name, spots,
        Axis("logic cells", log=True, limit=part.luts), Axis("steps a second", log=True),
        engines, COLUMNS, outlook.why,
    )  # fmt: skip
