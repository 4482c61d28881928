"""The points of a sweep: all combinations of the axes, or some at random."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from qrnn_hw.sweep.axes import NONE, Axis, Values, option
from qrnn_hw.train.recipe import Recipe

Point = dict[str, Any]  # the value of each axis, by its name; None if it is not given
# Draws in a row that bring nothing new: where one in a thousand fits, so many are bad luck once in
# twenty thousand times.
PATIENCE = 10_000


@dataclass(frozen=True)
class Points:
    """What will be trained, and what will not.

    Parameters
    ----------
    recipes
        Each point with its recipe, of any seed.
    unfitting
        Points that no recipe has, each with the reason.
    """

    recipes: tuple[tuple[Point, Recipe], ...]
    unfitting: tuple[tuple[Point, str], ...]


Fitting = Callable[[Point], Recipe | str]  # the recipe of a point, or why it has none


def show(point: Point) -> str:
    """Name a point in a line."""
    return " ".join(
        f"{option(name)}={NONE if value is None else value}" for name, value in point.items()
    )


def grid(axes: Sequence[Values], fit: Fitting) -> Points:
    """Combine all values of all axes; the last axis turns fastest."""
    recipes, unfitting = [], []
    for values in product(*(axis.values for axis in axes)):
        point = dict(zip((axis.name for axis in axes), values))
        found = fit(point)
        if isinstance(found, str):
            unfitting.append((point, found))
        else:
            recipes.append((point, found))
    return Points(tuple(recipes), tuple(unfitting))


def draw(axes: Sequence[Axis], count: int, seed: int, fit: Fitting) -> Points:
    """Draw points until so many have a recipe, each another one.

    More points of the same seed begin with the same ones. Where there are fewer that differ, and
    fit, than asked for, these are what comes.
    """
    generator = np.random.default_rng(seed)
    recipes: dict[Recipe, Point] = {}
    unfitting: dict[str, tuple[Point, str]] = {}
    idle = 0
    while len(recipes) < count and idle < PATIENCE:
        point: Point = {axis.name: axis.draw(generator) for axis in axes}
        found = fit(point)
        idle += 1
        if isinstance(found, str):
            unfitting[show(point)] = point, found
        elif found not in recipes:
            recipes[found], idle = point, 0
    return Points(
        tuple((point, recipe) for recipe, point in recipes.items()), tuple(unfitting.values())
    )
