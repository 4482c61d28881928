"""A command, where what the library says of options that do not fit is an error of usage."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import click

from qrnn_hw.export.errors import OptionError


class Command(click.Command):
    """A command over calls of the library.

    Parameters
    ----------
    sections
        Headings of the help, each with the names of the options below it; all others are at the
        head of the list.
    """

    def __init__(
        self, *arguments: Any, sections: Mapping[str, Collection[str]] | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.sections = sections or {}

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except OptionError as error:
            raise click.UsageError(str(error), ctx) from error

    def shown(self, ctx: click.Context) -> Mapping[str, Collection[str]]:
        """Return the sections that the help has."""
        return self.sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, by sections."""
        elsewhere = {name for names in self.sections.values() for name in names}
        options = (one for one in self.get_params(ctx) if isinstance(one, click.Option))
        records = {option.name: option.get_help_record(ctx) for option in options}
        first = [name for name in records if name not in elsewhere]
        for heading, names in {"Options": first, **self.shown(ctx)}.items():
            rows = [record for name in records if name in names and (record := records[name])]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


command = partial(click.command, cls=Command)
