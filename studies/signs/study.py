"""Compares ways to choose the signs of a Hadamard recurrence; README.md tells what came of it.

``python studies/signs/study.py run --data DIR`` trains with the signs of every method, and
``proxies`` compares scores of signs before training; both add each run to results.jsonl and go on
where they were interrupted. ``page`` writes README.md from those runs. The test splits are not
touched.
"""

import time
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import click
import torch
from methods import METHODS, LearnedHadamard
from page import DRAWN, PAGE, REPEATED, keep, table, text
from tasks import TASKS, Start

from qrnn_hw.train.batch import Split
from qrnn_hw.train.networks.build import JUDGED, columns_of
from qrnn_hw.train.networks.signs import promise

SEEDS = (1, 2, 3)


class Bench:
    """The data of a task, and what is run on it.

    Parameters
    ----------
    task
        One of ``TASKS``.
    data
        The folder of the data sets.
    """

    def __init__(self, task: str, data: Path) -> None:
        torch.set_num_threads(1)
        self.task = task
        self.dataset, self.recipe = TASKS[task].load(data)

    def start(self, seed: int) -> Start:
        """Give where all methods begin with a seed."""
        return Start(TASKS[self.task], self.dataset, replace(self.recipe, seed=seed))

    def method(self, name: str, seed: int) -> dict[str, Any]:
        """Choose signs by a method, train, and keep what came of it."""
        method, start = METHODS[name], self.start(seed)
        start.recipe = method.recipe(start.recipe)
        begin = time.process_time()
        recurrence = method.choose(start)
        chosen = time.process_time()
        score = start.train(recurrence, method.hook and method.hook(start))
        if isinstance(recurrence, LearnedHadamard):
            start.details["flips"] = recurrence.flips()
        during = sum(part["seconds"] for part in start.details.get("rounds", ()))
        return keep(
            self.task, name, seed,
            score=asdict(score),
            search_seconds=round(chosen - begin + during, 2),
            train_seconds=round(time.process_time() - chosen - during, 2),
            details=start.details,
            recipe=asdict(start.recipe),
            data_sha256=self.dataset.sha256,
        )  # fmt: skip

    def draw(self, number: int) -> dict[str, Any]:
        """Judge a draw by all that can be known of it, train it, and keep both."""
        start, dataset = self.start(1), self.dataset
        recurrence = start.balanced(_signs(number))
        known = asdict(start.proxy.judge(recurrence))
        if not dataset.every:
            batch, labels = Split(dataset, "train", JUDGED).batch(slice(None))
            judged_on = batch, labels, columns_of(dataset), start.generator(6 + number)
            known["promise"] = promise(recurrence(), *judged_on)
        known["short"] = start.shortly(recurrence)
        score, recipe = asdict(start.train(recurrence)), asdict(start.recipe)
        return keep(self.task, "draw", number, score=score, proxies=known, recipe=recipe)

    def repeat(self, number: int) -> dict[str, Any]:
        """Train the first draw with the weights of another seed."""
        start = self.start(100 + number)
        score, recipe = asdict(start.train(start.balanced(_signs(1)))), asdict(start.recipe)
        return keep(self.task, "repeat", number, score=score, recipe=recipe)


def _signs(number: int) -> torch.Generator:
    """Give the source of a draw."""
    return torch.Generator().manual_seed(5000 + number)


@click.group(help=__doc__)
def main() -> None:
    """Group the commands."""


DATA = click.option(
    "--data", required=True, type=click.Path(exists=True, path_type=Path), help="Folder of .npz."
)
TASK = click.option("--task", "tasks", multiple=True, type=click.Choice(tuple(TASKS)),
                    help="Only this.")  # fmt: skip


@main.command()
@DATA
@TASK
@click.option("--method", "methods", multiple=True, type=click.Choice(tuple(METHODS)),
              help="Only this.")  # fmt: skip
@click.option("--seed", "seeds", multiple=True, type=click.IntRange(1), help="Only this.")
def run(
    data: Path, tasks: tuple[str, ...], methods: tuple[str, ...], seeds: tuple[int, ...]
) -> None:
    """Run what has not been run."""
    done = table()
    for seed, task in product(seeds or SEEDS, tasks or TASKS):
        asked = [name for name in TASKS[task].only or METHODS if name in (methods or METHODS)]
        left = [name for name in asked if seed not in done.get((task, name), {})]
        bench = Bench(task, data) if left else None
        for name in left:
            score = bench.method(name, seed)["score"]
            click.echo(f"{task}: {name}, seed {seed}: {score}")


@main.command()
@DATA
@TASK
def proxies(data: Path, tasks: tuple[str, ...]) -> None:
    """Judge and train draws; then train one of them again and again."""
    done = table()
    for task in tasks or [task for task, about in TASKS.items() if not about.only]:
        left = [(name, number) for name, count in (("draw", DRAWN), ("repeat", REPEATED))
                for number in range(1, count + 1)
                if number not in done.get((task, name), {})]  # fmt: skip
        bench = Bench(task, data) if left else None
        for name, number in left:
            found = bench.draw(number) if name == "draw" else bench.repeat(number)
            click.echo(f"{task}: {name} {number}: {found['score']}")


@main.command()
def page() -> None:
    """Write README.md."""
    PAGE.write_text(text())
    click.echo(PAGE)


if __name__ == "__main__":
    main()
