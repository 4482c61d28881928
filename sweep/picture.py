"""The picture ``pareto.svg``."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from qrnn_hw.sweep.marks import Mark, View

MARKS = {
    "hadamrnn": ("#2a9d5c", "P"),
    "block-hadamrnn": ("#1b6ca8", "o"),
    "qornn": ("#d1495b", "s"),
    "ornn": ("#777777", "^"),
    "lstm": ("#777777", "D"),
    "gru": ("#777777", "v"),
}
FAINT = 0.25
STYLE: dict[Any, Any] = {"svg.hashsalt": "qrnn-hw", "font.size": 9}
LINE: dict[str, Any] = {"color": "#333333", "lw": 1, "drawstyle": "steps-post"}
# Spans of costs: from this factor on their axis is logarithmic, and only tens are labelled.
WIDE, LABELLED = 4, 40


def _scale(view: View) -> float:
    return 100 if view.measure == "accuracy" else 1


def _plot(axes: Axes, view: View, marks: Sequence[Mark]) -> None:
    scale = _scale(view)
    line = sorted((mark.cost, scale * mark.val) for mark in marks if mark.best)
    if line:
        axes.plot(*zip(*line), **LINE, zorder=2)
    for mark in marks:
        colour, shape = MARKS[mark.cell]
        alpha = 1 if mark.best else FAINT
        axes.errorbar(
            mark.cost, scale * mark.val, scale * mark.spread or None, color=colour, marker=shape,
            ms=5, lw=0, elinewidth=1, capsize=2, alpha=alpha, zorder=3,
        )  # fmt: skip
        if mark.best:
            axes.plot(mark.cost, scale * mark.test, shape, ms=7, mfc="none", mec=colour, zorder=3)
    if not marks:
        axes.text(0.5, 0.5, "nothing to show", ha="center", transform=axes.transAxes)
    costs = [mark.cost for mark in marks]
    if marks and max(costs) >= WIDE * min(costs):
        axes.set_xscale("log")
        subs = (1, 2, 5) if max(costs) < LABELLED * min(costs) else (1,)
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel(view.label)
    kind = "integers" if view.built else "float"
    axes.set_ylabel(f"{view.measure}{', %' if scale > 1 else ''} ({kind})")
    axes.grid(color="#dddddd", zorder=0)


def _legend(figure: Figure, cells: Sequence[str]) -> None:
    handles = [Line2D([], [], **LINE, label="front, by validation")]
    for cell in cells:
        colour, shape = MARKS[cell]
        handles.append(Line2D([], [], lw=0, color=colour, marker=shape, label=cell))
    handles.append(
        Line2D([], [], lw=0, marker="o", mfc="none", mec="#333333", label="hollow: test")
    )
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False)


def draw(title: str, plots: Sequence[tuple[View, Sequence[Mark]]]) -> bytes:
    """Draw the plots side by side, as an SVG. The same marks give the same bytes."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.6 * len(plots), 3.6))
        FigureCanvasSVG(figure)
        for axes, (view, marks) in zip(figure.subplots(1, len(plots), squeeze=False)[0], plots):
            _plot(axes, view, marks)
        # A title may be the name of a file: no formula, and of bytes that are no text.
        figure.suptitle(title.encode(errors="backslashreplace").decode(), parse_math=False)
        shown = {mark.cell for _, marks in plots for mark in marks}
        _legend(figure, [cell for cell in MARKS if cell in shown])
        figure.tight_layout(rect=(0, 0.08, 1, 1))
        content = io.BytesIO()
        figure.savefig(content, format="svg", metadata={"Date": None})
        return content.getvalue()
