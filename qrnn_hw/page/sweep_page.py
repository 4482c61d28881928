"""What a sweep found, as a page: ``pareto.html`` in its folder."""

import shlex
from collections.abc import Mapping
from typing import Any

from qrnn_hw.page.front_page import front_page
from qrnn_hw.page.scatter import Axis, Spot, chart
from qrnn_hw.page.words import count, percent, significant
from qrnn_hw.sweep.answer import Answer
from qrnn_hw.sweep.axes import option
from qrnn_hw.sweep.marks import Mark, View
from qrnn_hw.sweep.points import Point, show


def train_command(question: Mapping[str, Any], data: str | None, point: Point) -> str:
    """Return what trains a network as at a point.

    Parameters
    ----------
    question
        Of the sweep: "task", "options", "fixed" and "seeds".
    data
        The path of its data.
    """
    words = ["qrnn-hw", "train", str(question["task"])]
    if data is not None:
        words += ["--data", data]
    given = {**question["options"], **question["fixed"], **point}
    for name, value in given.items():
        if value is None or value is False:
            continue
        words.append(f"--{option(name)}")
        if value is not True:
            words.append(str(value))
    return shlex.join([*words, "--seed", str(question["seeds"][0]), "-o", "best.pt"])


def sweep_page(question: Mapping[str, Any], data: str | None, answer: Answer) -> str:
    """Make the page: a chart for each of the sweep's views."""
    charts = [
        _chart(question, data, view, seen, answer.best) for view, seen in answer.plots if seen
    ]
    about = (
        f"{count(answer.runs)} runs of {question['task']}, {count(answer.failed)} of them failed. "
        "Points are means over seeds, and validation alone chooses."
    )
    return front_page(f"A sweep of {question['task']}", about, charts)


def _chart(
    question: Mapping[str, Any], data: str | None, view: View, seen: tuple[Mark, ...],
    best: Mark | None,
) -> dict[str, Any]:  # fmt: skip
    cells = sorted({mark.cell for mark in seen})
    share = view.measure == "accuracy"
    write = (lambda value: percent(value, 2)) if share else (lambda value: significant(value, 4))
    spots = [
        Spot(
            mark.cost, mark.val, cells.index(mark.cell), show(mark.point) or mark.cell,
            (significant(mark.cost), write(mark.val), write(mark.test)),
            train_command(question, data, mark.point),
            best is not None and mark.point == best.point,
        )
        for mark in seen
    ]  # fmt: skip
    log = all(mark.cost > 0 for mark in seen)
    return chart(
        view.cost.replace("_", "-"), view.label, spots, Axis(view.label, log=log),
        Axis(f"validation {view.measure}", share=share, less=not share), cells,
        (view.label, f"validation {view.measure}", f"test {view.measure}"),
    )  # fmt: skip
