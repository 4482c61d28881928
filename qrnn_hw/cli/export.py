"""``qrnn-hw export``: the same bits elsewhere."""

from pathlib import Path
from typing import Any

import click

from qrnn_hw import cmd_export
from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import wire_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.model import state_bits_option, transform_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.views.progress import shown

TYPES = {name: within(limits) for name, limits in cmd_export.LIMITS.items()}


@command(name="export", short_help="The same bits elsewhere: ONNX, C, test vectors.")
@click.argument("model", type=NamedPath(path_type=Path))
@click.option("--to", "form", type=TYPES["form"], required=True, help="What to write.")
@click.option(
    "-o", "--output", type=NamedPath(), help="The file; default: MODEL.onnx, .c or -vectors.json."
)
@state_bits_option
@transform_option
@click.option("--name", metavar="PREFIX", help="c: what names begin with [that of the file].")
@click.option("--data", type=NamedPath(path_type=Path), help="Sequences, as `predict` takes them.")
@wire_option
@click.option(
    "--sequences",
    type=TYPES["sequences"],
    help="Real sequences to compare with the golden run, or to write [20; vectors: 3].",
)
@click.option("--seed", type=TYPES["seed"], default=0, show_default=True)
@json_option
def export(model: Path, form: str, output: str | None, as_json: bool, **asked: Any) -> None:
    """Write MODEL in a form that other programs run, to the same bits.

    MODEL is a model.pt, a model.json or a build folder. onnx is for any runtime of ONNX; c is C99
    for a microcontroller, a source and a header; vectors are sequences, with every state and logit
    that they must give, for whoever computes the network again (docs/exporting.md).

    What is written was run before, on sequences that the model holds, or --data, and on some that
    push it to its limits, and gave every logit of the golden run.
    """
    screen = console(as_json)
    with shown(screen) as progress:
        made = cmd_export.export_to(form, model, output, progress=progress, **asked)
    if (compared := made.compared) is not None:
        counts = f"{compared.logits} logits of {compared.sequences} sequences"
        screen.say(("equal", "green"), f" to the golden run by {compared.by}: {counts}")
    for name, size in made.sizes.items():
        screen.say(f"{name}: {size:,}{' bytes' if name != 'sequences' else ''}")
    screen.say(f"results: {', '.join(map(str, made.files))}")
    emit(as_json, made.to_dict())
