"""Limits of numbers as types of options: click's own let NaN and infinity through."""

from typing import Any

import click

from qrnn_hw.limits import Choice, Limits, Real, Whole


class WholeType(click.IntRange):
    """A whole number within limits, which the help tells."""

    def __init__(self, limits: Whole) -> None:
        super().__init__(limits.low, limits.high)
        self.limits = limits

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the option, or fail with what is allowed and what was given."""
        try:
            return self.limits.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class RealType(click.FloatRange):
    """A real number within limits, which the help tells."""

    def __init__(self, limits: Real) -> None:
        super().__init__(
            limits.low, limits.high, min_open=limits.low_open, max_open=limits.high_open
        )
        self.limits = limits

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the option, or fail with what is allowed and what was given."""
        try:
            return self.limits.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def within(limits: Limits) -> "click.ParamType[Any]":
    """Return the type of an option that is held to limits."""
    if isinstance(limits, Whole):
        return WholeType(limits)
    return click.Choice(limits.words) if isinstance(limits, Choice) else RealType(limits)
