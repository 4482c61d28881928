"""Limits of numbers as types of options: click's own let NaN and infinity through."""

from typing import Any

import click

from qrnn_hw.limits import Choice, Limits, Real, Switch, Whole


class Limited(click.ParamType):  # type: ignore[type-arg]  # older ones take none
    """What is read within limits."""

    limits: Limits

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the option, or fail with what is allowed and what was given."""
        try:
            return self.limits.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class WholeType(Limited, click.IntRange):
    """A whole number; the help tells its limits."""

    def __init__(self, limits: Whole) -> None:
        super().__init__(limits.low, limits.high)
        self.limits = limits


class RealType(Limited, click.FloatRange):
    """A real number; the help tells its limits."""

    def __init__(self, limits: Real) -> None:
        open_ends = {"min_open": limits.low_open, "max_open": limits.high_open}
        super().__init__(limits.low, limits.high, **open_ends)
        self.limits = limits


def within(limits: Limits) -> "click.ParamType[Any]":
    """Return the type of an option that is held to limits."""
    if isinstance(limits, Whole):
        return WholeType(limits)
    if isinstance(limits, Switch):
        return click.BOOL
    return click.Choice(limits.words) if isinstance(limits, Choice) else RealType(limits)
