"""Points as a plot shows them: means over seeds, and which of them are on the front."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from qrnn_hw.sweep.pareto import front
from qrnn_hw.sweep.points import Point
from qrnn_hw.sweep.rows import Row


@dataclass(frozen=True)
class View:
    """A way to look at a sweep: a score against a cost.

    Parameters
    ----------
    cost
        Column.
    label
        What it is.
    measure
        "accuracy" or "loss".
    built
        Whether the score is that of the integers that are built, instead of the float network's.
    """

    cost: str
    label: str
    measure: str
    built: bool

    def column(self, part: str) -> str:
        """Name the column of the score on a split, "val" or "test"."""
        return f"{part}_{self.measure}{'_built' if self.built else ''}"

    def merit(self, score: float) -> float:
        """Turn a score into what grows with how good it is."""
        return -score if self.measure == "loss" else score


@dataclass(frozen=True)
class Mark:
    """A point, as a view shows it.

    Parameters
    ----------
    point
        Where it lies.
    cell
        What recurs in its networks.
    cost
        Mean over the seeds.
    val, test
        Mean score over the seeds.
    spread
        Standard deviation of the validation score over the seeds; 0 for one.
    best
        Whether it is on the front: nothing costs as little and validates as well.
    """

    point: Point
    cell: str
    cost: float
    val: float
    test: float
    spread: float
    best: bool


def views(measure: str) -> tuple[View, ...]:
    """List the three: hardware computes integers, so their score goes with its cost.

    Neither of the latter is of one core: it is the least of each that the network can be had for.
    """
    return (
        View("bytes", "bytes of weights", measure, False),
        View("least_luts", "logic cells, smallest core", measure, True),
        View("cycles_per_sequence", "cycles a sequence, fastest core", measure, True),
    )


def marks(points: Sequence[tuple[Point, Sequence[Row]]], view: View) -> list[Mark]:
    """Compute means and front; by validation alone, so that the test split chooses nothing.

    Parameters
    ----------
    points
        Each with its rows, one a seed. One with a run that failed is left out, as the other seeds
        would flatter it; and one that has no such cost.
    """
    known = []
    for point, rows in points:
        columns = [[row[name] for row in rows]
                   for name in (view.cost, view.column("val"), view.column("test"))]  # fmt: skip
        if all(value is not None and math.isfinite(value) for each in columns for value in each):
            known.append((point, rows[0]["cell"], columns))
    judged = [(mean(costs), view.merit(mean(vals))) for _, _, (costs, vals, _) in known]
    best = set(front(judged))
    return [
        Mark(
            point, cell, mean(costs), mean(vals), mean(tests),
            stdev(vals) if len(vals) > 1 else 0.0, index in best,
        )
        for index, (point, cell, (costs, vals, tests)) in enumerate(known)
    ]  # fmt: skip
