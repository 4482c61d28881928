"""``qrnn-hw data``: what is understood of people's data, before anything is trained."""

from pathlib import Path
from shlex import quote
from typing import Any

import click
import numpy as np
from rich.table import Table

from qrnn_hw.cli.console import Screen, console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import tell
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.options.train import layout_options
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.readers.wave import RATE
from qrnn_hw.data.source import read_source
from qrnn_hw.data.understood import BARS, SHADES, Understood, sparkline, understood

SHOWN = 40  # classes


@command(name="data", short_help="What is understood of your files, before training.")
@click.argument("path", type=NamedPath(path_type=Path))
@layout_options
@json_option
def data(path: Path, as_json: bool, **asked: Any) -> None:
    """Show what is understood of PATH, a file or a folder, and how it would be trained on.

    PATH is what `train data --data PATH` takes, and the options are those that say how its tables
    are to be read; docs/data.md describes both.
    """
    layout = Layout(**{name: value for name, value in asked.items() if value is not None})
    out = console(as_json)
    with out.status(f"reads {path}"):
        found = understood(read_source(path, layout), layout)
    tell(found.notes)
    _splits(found, out)
    _channels(found, out)
    _classes(found, out)
    _training(found, layout, out)
    emit(as_json, found.to_dict())


def _splits(found: Understood, out: Screen) -> None:
    rate = RATE if found.kind == "sound" else found.rate
    table = Table(title=f"{found.source.path}: {found.source.kind}, {found.kind}")
    headings = ["split", "sequences", "shortest", "median", "longest"]
    for heading in [*headings, *(["seconds"] if rate else [])]:
        table.add_column(heading, justify="right")
    for split, steps in found.lengths.items():
        row = [split.removeprefix("_") or "all", len(steps), steps.min(), f"{np.median(steps):g}",
               steps.max()]  # fmt: skip
        if rate:
            row.append(f"{steps.min() / rate:.3g} to {steps.max() / rate:.3g}")
        table.add_row(*map(str, row))
    out.print(table)
    if rate:
        out.say(f"rate: {rate:g} steps a second")
    if found.held:
        out.say(f"missing values that were held: {found.held:,}")


def _channels(found: Understood, out: Screen) -> None:
    bars = SHADES if out.options.ascii_only else BARS
    table = Table(title="channels, of the first sequence a line")
    for heading in ("channel", "unit", "least", "median", "largest", "first sequence"):
        table.add_column(heading, justify="left" if heading == "first sequence" else "right")
    for number, each in enumerate(found.channels, 1):
        numbers = (f"{value:.6g}" for value in (each.low, each.middle, each.high))
        table.add_row(
            each.name or str(number), each.unit, *numbers, sparkline(each.first, bars=bars)
        )
    out.print(table)


def _classes(found: Understood, out: Screen) -> None:
    majority = found.majority
    if majority is None:
        out.say("classes: none, there are no labels")
        return
    names = list(dict.fromkeys(name for counts in found.classes.values() for name in counts))
    table = Table(title="sequences of each class")
    table.add_column("class", justify="right")
    for split in found.classes:
        table.add_column(split.removeprefix("_") or "all", justify="right")
    for name in names[:SHOWN]:
        table.add_row(name, *(str(counts.get(name, 0)) for counts in found.classes.values()))
    out.print(table)
    if len(names) > SHOWN:
        out.say(f"and {len(names) - SHOWN} more")
    out.say(f"whoever always says {majority[0]!r} is right in {majority[1]:.1%}")


def _training(found: Understood, layout: Layout, out: Screen) -> None:
    if found.dataset is None:
        out.say(("not to be trained on", "yellow"), f": {found.obstacle}")
        if found.obstacle is not None and found.obstacle.hint:
            out.say(f"next: {found.obstacle.hint}")
        return
    dataset = found.dataset
    sizes = ", ".join(f"{name} {count}" for name, count in dataset.sizes.items())
    out.say(f"would be trained on: {sizes}")
    for note in dataset.notes:
        if note not in found.notes:
            out.say(f"  {note}")
    for warning in dataset.warnings:
        out.warn(warning)
    said = [f"--{name}" if value is True else f"--{name} {quote(str(value))}"
            for name, value in layout.said.items()]  # fmt: skip
    words = ["qrnn-hw train data --data", quote(str(found.source.path)), *said, "-o model.pt"]
    out.say(f"next: {' '.join(words)}")
    hears = ["--front-end"] if found.kind == "sound" else []
    words = ["qrnn-hw build", quote(str(found.source.path)), *said, *hears]
    out.say(f"or both, training and a board's bitstream: {' '.join(words)}")
