"""Measures docs/results.md.

``python benchmarks/results.py run --data DIR`` trains every network of ``results_grid.py`` with its
seeds, keeps each run in ``benchmarks/results/``, and goes on where it was interrupted; ``build``
builds and verifies the first seed of each, from the models that ``run`` has left. ``python
benchmarks/results.py page`` writes docs/results.md and its picture from those runs. ``check`` names
the runs that today's defaults would not repeat, ``simpler`` measures what is beside them.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import click

import results_grid
from qrnn_hw.cli.train import train as train_command
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks import load_task
from qrnn_hw.data.tasks.options import OPTIONS
from qrnn_hw.export import model_file
from qrnn_hw.export.files.destination import place
from qrnn_hw.train.recipe import LATER
from qrnn_hw.train_options import RECIPE, chosen_recipe, pooled_recipe
from results_grid import MORE_SEEDS, TASKS, Network, read, record
from results_page import write
from results_simpler import measure

BUILDS = Path("build/results")
# Of the card of a network, what the page needs and what repeats the run.
CARD = ("recipe", "data_sha256", "splits", "parameters", "bytes", "chosen_epoch", "val_accuracy",
        "test_accuracy", "test_loss", "test_bits_per_answer", "test_integers", "versions",
        "notes")  # fmt: skip


class RunError(Exception):
    """A command of a run failed."""


def _command(*arguments: str) -> dict[str, Any]:
    """Run a command of qrnn-hw and read what ``--json`` prints."""
    program = Path(sys.executable).with_name("qrnn-hw")
    result = subprocess.run(
        (program, *arguments, "--json"), stdout=subprocess.PIPE, text=True, check=False
    )
    if result.returncode:
        raise RunError(f"qrnn-hw {' '.join(arguments)} ended with {result.returncode}")
    return json.loads(result.stdout.splitlines()[-1])


def _options(task: str, network: Network, seed: int) -> list[str]:
    options = [*network.train, "--seed", str(seed)]
    if network.like is not None:
        other = read(task, network.like, seed)
        if other is None:
            raise RunError(f"{task}: {network.like} with seed {seed} must run first")
        options += ["--bytes", str(other["card"]["bytes"])]
    return options


def _card(model: Path) -> dict[str, Any]:
    """Read the card of a network, or that beside a baseline."""
    beside = model.with_suffix(".json")
    card = json.loads(beside.read_text()) if beside.exists() else model_file.load(model).card
    return {name: card[name] for name in CARD if name in card}


def execute(task: str, name: str, seed: int, data: Path, work: Path) -> dict[str, Any]:
    """Train a network, and keep what came of it.

    Parameters
    ----------
    task, name
        Of ``results_grid.TASKS`` and its networks.
    seed
        Of the training.
    data
        The folder of the data sets.
    work
        A folder for the models.

    Raises
    ------
    RunError
        If a command fails.
    """
    about, network = TASKS[task], TASKS[task].networks[name]
    options, model = _options(task, network, seed), _model(work, task, name, seed)
    work.mkdir(parents=True, exist_ok=True)
    where = () if about.data is None else ("--data", str(data / about.data))
    trained = _command("train", *about.train, *where, *options, "-o", str(model))
    shown = () if about.data is None else ("--data", about.data.name)
    run = {
        "command": " ".join(("qrnn-hw train", *about.train, *shown, *options)),
        "seconds": trained["seconds"],
        "card": _card(model),
    }
    _keep(run, record(task, name, seed))
    return run


def _model(work: Path, task: str, name: str, seed: int) -> Path:
    return work / f"{task}-{name}-{seed}.pt"


def _keep(run: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    place((json.dumps(run, indent=1) + "\n").encode(), path)


def add_build(task: str, name: str, work: Path) -> None:
    """Build and verify the network of the first seed, and add what came of it to its run.

    Parameters
    ----------
    task, name
        Of ``results_grid.TASKS`` and its networks.
    work
        The folder of the models, and for the bitstreams.

    Raises
    ------
    RunError
        If the build fails.
    """
    seed, options = TASKS[task].seeds_of(name)[0], TASKS[task].networks[name].build
    run, model = read(task, name, seed), _model(work, task, name, seed)
    if options is None or run is None or "build" in run or not model.exists():
        return
    click.echo(f"{task}: {name}")
    run["build"] = _command("build", str(model), *options, "-o", str(work / model.stem))
    run["build_command"] = " ".join(("qrnn-hw build model.pt", *options))
    _keep(run, record(task, name, seed))


@click.group(help=__doc__)
def main() -> None:
    """Group the commands."""


@main.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--work", default=BUILDS, show_default=True, type=click.Path(path_type=Path))
@click.option("--task", "tasks", multiple=True, type=click.Choice(tuple(TASKS)), help="Only this.")
@click.option("--network", "only", multiple=True, help="Only these networks.")
@click.option("--seed", "seeds", multiple=True, type=click.Choice(MORE_SEEDS), help="Only this.")
def run(
    data: Path, work: Path, tasks: tuple[str, ...], only: tuple[str, ...], seeds: tuple[int, ...]
) -> None:
    """Run what has not been run."""
    failed = 0
    for seed, task in product(seeds or MORE_SEEDS, tasks or TASKS):
        for name in TASKS[task].networks:
            asked = seed in TASKS[task].seeds_of(name) and (not only or name in only)
            if not asked or read(task, name, seed):
                continue
            click.echo(f"{task}: {name}, seed {seed}")
            try:
                execute(task, name, seed, data, work)
            except RunError as error:
                failed += 1
                click.echo(f"  {error}", err=True)
    if failed:
        raise click.ClickException(f"{failed} runs failed; the same command tries them again")


@main.command()
@click.option("--work", default=BUILDS, show_default=True, type=click.Path(path_type=Path))
@click.option("--task", "tasks", multiple=True, type=click.Choice(tuple(TASKS)), help="Only this.")
@click.option("--network", "only", multiple=True, help="Only these networks.")
def build(work: Path, tasks: tuple[str, ...], only: tuple[str, ...]) -> None:
    """Build what has run and has not been built."""
    failed = 0
    for task in tasks or TASKS:
        for name in TASKS[task].networks:
            try:
                if not only or name in only:
                    add_build(task, name, work)
            except RunError as error:
                failed += 1
                click.echo(f"  {error}", err=True)
    if failed:
        raise click.ClickException(f"{failed} builds failed; the same command tries them again")


def _given(words: Sequence[str]) -> dict[str, Any]:
    """Read options as ``qrnn-hw train`` does."""
    return train_command.make_context("train", [*words, "-o", "model.pt"]).params


@lru_cache(maxsize=1)
def _dataset(task: str, data: Path, options: tuple[tuple[str, Any], ...]) -> Dataset:
    where = TASKS[task].data
    return load_task(TASKS[task].train[0], None if where is None else data / where, **dict(options))


@main.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
def simpler(data: Path) -> None:
    """Measure logistic regression and n-grams where that has not been done."""
    for task, about in TASKS.items():
        if about.data is None or results_grid.simpler(task).exists():
            continue
        click.echo(task)
        given = _given([*about.train, "--data", "data"])
        dataset = _dataset(task, data, tuple((name, given[name]) for name in OPTIONS))
        block = read(task, "block", about.seeds[0])
        size = 0 if block is None else block["card"]["bytes"]
        _keep(measure(dataset, size), results_grid.simpler(task))


def _asked(task: str, command: str, data: Path) -> dict[str, Any]:
    """Look up the recipe that a command asks for today, and the digest of its data."""
    given = _given(command.removeprefix("qrnn-hw train ").split())
    dataset = _dataset(task, data, tuple((name, given[name]) for name in OPTIONS))
    named = {name: given[name] for name in (*RECIPE, "seed") if given[name] is not None}
    recipe = pooled_recipe(given["readout"], given["task"], dataset, given["cell"], named)
    if recipe is None:
        cell, augment = given["cell"] or "hadamrnn", given["augment"]
        recipe = chosen_recipe(given["task"], dataset, cell, augment, given["size"], named)
    return asdict(recipe) | {"data_sha256": dataset.sha256}


def _moot(field: str, asks: dict[str, Any]) -> bool:
    """Whether a field changes nothing: without tuning, or of real weights."""
    switch = {"tune_lr": "state_bits", "w_bits": "w_bits"}.get(field)
    return switch is not None and not asks[switch]


@main.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
def check(data: Path) -> None:
    """Name the runs whose recipe or data are no longer what their command asks for."""
    for task, about in TASKS.items():
        for name in about.networks:
            for seed in filter(partial(read, task, name), about.seeds_of(name)):
                run = read(task, name, seed)
                card = run["card"]
                had = LATER | card["recipe"]
                had |= {"data_sha256": card["data_sha256"]}
                asks = _asked(task, run["command"], data)
                # Of fields that those of then lacked, or a design chooses, nothing can be said.
                other = [
                    key
                    for key, value in asks.items()
                    if value not in (None, had.get(key, value)) and not _moot(key, asks)
                ]
                if other:
                    click.echo(f"{task}: {name}, seed {seed}: {', '.join(other)}")


@main.command()
def page() -> None:
    """Write docs/results.md and its picture."""
    for path in write():
        click.echo(path)


if __name__ == "__main__":
    main()
