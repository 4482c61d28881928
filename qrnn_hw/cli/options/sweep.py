"""What ``qrnn-hw sweep`` can vary: the options of ``qrnn-hw train`` that are fields of a recipe."""

from typing import TYPE_CHECKING, Any

import click
from click.types import FloatParamType, IntParamType

from qrnn_hw.cli.options.limits import SEED
from qrnn_hw.cli.options.train import RECIPE, check_cell, check_task, chosen_recipe
from qrnn_hw.export.errors import ModelError
from qrnn_hw.sweep.axes import Kind, parse_axis
from qrnn_hw.sweep.points import Fitting, Point
from qrnn_hw.train.recipe import CELLS

if TYPE_CHECKING:
    from qrnn_hw.data.dataset import Dataset
    from qrnn_hw.train.recipe import Recipe


def _kind(given: Any) -> Kind:
    """Read words as an option does."""
    option = click.types.convert_type(given)

    def read(word: str) -> object:
        try:
            return option.convert(word, None, None)
        except click.BadParameter as error:
            raise ValueError(error.message) from error

    numbers = {IntParamType: int, FloatParamType: float}
    number = next((of for kind, of in numbers.items() if isinstance(option, kind)), None)
    return Kind(read, number)


KINDS = {
    "cell": _kind(click.Choice(CELLS)),
    "augment": _kind(click.Choice(("warp",))),
    **{name: _kind(kind) for name, (kind, *_) in RECIPE.items()},
}


class AxisType(click.ParamType):
    """An axis, as :func:`qrnn_hw.sweep.axes.parse_axis` reads it."""

    name = "axis"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse_axis(value, KINDS)
        except ValueError as error:
            self.fail(" ".join(str(error).split()), param, ctx)


class SeedsType(click.ParamType):
    """Seeds, all different, between commas."""

    name = "seeds"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        seeds = tuple(SEED.convert(word.strip(), param, ctx) for word in value.split(","))
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
        except click.UsageError as error:
            return error.message
        except ModelError as error:
            return str(error)

    return fit
