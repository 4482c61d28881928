"""``qrnn-hw sweep``: best accuracy for its bytes and its hardware, by many runs."""

from functools import partial
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.cli.console import Screen, console, emit, json_option, quiet_option
from qrnn_hw.cli.interrupt import shield_tracker
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.options.sweep import AxisType, SeedsType, fitting
from qrnn_hw.cli.options.train import recipe_options, task_command, task_options
from qrnn_hw.cli.views.sweep_progress import SweepProgress
from qrnn_hw.cli.views.sweep_summary import front_table, summary
from qrnn_hw.data.tasks import TASKS, load_task
from qrnn_hw.data.tasks.options import OPTIONS
from qrnn_hw.export.errors import ModelError, ToolError
from qrnn_hw.export.files.caches import settle_caches
from qrnn_hw.limits import COUNT, SEED, Whole
from qrnn_hw.sweep.answer import Answer, answer
from qrnn_hw.sweep.axes import Axis, Values, check_axes, option
from qrnn_hw.sweep.estimate import Target
from qrnn_hw.sweep.plan import plan
from qrnn_hw.sweep.points import Fitting, Points, draw, grid, show
from qrnn_hw.sweep.rows import table
from qrnn_hw.train.recipe import CELLS
from qrnn_hw.train_options import check_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qrnn_hw.data.dataset import Dataset
    from qrnn_hw.sweep.pool import Job, Results

LISTED, EXAMPLES = 20, 3  # points that do not fit: of a grid, and of random ones


