"""The page docs/results.md and its picture, from the runs."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from results_grid import SEEDS, TASKS, Network, Task, read, read_simpler

DOCS = Path(__file__).parent.parent / "docs"
WIDTHS = ("12", "8")
COLUMNS = 4  # of plots
AXES = {"accuracy": "test accuracy, %", "bits": "bits a character"}  # the others are not drawn
TEMPLATE = Path(__file__).with_name("results_page.md")
MARKS = {
    "Block-HadamRNN": ("#1b6ca8", "o"),
    "HadamRNN": ("#2e8b57", "P"),
    "HadamRNN with real weights": ("#777777", "P"),
    "QORNN": ("#d1495b", "s"),
    "ORNN": ("#777777", "^"),
    "LSTM": ("#777777", "D"),
    "GRU": ("#777777", "v"),
    "Block-HadamRNN read as a whole": ("#1b6ca8", "*"),
    "LSTM of 4 bits": ("#222222", "D"),
    "GRU of 4 bits": ("#222222", "v"),
}


def score(card: dict[str, Any], metric: str, width: str | None = None) -> float | None:
    """Give the result of a network on the test split.

    Parameters
    ----------
    card
        Of a run.
    metric
        Of ``results_grid.Task``.
    width
        Of the states of the integers; None for the float network.
    """
    scores = card if width is None else card.get("test_integers", {}).get(width)
    pooled = card.get("recipe", {}).get("readout") == "pooled"
    if scores is None or (width is None and pooled):
        return None  # a pooled readout is trained on integers alone
    prefix = "test_" if width is None else ""
    if metric == "accuracy":
        return 100 * scores[f"{prefix}accuracy"]
    return scores[f"{prefix}loss"] / (math.log(2) if metric == "bits" else 1)


def _spread(values: list[float | None], metric: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    form = ".1e" if metric == "loss" else ".2f"
    return f"{mean(known):{form}}" + (f" ± {stdev(known):{form}}" if len(known) > 1 else "")


def title(network: Network, card: dict[str, Any], task: str) -> str:
    """Name a network in full."""
    own = network.title.format(**card["recipe"])
    if network.like is None:
        return own
    other = TASKS[task].networks[network.like].title.split(",")
    model = ",".join(other[:1] if other[0] != "QORNN" else [other[0], *other[2:]])
    return f"{own}, d = {card['recipe']['hidden']}, as {model}"


Row = tuple[str, Network, list[dict[str, Any]]]


def found() -> Iterator[Row]:
    """Go through the networks that have run: the task, the network and its runs."""
    for task, about in TASKS.items():
        for name, network in about.networks.items():
            runs = [run for seed in about.seeds_of(name) if (run := read(task, name, seed))]
            if runs:
                yield task, network, runs


def _accuracy(task: str, network: Network, runs: list[dict[str, Any]]) -> str:
    cards = [run["card"] for run in runs]
    about = TASKS[task]
    cells = [
        about.title,
        title(network, cards[0], task),
        f"{round(mean(card['bytes'] for card in cards)):,}",
        *(
            _spread([score(card, about.metric, width) for card in cards], about.metric)
            for width in (None, *WIDTHS)
        ),
        f"{mean(run['seconds'] for run in runs):.0f} s",
    ]
    wanted = len(network.seeds or about.seeds)
    if len(runs) < wanted:
        cells[1] += f" ({len(runs)} of {wanted} seeds)"
    elif network.seeds:
        cells[1] += f" ({wanted} seeds)"
    return f"| {' | '.join(cells)} |\n"


def _beside(task: str) -> Iterator[str]:
    """Write the rows of what simpler ways come to on a task."""
    about = TASKS[task]
    for way in read_simpler(task):
        result = _spread([score(way["card"], about.metric)], about.metric)
        yield f"| {about.title} | {way['title']} | {way['bytes']:,} | {result} |  |  |  |\n"


def _table(rows: Sequence[Row]) -> str:
    """Write the rows of all tasks, simpler ways below the networks of each."""
    lines: list[str] = []
    for task in dict.fromkeys(row[0] for row in rows):
        lines += [_accuracy(*row) for row in rows if row[0] == task] + [*_beside(task)]
    return "".join(lines)


def _hardware(task: str, network: Network, run: dict[str, Any]) -> str:
    build, card = run["build"], run["card"]
    checked = build["verified"][0]
    microseconds = build["latency_us_per_sequence"]
    cells = [
        TASKS[task].title,
        title(network, card, task),
        build["engine"],
        f"{build['luts']}",
        f"{build['brams']}",
        f"{build['spram'] or 0}",
        f"{build['clock_mhz']:g}",
        f"{build['fmax_mhz']:.1f}",
        f"{build['cycles_per_step']:g}",
        f"{microseconds / 1000:.2f} ms",
        f"{checked['values']:,} of {checked['sequences']} sequences",
    ]
    return f"| {' | '.join(cells)} |\n"


def text(rows: Sequence[Row]) -> str:
    """Write the page of what :func:`found` finds."""
    numbers = ", ".join(map(str, SEEDS))
    built = [(*row[:2], row[2][0]) for row in rows if "build" in row[2][0]]
    return TEMPLATE.read_text().format(
        seeds=len(SEEDS),
        numbers=numbers,
        accuracy=_table(rows),
        hardware="".join(_hardware(*row) for row in built),
    )


def _drawn(card: dict[str, Any], metric: str) -> float:
    """Give the result that is drawn: the float network's, or that of 12 bits for want of one."""
    found = score(card, metric)
    return score(card, metric, "12") if found is None else found


