"""The page docs/results.md, from the runs."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from grid import SEEDS, TASKS, Network
from picture import draw
from runs import read

DOCS = Path(__file__).parent.parent / "docs"
WIDTHS = ("12", "8")
AXES = {"accuracy": "test accuracy, %", "bits": "bits a character"}  # the others are not drawn

TEMPLATE = Path(__file__).with_name("page.md")


def score(card: dict[str, Any], metric: str, width: str | None = None) -> float | None:
    """Give the result of a network on the test split.

    Parameters
    ----------
    card
        Of a run.
    metric
        Of ``grid.Task``.
    width
        Of the states of the integers; None for the float network.
    """
    scores = card if width is None else card.get("test_integers", {}).get(width)
    if scores is None:
        return None
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
    if network.like is None:
        return network.title
    other = TASKS[task].networks[network.like].title.split(",")
    model = ",".join(other[:1] if other[0] != "QORNN" else [other[0], *other[2:]])
    return f"{network.title}, d = {card['recipe']['hidden']}, as {model}"


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


def _hardware(task: str, network: Network, build: dict[str, Any]) -> str:
    checked = build["verified"][0]
    microseconds = build["latency_us_per_sequence"]
    cells = [
        TASKS[task].title,
        network.title,
        build["engine"],
        f"{build['luts']}",
        f"{build['brams']}",
        f"{build['spram'] or 0}",
        f"{build['fmax_mhz']:.1f}",
        f"{build['cycles_per_step']:g}",
        f"{microseconds / 1000:.2f} ms",
        f"{checked['values']:,} of {checked['sequences']} sequences",
    ]
    return f"| {' | '.join(cells)} |\n"


def text(rows: Sequence[Row]) -> str:
    """Write the page of what :func:`found` finds."""
    numbers = ", ".join(map(str, SEEDS))
    built = [(*row[:2], row[2][0]["build"]) for row in rows if "build" in row[2][0]]
    mhz = f"{built[0][2]['clock_mhz']:g}" if built else ""
    return TEMPLATE.read_text().format(
        seeds=len(SEEDS),
        numbers=numbers,
        mhz=mhz,
        accuracy="".join(_accuracy(*row) for row in rows),
        hardware="".join(_hardware(*row) for row in built),
    )


def write() -> tuple[Path, Path]:
    """Write the page and its picture."""
    paths, rows = (DOCS / "results.md", DOCS / "results.svg"), list(found())
    paths[0].write_text(text(rows))
    ran = {task for task, *_ in rows}
    drawn = {
        task: (about.title, AXES[about.metric])
        for task, about in TASKS.items()
        if about.metric in AXES and task in ran
    }
    points = [
        (task, network.title.split(",")[0], mean(run["card"]["bytes"] for run in runs),
         mean(score(run["card"], TASKS[task].metric) for run in runs))
        for task, network, runs in rows if task in drawn
    ]  # fmt: skip
    draw(points, drawn, paths[1])
    return paths
