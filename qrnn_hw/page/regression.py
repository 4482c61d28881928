"""The numbers of a regression: what is answered against what is right, and how far off that is."""

import math
from typing import Any

import numpy as np

from qrnn_hw.export.check import Reals
from qrnn_hw.page.course import Course
from qrnn_hw.page.gallery import far, marks
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.words import count, significant

WIDTH, HEIGHT = 460, 340  # of a plot, in units of its picture
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 44  # margins
TICKS = 5  # of an axis, about
MOST = 600  # points


def regression(subject: Subject, course: Course, shown: dict[int, int]) -> dict[str, Any] | None:
    """Lay out two plots and the figures of errors; None where nothing says what is right.

    Parameters
    ----------
    shown
        For the numbers of sequences that can be looked at, their places in the gallery.
    """
    truth = course.sequences.truth
    if truth is None or not subject.number:
        return None
    answers = course.values[course.last][:, 0]
    rows = marks(len(truth), MOST)
    errors = answers - truth
    items = [shown.get(row) for row in rows.tolist()]
    x = _Axis("what is right", truth, LEFT, WIDTH - RIGHT)
    both = np.concatenate([truth, answers])
    up = _Axis("answered", both, HEIGHT - BOTTOM, TOP)
    low, high = max(x.low, up.low), min(x.high, up.high)
    against = _plot(x, up, truth[rows], answers[rows], items, ((low, low), (high, high)))
    off = _Axis("off by", np.append(errors, 0), HEIGHT - BOTTOM, TOP)
    residuals = _plot(x, off, truth[rows], errors[rows], items, ((x.low, 0), (x.high, 0)))
    return {
        "plots": [
            {"heading": "Answers against what is right", **against,
             "told": "Every sequence is a point. On the line answers are right."},
            {"heading": "How far off they are", **residuals,
             "told": "What is answered less what is right. Above the line it is too much."},
        ],
        "figures": figures(truth, answers, course),
        "count": len(truth), "width": WIDTH, "height": HEIGHT,
        "box": (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
    }  # fmt: skip


def figures(truth: Reals, answers: Reals, course: Course) -> list[tuple[str, str, str]]:
    """List figures of errors, each with its name and what it means.

    Parameters
    ----------
    truth, answers
        (n,), one or more.
    """
    errors = answers - truth
    sizes = np.abs(errors)
    spread = float(truth.std())
    rms = math.sqrt(float(np.square(errors).mean()))
    found = [
        ("root mean square error", significant(rms), "large errors count more than small ones"),
        ("mean absolute error", significant(float(sizes.mean())), ""),
        ("nine of ten are off by less than", significant(float(np.quantile(sizes, 0.9))), ""),
        ("largest error", significant(float(sizes.max())), ""),
        (
            "mean error",
            f"{float(errors.mean()):+.3g}",
            "above 0: too much is answered on the whole",
        ),
        ("always the mean of these", significant(spread), "its root mean square error"),
    ]
    if spread:
        explained = 1 - (rms / spread) ** 2
        found.append(("R²", f"{explained:.3f}", "1: all right; 0: as good as the mean"))
    if course.floats is not None:
        theirs = course.floats[course.last][:, 0] - truth
        size = math.sqrt(float(np.square(theirs).mean()))
        said = "root mean square error"
        found.append(("the network in real numbers", significant(size), said))
    return found


class _Axis:
    """An axis: its range, a little beyond the values, and where a value is."""

    def __init__(self, name: str, values: Reals, begin: float, end: float) -> None:
        low, high = float(values.min()), float(values.max())
        margin = 0.04 * (high - low) or max(abs(low), 1.0) * 0.04
        self.name, self.low, self.high = name, low - margin, high + margin
        self.begin, self.end = begin, end

    def at(self, value: float) -> float:
        """Return where a value is in the picture."""
        return self.begin + (self.end - self.begin) * (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[str, str]]:
        """List round values, as text, with where they are."""
        span = self.high - self.low
        power = 10 ** math.floor(math.log10(span / TICKS))
        unit = next(each * power for each in (1, 2, 5, 10) if each * power >= span / TICKS)
        first, last = math.ceil(self.low / unit), math.floor(self.high / unit)
        places = max(0, -math.floor(math.log10(unit)))
        return [
            (f"{place * unit:,.{places}f}", f"{self.at(place * unit):.1f}")
            for place in range(first, last + 1)
        ]


def _plot(
    x: _Axis,
    y: _Axis,
    across: Reals,
    up: Reals,
    items: list[int | None],
    line: tuple[tuple[float, float], tuple[float, float]],
) -> dict[str, Any]:
    """Lay out a plot: its axes, a line from one point to another, and points, far ones marked."""
    outliers = far(up - across) if y.name == "answered" else far(up)
    return {
        "x": {"name": x.name, "ticks": x.ticks()},
        "y": {"name": y.name, "ticks": y.ticks()},
        "line": [(f"{x.at(a):.1f}", f"{y.at(b):.1f}") for a, b in line],
        "points": [
            {"x": f"{x.at(a):.1f}", "y": f"{y.at(b):.1f}", "item": item, "far": is_far}
            for a, b, item, is_far in zip(across.tolist(), up.tolist(), items, outliers)
        ],
        "said": f"{y.name} against {x.name}, {count(len(across))} points",
    }
