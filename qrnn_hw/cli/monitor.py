"""``qrnn-hw monitor``: a sensor's values through a board, class and logits as they come."""

import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import numpy as np

from qrnn_hw.boards.link.host.live import StreamWarning
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.cli.console import Screen, console, emit, json_option
from qrnn_hw.cli.options.board import board_options, check_port
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import tell, wire_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.data.readers.sensor import SensorLines
from qrnn_hw.data.sound import SAMPLES
from qrnn_hw.data.units import unit_of
from qrnn_hw.export.errors import DataError, OptionError
from qrnn_hw.limits import BAUD, COUNT, Whole
from qrnn_hw.live_view import live_view
from qrnn_hw.source import open_lines
from qrnn_hw.target import Target, connected, open_target


@command(short_help="Classify a sensor's values on a board, live.")
@board_options
@click.option(
    "--source",
    default="-",
    show_default=True,
    help="Where lines come from: - for standard input, a file, or a serial port.",
)
@click.option(
    "--source-baud", type=within(BAUD), default=115200, show_default=True,
    help="Of a serial port as the source.",
)  # fmt: skip
@click.option(
    "--length",
    type=within(COUNT),
    help="Steps of a sequence [to an empty line, or those that the network can go on for].",
)
@click.option(
    "--every", type=within(COUNT), default=1, show_default=True,
    help="Print the answer of every so many steps, of a model that answers every step.",
)  # fmt: skip
@click.option(
    "--web",
    is_flag=True,
    help="Show signal, class and confidence in a browser of this machine, too; Ctrl-C ends it.",
)
@click.option(
    "--web-port",
    type=within(Whole(1, 65535)),
    help="Of 127.0.0.1, for --web [one that is free].",
)
@wire_option
@json_option
def monitor(
    model_file: Path,
    port: str | None,
    baud: int | None,
    simulate: bool,
    state_bits: int | None,
    transform: str,
    weights: Path | None,
    source: str,
    source_baud: int,
    length: int | None,
    every: int,
    web: bool,
    web_port: int | None,
    wire: bool,
    as_json: bool,
) -> None:
    """Classify a sensor's values on a board, live.

    A line is a time step: its channels, between commas or spaces, in the units that the model was
    trained on. An empty line ends a sequence, and so does the end of the input. A model that
    answers every step does so after every line, for as long as lines come: for ever, if its units
    forget. Another begins anew after the steps that it was trained on, and says so once. A line
    that is no time step is named and left out, and the exit code is 1 in the end. --json prints an
    object for every answer, and one with the counts.
    """
    check_port(port, simulate)
    target = open_target(model_file, state_bits, weights, transform)
    opened = target.opened
    horizon = target.horizon
    if every > 1 and not opened.model.readout.every:
        raise OptionError(
            "--every goes with a model that answers every step; this one answers last"
        )
    if web_port is not None and not web:
        raise OptionError("--web-port goes with --web")
    answers, errors = console(False), console(True)

    def refuse(message: str) -> None:
        errors.say(("not sent:", "yellow"), f" {message}")

    with (
        connected(target, port, baud) as host,
        open_lines(source, source_baud) as lines,
        warnings.catch_warnings(),
        ExitStack() as stack,
    ):
        warnings.simplefilter("ignore", StreamWarning)  # which is told below, with what is known
        identity = host.identify()
        unit = SAMPLES if identity.front_end else unit_of(opened.model, opened.trained, wire)
        most, told = horizon.steps * identity.samples, length is not None
        if length is not None and 0 < most < length:
            tell([f"--length is {length:,}, and the network {horizon.reason}"])
        length = length or most or None
        if length is None and not horizon.endless and opened.model.readout.every:
            tell([f"the network {horizon.reason}: give --length, after which it begins anew"])
        reader = SensorLines(lines, identity.channels, unit, refuse, length=length)
        view = None
        if web:
            title = f"{model_file.stem}, {port or 'simulated'}"
            view = stack.enter_context(live_view(target, unit, identity.channels, title, web_port))
            errors.say(("live:", "green"), f" {view.address}")
        sequences = readouts = 0
        for sequences, steps in enumerate(reader.sequences(), 1):
            before = reader.steps - 1
            seen = view.watched(steps) if view else steps
            for result in host.live(seen, length, every=every):
                readouts += 1
                answer = _answer(result, target, sequences, reader.steps - before)
                _show(answer, result.logits[-1], answers, as_json)
                if view:
                    view.answered(answer, result.logits[-1])
            if not told and reader.steps - before == length:
                told = True
                tell([f"the network {horizon.reason}: it begins anew after {length:,} lines"])
        if view and reader.steps:
            tell(["the source has ended; the page stays until Ctrl-C"])
            view.stay()
    counts = {
        "sequences": sequences,
        "steps": reader.steps,
        "readouts": readouts,
        "refused": reader.refused,
        "retries": host.traffic.repeats,
    }
    tell([reader.note] if reader.note else [])
    errors.say(", ".join(f"{value} {name}" for name, value in counts.items()))
    emit(as_json, counts)
    if not reader.steps:
        raise DataError(
            f"monitor needs a time step or more, and {source} has none",
            "a line is a step: its channels, between commas or spaces",
        )
    if reader.refused:
        raise DataError(
            f"every line must be a time step, and {reader.refused} of "
            f"{reader.steps + reader.refused} were none, and not sent",
            f"each is named above, with what it must be; {unit.hint}",
        )


def _answer(result: Result, target: Target, sequence: int, step: int) -> dict[str, Any]:
    """Lay out an answer: a class, or a number in the units that the model was trained on."""
    index, labels = result.class_index, target.opened.model.labels
    # The class of a number, whose only label is its name, says whether it is above zero.
    label = labels[index] if index < len(labels) else labels[0]
    answer: dict[str, Any] = {"sequence": sequence, "step": step, "class": index, "label": label}
    if target.number:
        values = target.values(np.array(result.logits[-1]), np.array([step]))
        answer["value"] = float(values[0])
    return answer


def _show(answer: dict[str, Any], logits: Sequence[int], screen: Screen, as_json: bool) -> None:
    """Print an answer."""
    if as_json:
        emit(True, answer | {"logits": list(logits)})
        return
    said = answer["label"] + (f" {answer['value']:.4g}" if "value" in answer else "")
    place = f"sequence {answer['sequence']}, step {answer['step']}"
    screen.say(f"{place}: {said} ({' '.join(map(str, logits))})")
