"""A command, where what the library says of options that do not fit is an error of usage."""

from functools import partial
from typing import Any

import click

from qrnn_hw.export.errors import OptionError


class Command(click.Command):
    """A command over calls of the library."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except OptionError as error:
            raise click.UsageError(str(error), ctx) from error


command = partial(click.command, cls=Command)
