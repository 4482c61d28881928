"""Two builds or models side by side: what each comes to, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from qrnn_hw.page.accuracy import accuracy, error
from qrnn_hw.page.answer import about, chip_parts, verdict
from qrnn_hw.page.document import rendered, resource
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.words import count, duration, percent, significant

LESS, MORE = -1, 1


@dataclass(frozen=True)
class Row:
    """A property of both.

    Parameters
    ----------
    name
        Its name.
    texts
        As they are shown.
    better
        The place of the better one; None where there is none.
    change
        From the first to the second, such as "+12 %".
    differ
        Whether they do.
    """

    name: str
    texts: tuple[str, str]
    better: int | None = None
    change: str = ""
    differ: bool = False


def _row(name: str, values: Sequence[float | None], write: Any, wanted: int) -> Row | None:
    """Compare two numbers, of which less or more is better; None where both are unknown."""
    first, second = values
    if first is None and second is None:
        return None
    better, change = None, ""
    if first is not None and second is not None and first != second:
        better = int((second > first) == (wanted == MORE))
        if first:
            change = f"{100 * (second - first) / abs(first):+.1f} %"
    return Row(name, (write(first), write(second)), better, change, first != second)


def _said(name: str, values: Sequence[object]) -> Row:
    first, second = ("-" if value is None else str(value) for value in values)
    return Row(name, (first, second), differ=first != second)


def rows(subjects: Sequence[Subject]) -> dict[str, list[Row]]:
    """Lay out what there is to compare of two, by theme."""
    reports = [one.build.report if one.build else None for one in subjects]

    def told(name: str) -> list[Any]:
        return [None if report is None else getattr(report, name) for report in reports]

    shares = [None if found is None else found.share for found in map(accuracy, subjects)]
    errors = [None if found is None else found.size for found in map(error, subjects)]
    paths = [", ".join(each or ()) or None for each in told("critical_path")]
    themes: dict[str, list[Row | None]] = {
        "Answers": [
            _row("right answers", shares, percent, MORE),
            _row("error, root mean square", errors, significant, LESS),
        ],
        "Speed": [
            _row("time a sequence", told("latency_us_per_sequence"), duration, LESS),
            _row("steps a second", told("steps_per_second"), count, MORE),
            _row("clock, MHz", told("clock_mhz"), count, MORE),
            _row("cycles a step", told("cycles_per_step"), count, LESS),
        ],
        "Chip": [
            _row("logic cells", told("luts"), count, LESS),
            _row("flip-flops", told("ffs"), count, LESS),
            _row("block RAMs", told("brams"), count, LESS),
            _row("large RAMs", told("spram"), count, LESS),
            _row("multipliers", told("dsps"), count, LESS),
            _row("bits of weights", [one.model.weight_bits for one in subjects], count, LESS),
        ],
        "What they are": [
            _said("board", told("board")),
            _said("device", told("device")),
            _said("engine", told("engine")),
            _said("lanes", told("lanes")),
            _said("units", [one.model.hidden for one in subjects]),
            _said("bits of a state", [one.model.state_bits for one in subjects]),
            _said("sums", [one.model.transform for one in subjects]),
            _said("classes", [len(one.model.labels) for one in subjects]),
            _said("longest path", paths),
            _said("proven", [_levels(report) for report in reports]),
        ],
    }
    return {name: [row for row in found if row is not None] for name, found in themes.items()}


def _levels(report: Any) -> str | None:
    return None if report is None else ", ".join(str(each.get("level")) for each in report.verified)


def page(subjects: Sequence[Subject], names: Sequence[str]) -> str:
    """Make the page of two, as ``names`` call them."""
    sides = [
        {
            "name": name,
            "title": one.title,
            "about": about(one),
            "verdict": verdict(one),
            "parts": chip_parts(one.build.report if one.build else None),
        }
        for name, one in zip(names, subjects)
    ]
    return rendered(
        "comparison.html",
        {
            "title": " beside ".join(one.title for one in subjects),
            "sides": sides,
            "themes": {name: found for name, found in rows(subjects).items() if found},
            "style": resource("base.css") + resource("comparison.css"),
            "script": resource("base.js"),
            "version": version("qrnn-hw"),
        },
    )
