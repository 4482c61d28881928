"""How far a sweep has come, on the screen."""

from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from qrnn_hw.cli.console import Screen
from qrnn_hw.sweep.plan import Planned
from qrnn_hw.sweep.points import show


class SweepProgress:
    """A bar of runs, and the best of them so far.

    Parameters
    ----------
    total
        Runs that are asked for.
    measure
        "accuracy" or "loss": what the task is judged by.
    screen
        Where it is drawn.

    Attributes
    ----------
    trained
        Runs that were not there before.
    """

    def __init__(self, total: int, measure: str, screen: Screen) -> None:
        self.trained = 0
        self._column, self._sign = f"val_{measure}", -1 if measure == "loss" else 1
        self._form = ".4g" if measure == "loss" else ".2%"
        self._best: float | None = None
        wide = Column(ratio=1, no_wrap=True)
        self._bar = Progress(
            TextColumn("runs"),
            MofNCompleteColumn(),
            BarColumn(20),
            TextColumn("{task.fields[best]}", markup=False, table_column=wide),
            TimeElapsedColumn(),
            console=screen,
            expand=True,
        )
        self._task = self._bar.add_task("sweep", total=total, best="")

    def __enter__(self) -> "SweepProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def report(self, run: Planned, done: Mapping[str, Any], new: bool) -> None:
        """Count a run that is done."""
        self.trained += new
        if done["card"] is not None:
            value = done["card"][self._column]
            if self._best is None or self._sign * value > self._sign * self._best:
                self._best = value
                where = f"{show(run.point)} seed={run.recipe.seed}"
                best = f"best validation {value:{self._form}}: {where}"
                self._bar.update(self._task, best=best)
        self._bar.advance(self._task)
