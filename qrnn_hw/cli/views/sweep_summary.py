"""What a person, or a program, wants to know at the end of ``qrnn-hw sweep``."""

from pathlib import Path
from typing import Any

from rich.table import Table

from qrnn_hw.sweep.answer import Answer
from qrnn_hw.sweep.axes import NONE, option
from qrnn_hw.sweep.marks import Mark, View


def score(view: View, value: float, spread: float = 0.0) -> str:
    """Write a score as people do."""
    form = ".2%" if view.measure == "accuracy" else ".4g"
    return f"{value:{form}}" + (f" ± {spread:{form}}" if spread else "")


def front_table(answer: Answer) -> Table:
    """Lay out the front of accuracy against bytes."""
    view = answer.plots[0][0]
    table = Table(title="the front: chosen on validation, mean over seeds")
    front = answer.front
    for name in front[0].point if front else ():
        table.add_column(option(name))
    for heading in ("bytes", f"validation {view.measure}", f"test {view.measure}"):
        table.add_column(heading, justify="right")
    for mark in front:
        values = (NONE if value is None else str(value) for value in mark.point.values())
        scores = score(view, mark.val, mark.spread), score(view, mark.test)
        table.add_row(*values, f"{mark.cost:.0f}", *scores)
    return table


def _mark(view: View, mark: Mark) -> dict[str, Any]:
    return {
        **{option(name): value for name, value in mark.point.items()},
        "cell": mark.cell,
        view.cost: mark.cost,
        f"val_{view.measure}": mark.val,
        f"test_{view.measure}": mark.test,
    }


def summary(answer: Answer, trained: int, output: Path) -> dict[str, Any]:
    """Lay out the same for programs.

    Parameters
    ----------
    trained
        Runs that were not there before.
    output
        The folder.
    """
    view = answer.plots[0][0]
    return {
        "runs": answer.runs,
        "trained": trained,
        "failed": answer.failed,
        "best": None if answer.best is None else _mark(view, answer.best),
        "front": [_mark(view, mark) for mark in answer.front],
        "csv": str(output / "sweep.csv"),
        "picture": str(output / "pareto.svg"),
        "folder": str(output),
    }
