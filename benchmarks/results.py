"""Measures docs/results.md.

``python benchmarks/results.py run --data DIR`` trains, builds and verifies every network of
``grid.py`` with its seeds, keeps each run in ``benchmarks/results/``, and goes on where it was
interrupted. ``python benchmarks/results.py page`` writes docs/results.md and its pictures from
those runs.
"""

from itertools import product
from pathlib import Path

import click
from grid import MORE_SEEDS, TASKS
from page import write
from runs import RunError, execute, read

BUILDS = Path("build/results")


@click.group(help=__doc__)
def main() -> None:
    """Group the two commands."""


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
def page() -> None:
    """Write docs/results.md and its pictures."""
    for path in write():
        click.echo(path)


if __name__ == "__main__":
    main()
