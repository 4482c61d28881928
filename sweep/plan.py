"""The runs that a sweep asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qrnn_hw.sweep.digest import run_digest
from qrnn_hw.sweep.points import Point, Points
from qrnn_hw.train.recipe import Recipe


@dataclass(frozen=True)
class Planned:
    """A run that is asked for.

    Parameters
    ----------
    point
        Where it lies.
    recipe
        With its seed.
    key
        Its digest; points that come to the same recipe share it.
    """

    point: Point
    recipe: Recipe
    key: str


def plan(
    points: Points, seeds: Sequence[int], data: str, versions: Mapping[str, str]
) -> list[list[Planned]]:
    """List the runs of every point, one a seed.

    Parameters
    ----------
    data, versions
        As in :func:`qrnn_hw.sweep.digest.run_digest`.
    """
    runs = []
    for point, recipe in points.recipes:
        seeded = [replace(recipe, seed=seed) for seed in seeds]
        runs.append([Planned(point, one, run_digest(one, data, versions)) for one in seeded])
    return runs
