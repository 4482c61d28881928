"""Options of tasks and of recipes, on the command line."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import click

from qrnn_hw.cli.options.command import Command
from qrnn_hw.cli.options.limits import within
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.tasks import TASKS
from qrnn_hw.data.tasks.options import OPTIONS, Option
from qrnn_hw.limits import Switch, Whole
from qrnn_hw.train_options import RECIPE, flag

_BY_GRADIENTS = (
    "epochs", "batch", "lr", "dropout", "schedule", "average", "augment", "tune_epochs",
    "noise_bits", "restart",
)  # fmt: skip
_MACHINE = ("threads", "device")
_ANY = ("balance", *_BY_GRADIENTS, *_MACHINE)
#: Headings of the help of what trains.
SECTIONS: dict[str, Collection[str]] = {
    "The network": (*(name for name in RECIPE if name not in _ANY), "size"),
    "A readout of all states": ("stream", "leak", "draws", "seconds"),
    "Training by gradients": _BY_GRADIENTS,
    "The machine": _MACHINE,
    "The task": tuple(OPTIONS),
}


class TaskCommand(Command):
    """A command that begins with a task, whose help with a task lists what that one takes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember the task, which ``--help`` is asked before."""
        ctx.meta["task"] = next((word for word in args if word in TASKS), None)
        return super().parse_args(ctx, args)

    def shown(self, ctx: click.Context) -> Mapping[str, Collection[str]]:
        """Return the sections, with the options of the task that was named."""
        name = ctx.meta.get("task")
        sections = dict(super().shown(ctx))
        everyone = sections.pop("The task")
        if name is None:
            return {**sections, "The task; `TASK --help` shows what one takes": everyone}
        return {**sections, f"The task {name}": TASKS[name].options}


task_command = partial(click.command, cls=TaskCommand, sections=SECTIONS)


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
        if isinstance(limits, Switch):
            given: dict[str, Any] = {"flag_value": not limits.usual, "is_flag": True}
        else:
            given = {"type": within(limits)}
        option = click.option(flag(name), name, default=None, help=text, **given)
        command = option(command)
    return command
