"""``qrnn-hw train``: from a task to ``model.pt``."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qrnn_hw.cli.console import Screen, console, emit, json_option, quiet_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.options.train import recipe_options, task_command, task_options
from qrnn_hw.cli.views.judgement import show_judgement
from qrnn_hw.cli.views.train_summary import baseline_summary, summary
from qrnn_hw.data.tasks import TASKS, load_task
from qrnn_hw.data.tasks.options import OPTIONS
from qrnn_hw.export.saturation import saturation
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.limits import COUNT, SEED, Real, Whole
from qrnn_hw.models import STATE_BITS, integers_of
from qrnn_hw.train.recipe import BASELINES, CELLS
from qrnn_hw.train_options import (
    MOST_DRAWS,
    READOUTS,
    WHOLE,
    check_cell,
    check_task,
    chosen_recipe,
    pooled_recipe,
    require_torch,
)

if TYPE_CHECKING:
    from qrnn_hw.data.dataset import Dataset
    from qrnn_hw.train.loop.checkpoint import Checkpoint
    from qrnn_hw.train.pipeline import Baseline
    from qrnn_hw.train.pooled.train import PooledRecipe
    from qrnn_hw.train.recipe import Recipe


def _train(
    dataset: "Dataset", recipe: "Recipe", screen: Screen, checkpoint: "Checkpoint"
) -> "TrainedModel | Baseline":
    """Train below a progress bar, from where the same command was interrupted."""
    from qrnn_hw.train.loop.course import Epoch
    from qrnn_hw.train.loop.identity import identity
    from qrnn_hw.train.pipeline import train_network

    epochs = recipe.epochs + (recipe.tune_epochs if recipe.state_bits else 0)
    done = checkpoint.open(identity(dataset, recipe))
    if done:
        screen.say(f"goes on after epoch {done} of {epochs}")
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
        task = bar.add_task("train", total=epochs, completed=done, loss="-", accuracy="-")

        def report(epoch: Epoch) -> None:
            bar.update(
                task,
                completed=epoch.number,
                loss=f"{epoch.loss:.4f}",
                accuracy=f"{epoch.val_accuracy:.2%}",
            )

        try:
            return train_network(dataset, recipe, report, checkpoint)
        except KeyboardInterrupt as error:
            if not checkpoint.epochs:
                raise
            where = f"after epoch {checkpoint.epochs} of {epochs}"
            raise click.Abort(f"interrupted; the same command goes on {where}") from error


def _pool(dataset: "Dataset", recipe: "PooledRecipe", screen: Screen, until: float) -> TrainedModel:
    """Train a readout of whole sequences, and tell of every design that is judged."""
    from qrnn_hw.train.pooled.choose import Candidate
    from qrnn_hw.train.pooled.endless import StreamRecipe, train_stream
    from qrnn_hw.train.pooled.train import train_pooled

    def report(one: Candidate) -> None:
        screen.say((str(one), "dim"))

    with screen.status("drawing recurrences, and judging what their states tell"):
        if isinstance(recipe, StreamRecipe):
            return train_stream(dataset, recipe, report)
        return train_pooled(dataset, recipe, report, until=until)


def _tasks() -> str:
    """List the tasks for the help, one a line."""
    return "\b\n" + "\n".join(f"{name:10} {task.summary}" for name, task in TASKS.items())


@task_command(
    name="train",
    epilog=_tasks(),
    short_help="Train a network on a task, or on your own data.",
)
@click.argument("task", type=click.Choice(tuple(TASKS)), metavar="TASK")
@click.option("-o", "--output", required=True, type=NamedPath(), help="model.pt")
@click.option("--data", type=NamedPath(path_type=Path), help="The file or folder of the task.")
@click.option("--cell", type=click.Choice(CELLS), help="What recurs [default: hadamrnn].")
@click.option(
    "--readout",
    type=click.Choice(READOUTS),
    default="auto",
    show_default=True,
    help="What tells the classes: the last state, trained by gradients; or all states, their mean "
    "or a count, with a drawn recurrence, trained in seconds. auto: all states, of "
    f"{', '.join(WHOLE)}, unless other options are for gradients.",
)
@click.option(
    "--stream",
    is_flag=True,
    help="For a stream without end, which is asked at any step: a readout of all states that "
    "forgets, trained on sequences one behind another.",
)
@click.option(
    "--leak", type=within(Whole(1, 15)),
    help="With --stream: what is read loses 2^-K of itself a step [default: validated].",
)  # fmt: skip
@click.option(
    "--draws", type=within(Whole(1, MOST_DRAWS)),
    help="Readouts of all states: draw the best design so often, and keep what validates best "
    "[default: 1].",
)  # fmt: skip
@click.option(
    "--seconds", type=within(Real(0, 1e9, low_open=True)),
    help="Draw on for so long, or until --draws; what was begun is finished.",
)  # fmt: skip
@click.option("--seed", type=within(SEED), default=0, show_default=True)
@recipe_options
@click.option("--augment", type=click.Choice(("warp",)), help="Turn and move each image a little.")
@click.option(
    "--bytes",
    "size",
    type=within(COUNT),
    help="Baselines: what the weights take [default: as the task's HadamRNN].",
)
@click.option("--restart", is_flag=True, help="Throw away what an interrupted run has come to.")
@task_options
@quiet_option
@json_option
def train(
    task: str,
    output: str,
    data: Path | None,
    cell: str | None,
    readout: str,
    stream: bool,
    leak: int | None,
    draws: int | None,
    seconds: float | None,
    augment: str | None,
    size: int | None,
    restart: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a network on TASK and write it to model.pt.

    The cells hadamrnn, block-hadamrnn and qornn end in a model that `build` compiles; ornn, lstm
    and gru are baselines in real numbers and end in plain weights and a card. A baseline takes as
    many bytes as the task's HadamRNN, unless --bytes or --hidden says otherwise.

    While it runs it keeps model.pt.checkpoint: after an interruption the same command goes on, and
    ends in the same file.
    """
    asked = {name: options.pop(name) for name in OPTIONS}
    chosen = {name: value for name, value in options.items() if value is not None}
    check_task(task, data, augment, asked)
    given, cell = cell, cell or "hadamrnn"
    check_cell(cell, chosen, size)
    begin = time.monotonic()
    require_torch()
    from qrnn_hw.train.loop.checkpoint import Checkpoint
    from qrnn_hw.train.networks import impulse
    from qrnn_hw.train.pooled.train import PooledRecipe
    from qrnn_hw.train.result.save import check_output, save, save_baseline

    baseline = cell in BASELINES or chosen.get("weights") == "real"
    path = check_output(output, [] if data is None else [data], baseline=baseline)
    checkpoint = Checkpoint(path.with_name(f"{path.name}.checkpoint"))
    checkpoint.check()
    screen = console(as_json)
    with screen.status("reads the data"):
        dataset = load_task(task, data, **asked)
    recipe = pooled_recipe(
        readout,
        task,
        dataset,
        given,
        chosen,
        stream=stream,
        leak=leak,
        draws=draws,
        seconds=seconds,
    ) or chosen_recipe(task, dataset, cell, augment, size, chosen)
    for warning in dataset.warnings:
        screen.warn(warning)
    if impulse.kernel is None:
        screen.say("numba is missing and training slow without: pip install 'qrnn-hw[train]'")
    if restart:
        checkpoint.remove()
    result: TrainedModel | Baseline
    if isinstance(recipe, PooledRecipe):
        until = math.inf if seconds is None else begin + seconds
        result = _pool(dataset, recipe, screen, until)
    else:
        result = _train(dataset, recipe, screen, checkpoint)
    cut = None
    if isinstance(result, TrainedModel):
        save(result, path)
        taken = time.monotonic() - begin
        screen.print(summary(result, path, taken))
        show_judgement(screen, result.card)
        integers = integers_of(result, recipe.state_bits or STATE_BITS)
        cut = saturation(integers, result.samples_x, result.samples_lengths)
        if cut is not None and cut.excessive:
            screen.warn(f"with {integers.state_bits} bits {cut.warning}")
    else:
        beside = save_baseline(result.network, result.card, path)
        taken = time.monotonic() - begin
        screen.print(baseline_summary(result.card, path, beside, taken))
        show_judgement(screen, result.card)
    checkpoint.remove()
    emit(
        as_json,
        {
            "test_accuracy": result.card["test_accuracy"],
            "val_accuracy": result.card["val_accuracy"],
            "test_loss": result.card["test_loss"],
            "test_integers": result.card.get("test_integers"),
            "judged": result.card.get("judged"),
            "transform": result.card.get("transform"),
            "saturation": None if cut is None else cut.to_dict(),
            "bytes": result.card["bytes"],
            "seconds": round(taken, 3),
            "model": str(path),
        },
    )