def _plot(axes: Axes, about: Task, rows: Sequence[Row]) -> None:
    """Plot the result of a task's networks against the bytes of their weights."""
    for family, (colour, mark) in MARKS.items():
        points = [
            (mean(run["card"]["bytes"] for run in runs),
             mean(_drawn(run["card"], about.metric) for run in runs))
            for _, network, runs in rows if network.title.split(",")[0] == family
        ]  # fmt: skip
        if points:
            look = {"c": colour, "marker": mark, "edgecolors": "white", "linewidths": 0.5}
            axes.scatter(*zip(*points), s=48, label=family, zorder=2, **look)
    axes.set_xscale("log")
    axes.set_title(about.title)
    axes.set_xlabel("bytes of weights")
    axes.set_ylabel(AXES[about.metric])
    axes.grid(color="#dddddd", zorder=0)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw a plot for each task that has an axis, as an SVG. The same rows give the same bytes."""
    tasks = [
        task for task in TASKS if TASKS[task].metric in AXES and task in {row[0] for row in rows}
    ]
    with mpl.rc_context({"svg.hashsalt": "qrnn-hw", "font.size": 9}):
        columns = min(len(tasks), COLUMNS)
        lines = -(-len(tasks) // columns)
        figure = Figure(figsize=(3 * columns, 2.7 * lines + 0.5))
        FigureCanvasSVG(figure)
        plots = figure.subplots(lines, columns, sharex=True, squeeze=False).ravel()
        for axes in plots[len(tasks) :]:
            axes.remove()
        plots = plots[: len(tasks)]
        for axes, task in zip(plots, tasks):
            axes.tick_params(labelbottom=True)
            _plot(axes, TASKS[task], [row for row in rows if row[0] == task])
        handles = {label: handle for axes in plots
                   for handle, label in zip(*axes.get_legend_handles_labels())}  # fmt: skip
        figure.legend(handles.values(), handles, loc="lower center", ncols=5, frameon=False)
        figure.tight_layout(rect=(0, 0.6 / figure.get_figheight(), 1, 1))
        figure.savefig(path, metadata={"Date": None})


def write() -> tuple[Path, Path]:
    """Write the page and its picture."""
    page, picture, rows = DOCS / "results.md", DOCS / "results.svg", list(found())
    page.write_text(text(rows))
    draw(rows, picture)
    return page, picture
