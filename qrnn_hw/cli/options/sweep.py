"""What ``qrnn-hw sweep`` can vary: the options of ``qrnn-hw train`` that are fields of a recipe."""

from typing import TYPE_CHECKING, Any

import click

from qrnn_hw.cli.options.limits import within
from qrnn_hw.export.errors import ModelError, OptionError
from qrnn_hw.limits import SEED, Choice, Limits, Real, Whole
from qrnn_hw.sweep.axes import Kind, parse_axis
from qrnn_hw.sweep.points import Fitting, Point
from qrnn_hw.train.recipe import CELLS
from qrnn_hw.train_options import RECIPE, check_cell, check_task, chosen_recipe

if TYPE_CHECKING:
    from qrnn_hw.data.dataset import Dataset
    from qrnn_hw.train.recipe import Recipe


def _kind(limits: Limits) -> Kind:
    """Read words as an option does."""
    return Kind(limits.read, {Whole: int, Real: float}.get(type(limits)))


KINDS = {
    "cell": _kind(Choice(CELLS)),
    "augment": _kind(Choice(("warp",))),
    **{name: _kind(kind) for name, (kind, *_) in RECIPE.items()},
}


class AxisType(click.ParamType):  # type: ignore[type-arg]  # older ones take none
    """An axis, as :func:`qrnn_hw.sweep.axes.parse_axis` reads it."""

    name = "axis"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse_axis(value, KINDS)
        except ValueError as error:
            self.fail(" ".join(str(error).split()), param, ctx)


class SeedsType(click.ParamType):  # type: ignore[type-arg]
    """Seeds, all different, between commas."""

    name = "seeds"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        seeds = tuple(within(SEED).convert(word.strip(), param, ctx) for word in value.split(","))
        if len(set(seeds)) < len(seeds):
            self.fail(f"each seed must be there once, and they are {value}", param, ctx)
        return seeds


def fitting(
    task: str,
    data: object,
    dataset: "Dataset",
    asked: dict[str, Any],
    size: int | None,
    fixed: dict[str, Any],
) -> Fitting:
    """Return the function that finds the recipe of a point, or why there is none.

    Parameters
    ----------
    data
        The path of the data.
    asked
        Options of the task.
    size
        Bytes of a baseline; None for the default.
    fixed
        Options of the recipe that are the same at all points, ``cell`` and ``augment`` included.
    """

    def fit(point: Point) -> "Recipe | str":
        chosen = fixed | {name: value for name, value in point.items() if value is not None}
        cell, augment = chosen.pop("cell", CELLS[0]), chosen.pop("augment", None)
        try:
            check_task(task, data, augment, asked)
            check_cell(cell, chosen, size)
            return chosen_recipe(task, dataset, cell, augment, size, chosen)
        except (OptionError, ModelError) as error:
            return str(error)

    return fit
