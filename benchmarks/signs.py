"""Measures docs/signs.md: ways to choose the signs of a Hadamard recurrence.

``python benchmarks/signs.py run --data DIR`` trains with the signs of every method, and
``proxies`` compares scores of signs before training; both keep each run in
``benchmarks/results/signs/`` and go on where they were interrupted. ``page`` writes docs/signs.md
from those runs. The test splits are not touched.
"""

from itertools import product
from pathlib import Path

import click
from sign_methods import METHODS
from sign_page import PATH, text
from sign_runs import DRAWN, REPEATED, SEEDS, Bench, read
from sign_tasks import TASKS


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
    for seed, task in product(seeds or SEEDS, tasks or TASKS):
        asked = [name for name in TASKS[task].only or METHODS if name in (methods or METHODS)]
        left = [name for name in asked if read(task, name, seed) is None]
        bench = Bench(task, data) if left else None
        for name in left:
            score = bench.method(name, seed)["score"]
            click.echo(f"{task}: {name}, seed {seed}: {score}")


@main.command()
@DATA
@TASK
def proxies(data: Path, tasks: tuple[str, ...]) -> None:
    """Judge and train draws; then train one of them again and again."""
    for task in tasks or [task for task, about in TASKS.items() if not about.only]:
        left = [(name, number) for name, count in (("draw", DRAWN), ("repeat", REPEATED))
                for number in range(1, count + 1) if read(task, name, number) is None]  # fmt: skip
        bench = Bench(task, data) if left else None
        for name, number in left:
            found = bench.proxies(number) if name == "draw" else bench.repeat(number)
            click.echo(f"{task}: {name} {number}: {found['score']}")


@main.command()
def page() -> None:
    """Write docs/signs.md."""
    PATH.write_text(text())
    click.echo(PATH)


if __name__ == "__main__":
    main()