@task_command(short_help="Train at many points, and find the best network.")
@click.argument("task", type=click.Choice(tuple(TASKS)), metavar="TASK")
@click.option(
    "-o", "--output", required=True, type=NamedPath(path_type=Path), help="Folder of the sweep."
)
@click.option("--data", type=NamedPath(path_type=Path), help="The file or folder of the task.")
@click.option(
    "--grid",
    "axes",
    type=AxisType(),
    required=True,
    multiple=True,
    metavar="NAME=V1,V2,...|NAME=A..B",
    help="An axis: an option below and its values; `none` leaves it out. With --random also a "
    "range. Repeat it for more axes.",
)
@click.option("--random", "count", type=within(Whole(1, 100_000)), help="Draw so many points.")
@click.option("--sample-seed", type=within(SEED), help="Of --random [default: 0].")
@click.option("--seeds", type=SeedsType(), default="1,2,3", show_default=True, help="Of training.")
@click.option("--jobs", type=within(Whole(1, 1024)), help="Runs at a time [default: 1].")
@click.option("--scheduler", help="Train on a Dask cluster instead: tcp://HOST:PORT.")
@click.option(
    "--board", "board_name", default="icebreaker", show_default=True, help="See `boards`."
)
@click.option("--cell", type=click.Choice(CELLS), help="What recurs [default: hadamrnn].")
@recipe_options
@click.option("--augment", type=click.Choice(("warp",)), help="Turn and move each image a little.")
@click.option("--bytes", "size", type=within(COUNT), help="Baselines: as in `train`.")
@task_options
@quiet_option
@json_option
def sweep(
    task: str,
    output: Path,
    data: Path | None,
    axes: tuple[Axis, ...],
    count: int | None,
    sample_seed: int | None,
    seeds: tuple[int, ...],
    jobs: int | None,
    scheduler: str | None,
    board_name: str,
    size: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train TASK at many points, and find the best accuracy for the bytes and for the hardware.

    All combinations of the axes are trained, with every seed; or N random ones. Any option of
    `train` that shapes the network or its training can be an axis, or be given plainly for all.
    The folder gets sweep.csv (one row a run), pareto.svg, pareto.html, sweep.json, and every
    network in runs/.

    The front is chosen by the validation split; the test split chooses nothing.

    Interrupted, the same command goes on. More axes, values and seeds of the same task can be
    asked for in the same folder: what is trained already is not trained again.
    """
    asked = {name: options.pop(name) for name in OPTIONS}
    fixed = {name: value for name, value in options.items() if value is not None}
    _check(axes, count, sample_seed, jobs, scheduler, fixed)
    check_task(task, data, None, asked)
    board = find_board(board_name)
    settle_caches()
    shield_tracker()
    _need("torch", "training", "train")
    _need("matplotlib", "the picture of a sweep", "sweep")
    if scheduler is not None:
        _need("distributed", "--scheduler", "cluster")
        from qrnn_hw.sweep.cluster import check_scheduler

        check_scheduler(scheduler)
    from qrnn_hw.sweep.store import check

    check(output, [] if data is None else [data])
    dataset = load_task(task, data, **asked)
    screen = console(as_json)
    drawn = None if count is None else (count, sample_seed or 0)
    points = _points(axes, drawn, fitting(task, data, dataset, asked, size, fixed), screen)
    question = {
        "task": task,
        "options": {name: value for name, value in asked.items() if value not in (None, False)},
        "axes": {option(axis.name): str(axis) for axis in axes},
        "fixed": {option(name): value for name, value in fixed.items()}
        | ({} if size is None else {"bytes": size}),
        "random": None if drawn is None else {"points": drawn[0], "sample_seed": drawn[1]},
        "seeds": list(seeds),
        "board": board.name,
    }
    room = board.room
    try:
        found, trained = _sweep(
            output, question, None if data is None else str(data), dataset, points,
            Target(board.name, room, link_cost), _where(jobs, scheduler), screen,
        )  # fmt: skip
    except KeyboardInterrupt as error:
        raise click.Abort(
            f"interrupted; what is done is in {output}, and the same command goes on"
        ) from error
    screen.print(front_table(found))
    screen.say(
        f"{found.runs} runs, {trained} of them trained now, {found.failed} failed; "
        f"results: {output}"
    )
    emit(as_json, summary(found, trained, output))
    if found.failed == found.runs:
        raise ModelError(
            f"a run must succeed, and all {found.runs} failed: {found.error}",
            f"{output / 'sweep.csv'} has the messages",
        )


def _check(
    axes: tuple[Axis, ...],
    count: int | None,
    sample_seed: int | None,
    jobs: int | None,
    scheduler: str | None,
    fixed: dict[str, Any],
) -> None:
    """Refuse what does not go together."""
    try:
        check_axes(axes, count is not None)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for axis in axes:
        if axis.name in fixed:
            flag = f"--{option(axis.name)}"
            raise click.UsageError(f"{flag} must be an axis or the same at all points, not both")
    if sample_seed is not None and count is None:
        raise click.UsageError("--sample-seed goes with --random")
    if jobs is not None and scheduler is not None:
        raise click.UsageError("--jobs is for this machine, and --scheduler for others: give one")


def _need(module: str, what: str, extra: str) -> None:
    if find_spec(module) is None:
        raise ToolError(
            f"{what} needs {module}, which is not installed", f"pip install 'qrnn-hw[{extra}]'"
        )


def _where(jobs: int | None, scheduler: str | None) -> "Callable[..., Results]":
    """Choose where the runs are computed."""
    if scheduler is not None:
        from qrnn_hw.sweep.cluster import cluster

        return partial(cluster, address=scheduler)
    from qrnn_hw.sweep.pool import here, processes

    return here if jobs in (None, 1) else partial(processes, count=jobs)


def _points(
    axes: tuple[Axis, ...], drawn: tuple[int, int] | None, fit: Fitting, screen: Screen
) -> Points:
    """Lay out the points, and say which ones do not fit."""
    # check_axes() lets ranges through where points are drawn, and nowhere else.
    points = (
        grid(cast("tuple[Values, ...]", axes), fit) if drawn is None else draw(axes, *drawn, fit)
    )
    many, fits = len(points.unfitting), len(points.recipes)
    listed = LISTED if drawn is None else EXAMPLES
    for point, reason in points.unfitting[:listed]:
        screen.say(f"does not fit: {show(point)}: {reason}")
    if many > listed:
        screen.say(f"and {many - listed} more that do not fit")
    if drawn is None:
        if many:
            raise click.UsageError(
                f"all points must fit, and {many} of {many + fits} do not; nothing was trained: "
                f"{show(points.unfitting[0][0])}: {points.unfitting[0][1]}"
            )
        return points
    count, seed = drawn
    if fits < count:
        raise click.UsageError(
            f"--random {count} needs as many points that fit and differ, and only {fits} were found"
        )
    screen.say(f"{count} points of sample seed {seed}; {many} others drawn that do not fit")
    return points


def _sweep(
    output: Path,
    question: dict[str, Any],
    source: str | None,
    dataset: "Dataset",
    points: Points,
    target: Target,
    compute: "Callable[[Dataset, Sequence[Job]], Results]",
    screen: Screen,
) -> tuple[Answer, int]:
    """Train what is missing, write the results, and count the runs that were trained."""
    from qrnn_hw.export.errors import listed
    from qrnn_hw.page.sweep_page import sweep_page
    from qrnn_hw.sweep.conduct import rows, train_missing
    from qrnn_hw.sweep.picture import draw as picture
    from qrnn_hw.sweep.store import opened
    from qrnn_hw.train.loop.identity import identity
    from qrnn_hw.train.networks import impulse
    from qrnn_hw.train.objective import Objective
    from qrnn_hw.train.result.versions import versions

    if impulse.kernel is None:
        screen.say("numba is missing and training slow without: pip install 'qrnn-hw[train]'")
    measure = "loss" if Objective(dataset).by_loss else "accuracy"
    data, releases = identity(dataset, points.recipes[0][1])["data"], versions()
    runs = plan(points, question["seeds"], data, releases)
    question = question | {"data": data, "chosen_by": f"val_{measure}", "versions": releases}
    with opened(output, question) as store:
        with SweepProgress(sum(map(len, runs)), measure, screen) as progress:
            computed = partial(compute, dataset)
            done = train_missing(
                store, list(chain(*runs)), computed, releases, target, progress.report
            )
        with screen.status("estimating the hardware"):
            laid_out = [
                (point, rows(store, each, done, target, measure))
                for (point, _), each in zip(points.recipes, runs)
            ]
        found = answer(laid_out, measure)
        rows_of_all = [row for _, each in laid_out for row in each]
        plots = picture(dataset.name, found.plots)
        results = {"sweep.csv": table(rows_of_all), "pareto.svg": plots}
        results["pareto.html"] = sweep_page(question, source, found).encode()
        store.write(results)
        if store.others:
            screen.say(f"left alone: {listed(store.others)}")
    return found, progress.trained
