"""What a sweep found."""

from collections.abc import Sequence
from dataclasses import dataclass

from qrnn_hw.sweep.marks import Mark, View, marks, views
from qrnn_hw.sweep.points import Point
from qrnn_hw.sweep.rows import Row


@dataclass(frozen=True)
class Answer:
    """What a sweep found.

    Parameters
    ----------
    runs, failed
        How many were asked for, and how many of them have no network.
    error
        Why the first of those has none; empty if all have one.
    plots
        The views, each with the points that can be seen.
    """

    runs: int
    failed: int
    error: str
    plots: tuple[tuple[View, tuple[Mark, ...]], ...]

    @property
    def best(self) -> Mark | None:
        """The point that validates best; the smallest of those that do as well."""
        view, seen = self.plots[0]
        return max(seen, key=lambda mark: (view.merit(mark.val), -mark.cost), default=None)

    @property
    def front(self) -> list[Mark]:
        """The points that no other validates better than in as few bytes, by rising bytes."""
        return sorted((mark for mark in self.plots[0][1] if mark.best), key=lambda mark: mark.cost)


def answer(points: Sequence[tuple[Point, Sequence[Row]]], measure: str) -> Answer:
    """Look at the rows of every point.

    Parameters
    ----------
    measure
        "accuracy" or "loss": what the task is judged by.
    """
    errors = [row["error"] for _, rows in points for row in rows]
    return Answer(
        runs=len(errors),
        failed=sum(error is not None for error in errors),
        error=next(filter(None, errors), ""),
        plots=tuple((view, tuple(marks(points, view))) for view in views(measure)),
    )
