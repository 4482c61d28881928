"""``qrnn-hw run``: a data set through a board, every answer against the golden run."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.progress import Progress
from rich.table import Table

from qrnn_hw.boards.link.host.host import TIMES, Host
from qrnn_hw.boards.link.host.play import Played, play
from qrnn_hw.cli.console import Screen, console, emit, json_option, styled
from qrnn_hw.cli.options.board import board_options, check_port
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import read_data, tell, wire_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.data.recordings import find_recordings
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, MismatchError, listed
from qrnn_hw.limits import COUNT
from qrnn_hw.target import Target, connected, open_target

SHOWN = 8  # classes that are listed


@command(name="run", short_help="Run sequences on a board, and compare every logit.")
@board_options
@click.option("--data", type=NamedPath(path_type=Path), help="Sequences, as `predict` takes them.")
@wire_option
@click.option("--sequences", "count", type=within(COUNT), help="How many [all].")
@click.option("--logits", "with_logits", is_flag=True, help="Give the board's logits too.")
@click.option("--self-test", is_flag=True, help="Play the sequence that a build folder stores.")
@json_option
def run(
    model_file: Path,
    port: str | None,
    baud: int | None,
    simulate: bool,
    state_bits: int | None,
    transform: str,
    weights: Path | None,
    data: Path | None,
    wire: bool,
    count: int | None,
    with_logits: bool,
    self_test: bool,
    as_json: bool,
) -> None:
    """Run sequences on a board, and compare every logit and class with the golden run.

    MODEL is a model.pt, a model.json or a build folder, and the board must hold it. The sequences
    are those in model.pt, or --data; a board that was built with --front-end takes raw sound.
    """
    check_port(port, simulate)
    if self_test and (data or wire or count or with_logits):
        raise click.UsageError("--self-test has its own sequence: give no --data, --wire, "
                               "--sequences or --logits with it")  # fmt: skip
    target = open_target(model_file, state_bits, weights, transform)
    out = console(as_json)
    with connected(target, port, baud) as host:
        if self_test:
            document = _self_test(host, target, model_file, out, as_json)
        else:
            inputs, found = _sequences(host, target, data, wire, count)
            _load(host, target, out)
            document, first = _played(host, target, inputs, found, with_logits, out)
    emit(as_json, document)
    if document["matched"] < document["count"]:
        raise MismatchError(
            f"the board must answer all {document['count']} sequences as the golden run does, and "
            f"answered {document['matched']} so; first, {first}",
            "program it again; if that does not help, `qrnn-hw verify` tries the design itself",
        )


def _sequences(
    host: Host, target: Target, data: Path | None, wire: bool, count: int | None
) -> tuple[list[Integers], Sequences]:
    """Return what goes over the line, (T, channels) each, and what the model makes of it."""
    opened = target.opened
    if host.identify().front_end:
        heard = find_recordings(data, opened.model, opened.trained, opened.samples)
        inputs, found = heard.samples, heard.frames
        tell(found.notes)
    else:
        found = read_data(data, opened, wire)
        inputs = found.cut(len(found))
    if not inputs:
        raise DataError(
            "run needs sequences, and this model holds none",
            "pass --data, or a model.pt that holds some; or --self-test with a build folder",
        )
    return inputs[:count], found.first(count)


def _load(host: Host, target: Target, out: Screen) -> None:
    """Give the board its weights, if it waits for them."""
    if target.words is None or not host.identify().words or not host.needs_weights():
        return
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("weights", total=len(target.words))
        host.load(target.words, lambda done, words: progress.update(task, completed=done))


def _played(
    host: Host,
    target: Target,
    inputs: list[Integers],
    found: Sequences,
    with_logits: bool,
    out: Screen,
) -> tuple[dict[str, Any], str | None]:
    """Run sequences; return the numbers, and where the first difference was."""
    model = target.opened.model
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("golden run", total=len(inputs))
        expected = golden.run(
            model, found.x, found.lengths, progress=lambda n: progress.advance(task, n)
        )
        task = progress.add_task("board", total=len(inputs))
        played = play(host, inputs, expected, found.lengths, lambda: progress.advance(task))
    document: dict[str, Any] = {
        "count": len(inputs),
        "matched": played.matched,
        "accuracy": found.accuracy(played.run(expected)),
        "seconds": round(played.seconds, 3),
        "sequences_per_second": round(len(inputs) / played.seconds, 2),
        "steps_per_second": round(int(found.lengths.sum()) / played.seconds, 1),
        "bytes_per_second": round((played.sent + played.received) / played.seconds),
        "retries": host.traffic.repeats,
    }
    out.print(_table(document, played))
    if len(model.labels) > 1 and not model.readout.every:
        names = [model.labels[result.class_index] for result in played.results]
        counts = (f"{name} {count}" for name, count in Counter(names).most_common(SHOWN))
        out.say(f"answered: {', '.join(counts)}")
        document["names"] = names
    elif target.number and not model.readout.every:
        logits = np.array([result.logits[-1][0] for result in played.results])
        values = target.values(logits, found.lengths[: len(logits)]).tolist()
        out.say(f"answered: {listed([f'{value:.4g}' for value in values])}")
        document["values"] = values
    if with_logits:
        document["logits"] = [result.logits for result in played.results]
    return document, played.first


def _table(document: dict[str, Any], played: Played) -> Table:
    """Lay the numbers out."""
    count, matched = document["count"], document["matched"]
    table = Table(title=f"{count:,} sequences in {document['seconds']:.2f} s", show_header=False)
    colour = "green" if matched == count else "red"
    accuracy = document["accuracy"]
    rows: dict[str, Any] = {
        "as the golden run": styled(
            (f"{matched:,} of {count:,}", colour),
            f", {matched / count:.2%}; {played.logits:,} logits compared",
        ),
        "accuracy": "no labels" if accuracy is None else f"{accuracy:.4f}",
        "sequences/s": f"{document['sequences_per_second']:,}",
        "steps/s": f"{document['steps_per_second']:,}",
        "bytes/s": f"{document['bytes_per_second']:,}: {played.sent:,} sent, "
        f"{played.received:,} received",
        "retries": f"{document['retries']:,}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _self_test(
    host: Host, target: Target, path: Path, out: Screen, as_json: bool
) -> dict[str, Any]:
    """Play the stored sequence; where the board fails, tell programs before the error does."""
    vector = target.self_test
    if vector is None:
        raise DataError(
            f"--self-test needs a build folder with a selftest.json, and {path} has none",
            "give the folder of `qrnn-hw build`",
        )
    _load(host, target, out)
    begin = time.perf_counter()
    try:
        logits = host.self_test(vector)
    except MismatchError as error:
        # It stops at the first difference: how many times were right was not counted.
        emit(as_json, {"count": TIMES, "matched": None, "difference": str(error)})
        raise
    seconds = time.perf_counter() - begin
    out.say(
        ("self-test passed", "green"),
        f": {logits} logits as in the golden run, {TIMES} times "
        f"{len(vector.steps)} steps in {seconds:.2f} s",
    )
    return {
        "count": TIMES,
        "matched": TIMES,
        "accuracy": None,
        "seconds": round(seconds, 3),
        "sequences_per_second": round(TIMES / seconds, 2),
        "steps_per_second": round(TIMES * len(vector.steps) / seconds, 1),
        "retries": host.traffic.repeats,
    }
