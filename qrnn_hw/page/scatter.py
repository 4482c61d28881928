"""Points in a plane of two costs or merits, the best ones joined: a picture, and a table beside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qrnn_hw.page.words import significant
from qrnn_hw.sweep.pareto import front

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 66, 16, 14, 46
SHAPES = 5  # that the template draws
FEW = 3  # ticks
ROOM = 0.06  # of a side, beyond the outermost points


@dataclass(frozen=True)
class Axis:
    """A side of the picture.

    Parameters
    ----------
    label
        What it is.
    log
        Whether equal distances are equal ratios.
    share
        Whether it is one, written in percent.
    limit
        A line across, such as the end of what a chip has; None for none.
    less
        Whether less of it is better, across the picture; less is always better along it.
    """

    label: str
    log: bool = False
    share: bool = False
    limit: float | None = None
    less: bool = False

    def at(self, value: float) -> float:
        """Return where a value lies, in any unit."""
        return math.log10(value) if self.log else value

    def written(self, value: float) -> str:
        """Write a value."""
        return f"{100 * value:.4g} %" if self.share else significant(value)


@dataclass(frozen=True)
class Spot:
    """A point.

    Parameters
    ----------
    x, y
        Where it is.
    kind
        Which of the chart's kinds.
    name
        What it is, in few words.
    figures
        What the table has of it, as the chart's columns.
    command
        What to type for it; "" if there is nothing.
    chosen, faint
        Whether it is the one that is taken; whether it is no choice.
    """

    x: float
    y: float
    kind: int
    name: str
    figures: tuple[str, ...]
    command: str = ""
    chosen: bool = False
    faint: bool = False


def ticks(low: float, high: float, log: bool, about: int = 6) -> list[float]:
    """Choose round numbers between two.

    >>> ticks(0.0, 100.0, False), ticks(300.0, 20000.0, True)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0])
    """
    if log:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        fine = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
        inside = [value for value in fine if low <= value <= high]
        if len(inside) < FEW:
            return ticks(low, high, False, about)
        return inside if len(inside) <= about else [v for v in inside if f"{v:e}"[0] == "1"]
    raw = (high - low) / about or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    unit = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= raw * 0.999)
    first, last = math.ceil(low / unit - 1e-9), math.floor(high / unit + 1e-9)
    return [round(place * unit, 12) for place in range(first, last + 1)]


def _span(values: Sequence[float], axis: Axis) -> tuple[float, float]:
    places = [axis.at(value) for value in values]
    if axis.limit is not None and axis.at(axis.limit) < max(places) * 1.5:
        places.append(axis.at(axis.limit))
    low, high = min(places), max(places)
    more = ROOM * (high - low) or 0.5
    return low - more, high + more


def chart(
    name: str,
    heading: str,
    spots: Sequence[Spot],
    x: Axis,
    y: Axis,
    kinds: Sequence[str],
    columns: Sequence[str],
    lines: Sequence[str] = (),
) -> dict[str, Any]:
    """Lay out a chart for the template ``front.html``.

    Parameters
    ----------
    name
        Of its place in the page.
    spots
        One or more.
    kinds
        What the kinds of points are.
    columns
        Headings of their figures.
    lines
        What is said below.
    """
    (west, east), (south, north) = _span([s.x for s in spots], x), _span([s.y for s in spots], y)

    def across(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (x.at(value) - west) / (east - west)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (y.at(value) - south) / (north - south)

    def sides(axis: Axis, low: float, high: float, place: Any) -> list[tuple[float, str]]:
        ends = (10**low, 10**high) if axis.log else (low, high)
        return [(round(place(v), 1), axis.written(v)) for v in ticks(*ends, axis.log)]

    choices = [place for place, spot in enumerate(spots) if not spot.faint]
    sign = -1 if y.less else 1
    best = front([(spots[place].x, sign * spots[place].y) for place in choices])
    line = [choices[place] for place in best]
    placed: list[dict[str, Any]] = [
        {
            "spot": spot, "x": round(across(spot.x), 1), "y": round(up(spot.y), 1),
            "front": place in line,
        }
        for place, spot in enumerate(spots)
    ]  # fmt: skip
    best_ones = [placed[place] for place in line]
    placed.sort(key=lambda one: (not one["spot"].faint, one["front"], one["spot"].chosen))
    limit = None if x.limit is None or not west <= x.at(x.limit) <= east else across(x.limit)
    present = sorted({spot.kind for spot in spots})
    return {
        "name": name, "heading": heading, "width": WIDTH, "height": HEIGHT,
        "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM,
        "x": x, "y": y, "across": sides(x, west, east, across), "up": sides(y, south, north, up),
        "points": placed, "front": best_ones, "line": [(one["x"], one["y"]) for one in best_ones],
        "limit": limit and round(limit, 1), "kinds": [(kind, kinds[kind]) for kind in present],
        "shapes": SHAPES, "columns": columns, "lines": lines,
        "chosen": next((spot for spot in spots if spot.chosen), None),
        "left_out": sum(spot.faint for spot in spots),
    }  # fmt: skip
