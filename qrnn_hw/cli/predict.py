"""``qrnn-hw predict``: the golden run on data."""

import time
from pathlib import Path

import click
from rich.progress import Progress

from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import read_data, wire_option
from qrnn_hw.cli.options.model import model_state_bits_option, transform_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.views.answers import sequence_table, total_table
from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError
from qrnn_hw.models import open_model
from qrnn_hw.prediction import Prediction
from qrnn_hw.train.result.tally import tally

DIGITS = 6  # of a probability, behind the point


@command(short_help="Classify sequences with the integers of the hardware.")
@click.argument("model", type=NamedPath())
@click.option(
    "--data", type=NamedPath(path_type=Path), help="Sequences; default: those in the model."
)
@wire_option
@model_state_bits_option
@transform_option
@click.option("--logits", "with_logits", is_flag=True, help="Give the logits too.")
@json_option
def predict(
    model: str,
    data: Path | None,
    wire: bool,
    state_bits: int,
    transform: str,
    with_logits: bool,
    as_json: bool,
) -> None:
    """Classify sequences with the integers that the hardware computes.

    --data is any file or folder that `train data` takes, in the units that the model was trained
    on, or UTF-8 text for a model of text; docs/data.md describes them all.
    """
    opened = open_model(model, state_bits, transform)
    found = read_data(data, opened, wire)
    x, y = found.x, found.y
    if not len(found):
        raise DataError("predict needs sequences, and this model holds none", "pass --data")
    out = console(as_json)
    begin = time.perf_counter()
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("golden run", total=len(x))
        result = golden.run(
            opened.model, x, found.lengths, progress=lambda n: progress.advance(task, n)
        )
    seconds = time.perf_counter() - begin
    integers = opened.model
    values = golden.real(integers, result.logits, found.lengths)
    if opened.trained is not None:
        values = opened.trained.answers(values)
    answers = Prediction(integers.labels, result.classes, result.logits, values, result.saturated)
    accuracy, counted = found.accuracy(result), None
    if y is not None and not answers.number and (asked := y >= 0).any():
        counted = tally(y[asked], result.classes[asked], len(integers.labels), y.ndim == 1)

    out.say(f"{len(x)} sequences of {x.shape[1]} steps in {seconds:.1f} s")
    if result.classes.ndim == 1:
        out.print(sequence_table(answers, y))
    if not answers.number:
        out.print(total_table(answers, counted))
    error = found.error(values[..., 0].ravel()) if answers.number else None
    if error is not None:
        out.say(f"off by {error:.4g}, root mean square, states of {integers.state_bits} bits")
    if accuracy is not None:
        out.say(f"accuracy {accuracy:.4f}, states of {integers.state_bits} bits")
    out.say(f"saturated states: {result.saturated}")
    if integers.halvings:
        out.say(f"halved sums that wrapped: {result.wrapped}")
    document = {
        "accuracy": accuracy,
        "count": len(x),
        "classes": result.classes.tolist(),
        "names": None if answers.number else answers.names.tolist(),
        "judged": counted and {"classes": list(integers.labels)} | counted,
        "saturated": result.saturated,
        "wrapped": result.wrapped,
        "transform": integers.transform,
        "state_bits": integers.state_bits,
        "seconds": round(seconds, 3),
    }
    if answers.number:
        document["root_mean_square_error"] = error
        document["values"] = values[..., 0].tolist()
    elif result.classes.ndim == 1 or with_logits:  # those of every step fill a disk
        document["probabilities"] = answers.probabilities.round(DIGITS).tolist()
    emit(as_json, document | ({"logits": result.logits.tolist()} if with_logits else {}))
