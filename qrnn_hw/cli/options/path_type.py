"""Paths on the command line: an empty one, as of a variable that is not set, names nothing."""

from typing import Any

import click


class NamedPath(click.Path):
    """A path that is not empty; else as :class:`click.Path`, which takes "" for what it likes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the argument, or fail where it is empty."""
        if not value:
            self.fail("must be a path, and is empty", param, ctx)
        return super().convert(value, param, ctx)
