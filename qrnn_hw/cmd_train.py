"""``qrnn-hw train``: from a task to ``model.pt``."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from qrnn_hw.console import console, emit, json_option
from qrnn_hw.export.errors import ToolError

if TYPE_CHECKING:
    from qrnn_hw.export.trained import TrainedModel
    from qrnn_hw.train.dataset import Dataset
    from qrnn_hw.train.recipe import Recipe

WIDTH = click.IntRange(2, 8)


def _fit(dataset: "Dataset", recipe: "Recipe", screen: Console) -> "TrainedModel":
    """Train below a progress bar."""
    from qrnn_hw.train.fit import Epoch, fit
    from qrnn_hw.train.freeze import freeze

    bar = Progress(
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}  validation {task.fields[accuracy]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=screen,
    )
    with bar:
        task = bar.add_task("train", total=recipe.epochs, loss="-", accuracy="-")

        def report(epoch: Epoch) -> None:
            bar.update(
                task,
                completed=epoch.number,
                loss=f"{epoch.loss:.4f}",
                accuracy=f"{epoch.val_accuracy:.2%}",
            )

        return freeze(fit(dataset, recipe, report), dataset, recipe)


def _summary(model: "TrainedModel", output: Path, seconds: float) -> Table:
    """Lay out what a person wants to know at the end."""
    card, table = model.card, Table(title=Text(str(output)), show_header=False)
    rows = {
        "task": f"{model.task['name']}, {model.task['steps']} steps, {model.classes} classes",
        "network": f"{model.hidden} units, U {model.u.bits} bits, V {model.v.bits} bits, "
        f"origin {model.origin.bits} bits",
        "inputs": f"{model.input_bits} {'signed' if model.input_signed else 'unsigned'} bits",
        "sequences": ", ".join(f"{name} {count}" for name, count in card["splits"].items()),
        "validation accuracy": f"{card['val_accuracy']:.2%} (epoch {card['chosen_epoch']})",
        "test accuracy": f"{card['test_accuracy']:.2%}",
        "state range": f"{model.state_range:.4g}, "
        f"measured on {card['state_range_sequences']} training sequences",
        "time": f"{seconds:.0f} s",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    for note in card["notes"]:
        table.add_row("note", note)
    return table


@click.command(name="train")
@click.argument("task", type=click.Choice(("digits", "mnist", "npz")))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="model.pt")
@click.option(
    "--hidden", type=click.IntRange(1), metavar="D", help="Units, a power of two, 4 to 16384."
)
@click.option("--data", type=click.Path(path_type=Path), help="The .npz of mnist and npz.")
@click.option("--permuted", is_flag=True, help="Show the pixels in a fixed random order (pMNIST).")
@click.option("--augment", type=click.Choice(("shift",)), help="Move image batches by a pixel.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training split.")
@click.option("--batch", type=click.IntRange(1), help="Sequences a step.")
@click.option("--lr", type=click.FloatRange(0, min_open=True), help="Peak learning rate.")
@click.option("--u-bits", type=WIDTH, help="Bits of a weight of U [default: 4].")
@click.option("--v-bits", type=WIDTH, help="Bits of a weight of V [default: 4].")
@click.option("--origin-bits", type=WIDTH, help="Bits of an origin [default: 5].")
@click.option(
    "--input-bits",
    type=click.IntRange(1, 16),
    help="npz: bits of an input [default: 8 for floats, as few as suffice for integers].",
)
@json_option
def train(
    task: str,
    output: Path,
    hidden: int | None,
    data: Path | None,
    permuted: bool,
    augment: str | None,
    input_bits: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a network on TASK and write it to model.pt.

    digits are the 8x8 digits of scikit-learn, mnist reads MNIST from an .npz, and npz reads your
    own sequences: x (n, T) or (n, T, 1), y (n,), and x_test, y_test if there is a test split.
    """
    if task == "npz" and permuted:
        raise click.UsageError("--permuted needs images: it goes with digits and mnist, not npz")
    if task == "npz" and augment:
        raise click.UsageError(
            "--augment shift needs images: it goes with digits and mnist, not npz"
        )
    if task != "npz" and input_bits is not None:
        raise click.UsageError(f"--input-bits goes with npz; the inputs of {task} are integers")
    if task == "digits" and data is not None:
        raise click.UsageError("--data goes with mnist and npz; digits come with scikit-learn")
    if task != "digits" and data is None:
        raise click.UsageError(f"task {task} needs its data: add --data FILE.npz")
    begin = time.monotonic()
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ToolError(
            "training needs torch, which is not installed", "pip install 'qrnn-hw[train]'"
        ) from error
    from qrnn_hw.train import impulse
    from qrnn_hw.train.recipe import default_recipe
    from qrnn_hw.train.save import check_writable, save
    from qrnn_hw.train.tasks import load_task

    recipe = default_recipe(task, hidden, permuted, augment == "shift")
    recipe = replace(
        recipe, **{name: value for name, value in options.items() if value is not None}
    )
    check_writable(output)
    dataset = load_task(task, data, permuted, input_bits)
    screen = console(as_json)
    if impulse.kernel is None:
        hint = "numba is missing and training slow without: pip install 'qrnn-hw[train]'"
        screen.print(hint, markup=False)
    model = _fit(dataset, recipe, screen)
    save(model, output)
    seconds = time.monotonic() - begin
    screen.print(_summary(model, output, seconds))
    emit(
        as_json,
        {
            "test_accuracy": model.card["test_accuracy"],
            "val_accuracy": model.card["val_accuracy"],
            "seconds": round(seconds, 3),
            "model": str(output),
        },
    )
