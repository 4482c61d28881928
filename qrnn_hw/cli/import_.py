"""``qrnn-hw import``: a network that the papers' released code trained."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from qrnn_hw.cli.console import console, emit, json_option, quiet_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import wire_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.export import model_file
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.files.torch_file import load_tensors
from qrnn_hw.export.importing import released, state_dict
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import TokenInputs
from qrnn_hw.imported import Measured, measure
from qrnn_hw.limits import SCALE, UNITS, WEIGHT_WIDTH, Whole


class Block(click.ParamType):  # type: ignore[type-arg]  # older ones take none
    """Units of a Hadamard block: a number, or all of them."""

    name = "N|full"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> int | str:
        """Read the option."""
        if value == "full" or isinstance(value, int):
            return value
        try:
            return UNITS.read(value)
        except ValueError as error:
            self.fail(str(error).replace("must be", "must be 'full' or", 1), param, context)


def _weights(path: Path, name: str | None) -> state_dict.StateDict:
    """Read the weights that a file holds somewhere."""
    document = load_tensors(path, "the weights", state_dict.HINT)
    if (ours := model_file.format_of(document)) == model_file.FORMAT:
        raise ModelError(f"{path} must be a state dict, and is a {ours!r}", "build it as it is")
    if ours is not None:
        what, hint = model_file.OTHERS[ours]
        raise ModelError(f"{path} must be a state dict of the released code, not {what}", hint)
    return state_dict.find(document, name)


def _summary(measured: Measured, output: Path) -> Table:
    model = measured.model
    table = Table(title=f"{model.cell}, {output}", show_header=False)
    inputs = model.inputs
    if isinstance(inputs, TokenInputs):
        what = f"{len(inputs.table.levels)} tokens, a table of {inputs.table.bits} bits"
    else:
        sign = "signed" if inputs.signed else "unsigned"
        what = f"{inputs.channels} of {inputs.bits} {sign} bits, {inputs.step:.4g} each"
    rows = {
        "units": f"{model.hidden}, {model.recurrence.activation} recurrence",
        "inputs": what,
        "outputs": f"{model.classes}, {'every step' if model.readout.every else 'at the end'}",
        "state range": f"{model.state_range:.4g}",
    }
    if measured.accuracy is not None:
        rows["accuracy"] = f"{measured.accuracy:.2%} of {len(model.samples_x)}, in integers"
    for name, value in rows.items():
        table.add_row(name, value)
    for note in measured.notes:
        table.add_row("note", note)
    return table


@command(name="import", short_help="Weights of the code that the papers released.")
@click.argument("weights", type=NamedPath(path_type=Path))
@click.option("-o", "--output", required=True, type=NamedPath(), help="model.pt")
@click.option("--bits", required=True, type=within(Whole(1, 8)), help="NUM_BITS of the run.")
@click.option("--block", type=Block(), help="Units of a block: 2^BASIC_BLOCK, or full.")
@click.option(
    "--recurrence",
    type=click.Choice(("linear", "activated")),
    help="Of a QORNN: LINEAR_RECURRENT, or not  [default: linear].",
)
@click.option("--every", is_flag=True, help="MANYTOMANY: an output every step.")
@click.option(
    "--v-bits",
    type=within(WEIGHT_WIDTH),
    help="QOUTPUT: False: bits that V is quantized to  [default: 8].",
)
@click.option("--one-hot", is_flag=True, help="Inputs are one-hot vectors: tokens.")
@click.option(
    "--table-bits", type=within(Whole(2, 16)), help="Bits of an embedded token  [default: 8]."
)
@click.option("--input-bits", type=within(Whole(1, 16)), help="Bits of an input  [default: 8].")
@click.option("--input-signed", is_flag=True, help="Inputs are two's complement.")
@click.option(
    "--input-step",
    type=within(SCALE),
    help="Real value of an input of 1  [default: 1 / the largest input].",
)
@click.option("--calibrate", type=NamedPath(path_type=Path), help="Sequences of the task (.npz).")
@wire_option
@click.option(
    "--state-range",
    type=within(SCALE),
    help="Without sequences: the largest magnitude of a state. None up to it saturates.",
)
@click.option(
    "--origin-bits",
    type=within(WEIGHT_WIDTH),
    help="Store the bias as an origin; cheaper, and not exact.",
)
@click.option(
    "--state-dict",
    "state_dict_name",
    metavar="NAME",
    help="Which one, where WEIGHTS holds several: the names of the tables around it, with dots.",
)
@click.option("--task", default="imported", show_default=True, help="Name of the task.")
@click.option("--labels", help="Names of the classes, with commas between.")
@quiet_option
@json_option
def import_(
    weights: Path,
    output: str,
    bits: int,
    block: int | str | None,
    recurrence: str | None,
    every: bool,
    v_bits: int | None,
    one_hot: bool,
    table_bits: int | None,
    input_bits: int | None,
    input_signed: bool,
    input_step: float | None,
    calibrate: Path | None,
    wire: bool,
    state_range: float | None,
    origin_bits: int | None,
    state_dict_name: str | None,
    task: str,
    labels: str | None,
    as_json: bool,
) -> None:
    """Import WEIGHTS, a state dict of the code that the papers released, to model.pt.

    It may be in a checkpoint, beside an optimizer for instance, and its names may have prefixes,
    such as those of DataParallel and torch.compile.

    The options say what the YAML of the run does: NUM_BITS, BASIC_BLOCK, MANYTOMANY and so on. The
    states' range is measured on sequences of the task, in the order and the units that the network
    was trained on, or given.
    """
    if wire and calibrate is None:
        raise click.UsageError("--wire says how to read --calibrate: give both")
    if (calibrate is None) == (state_range is None):
        raise click.UsageError("give one of --calibrate FILE.npz and --state-range R")
    found = _weights(weights, state_dict_name)
    tensors = found.arrays()
    number = not one_hot and released.WORDS not in tensors
    _check_usage(tensors, number, block, recurrence, v_bits, table_bits,
                 input_bits is not None or input_signed or input_step is not None)  # fmt: skip
    from qrnn_hw.train.result.save import check_output, save

    path = check_output(output, [weights] if calibrate is None else [weights, calibrate])
    width = input_bits or 8
    run = released.Run(
        bits=bits,
        block=None if block == "full" or block is None else int(block),
        linear=recurrence != "activated",
        every=every,
        v_bits=v_bits or 8,
        one_hot=one_hot,
        table_bits=table_bits or 8,
        input_bits=width,
        input_signed=input_signed,
        input_step=input_step or 1 / max(1, (1 << width - input_signed) - 1),
    )
    model = released.trained(tensors, run)
    step = run.input_step if number else None
    model = replace(model, task={"name": task, "data_step": step, **_classes(model, labels)})
    measured = measure(model, calibrate, state_range, origin_bits, wire)
    notes = [*found.notes, *measured.notes]
    if released.REAL_OUTPUT in tensors:
        notes.append(f"V was in full precision, and is quantized to {run.v_bits} bits")
    if released.WORDS in tensors:
        notes.append(f"embeddings times U are quantized to {run.table_bits} bits")
    card = {"imported": weights.name, "notes": notes, "accuracy": measured.accuracy}
    measured = replace(measured, model=replace(measured.model, card=card), notes=tuple(notes))
    save(measured.model, path)
    screen = console(as_json)
    screen.print(_summary(measured, path))
    cut = measured.saturation
    if cut is not None and cut.excessive:
        screen.warn(cut.warning)
    emit(
        as_json,
        {
            "model": str(path),
            "cell": model.cell,
            "hidden": model.hidden,
            "classes": model.classes,
            "state_range": measured.model.state_range,
            "ranges": measured.model.ranges,
            "accuracy": measured.accuracy,
            "saturation": None if cut is None else cut.to_dict(),
            "notes": notes,
        },
    )


def _check_usage(
    tensors: Mapping[str, Any],
    number: bool,
    block: int | str | None,
    recurrence: str | None,
    v_bits: int | None,
    table_bits: int | None,
    formatted: bool,
) -> None:
    """Refuse options that this file has no use for, so that none is mistaken for another."""
    hadamard = released.SIGNS in tensors
    if hadamard and block is None:
        raise click.UsageError("a HadamRNN needs --block: 2^BASIC_BLOCK of its run, or full")
    for given, fits, message in (
        (block, hadamard, "--block goes with a HadamRNN"),
        (recurrence, not hadamard, "--recurrence goes with a QORNN"),
        (v_bits, released.REAL_OUTPUT in tensors, "--v-bits goes with a V in full precision"),
        (table_bits, released.WORDS in tensors, "--table-bits goes with embeddings"),
        (formatted or None, number, "--input-... go with inputs that are numbers, not tokens"),
    ):
        if given is not None and not fits:
            raise click.UsageError(message)


def _classes(model: TrainedModel, labels: str | None) -> dict[str, list[str]]:
    """Split the names of the classes."""
    if labels is None:
        return {}
    names = [name.strip() for name in labels.split(",")]
    wanted = max(2, model.classes)
    if len(names) != wanted:
        raise click.UsageError(f"--labels must name {wanted} classes, not {len(names)}")
    if again := [name for place, name in enumerate(names) if name in names[:place]]:
        raise click.UsageError(f"--labels must name every class once, and {again[0]!r} is repeated")
    return {"classes": names}
