"""Options of tasks and of recipes, on the command line."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from qrnn_hw.cli.options.limits import within
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.tasks.options import OPTIONS, Option
from qrnn_hw.limits import Switch, Whole
from qrnn_hw.train_options import RECIPE, flag


def _task_option(name: str, option: Option) -> Callable[..., Any]:
    if option.choices:
        return click.option(flag(name), type=click.Choice(option.choices), help=option.help)
    if option.text:
        return click.option(flag(name), metavar=option.text, help=option.help)
    if option.low is None or option.high is None:
        return click.option(flag(name), is_flag=True, help=option.help)
    limits = Whole(option.low, option.high)
    return click.option(flag(name), type=within(limits), help=option.help)


def task_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of all tasks to a command."""
    for name, option in reversed(OPTIONS.items()):
        command = _task_option(name, option)(command)
    return command


#: How data become what a network takes, whatever is trained.
READING = (*(field.name for field in fields(Layout)), "input_bits", "scale")


def layout_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how tables are to be read to a command."""
    for field in reversed(fields(Layout)):
        command = _task_option(field.name, OPTIONS[field.name])(command)
    return command


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how data are to be read to a command."""
    for name in reversed(READING):
        command = _task_option(name, OPTIONS[name])(command)
    return command


def recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the fields of a recipe to a command."""
    for name, (limits, text, _) in reversed(RECIPE.items()):
        switch = isinstance(limits, Switch)
        option = click.option(
            flag(name), type=within(limits), is_flag=switch, default=None, help=text
        )
        command = option(command)
    return command
