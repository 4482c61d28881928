"""The one way out for text: people read a console, programs the last line of standard output.

Names, paths, messages of tools and of the system come from others. None of them is markup, moves
the cursor, breaks a line, or stops the command because a terminal lacks one of its characters.
"""

import io
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.status import Status
from rich.table import Table
from rich.text import Text

NARROWEST = 80  # columns of a table: in fewer its numbers would vanish, and a terminal breaks lines
STANDARD = (0, 1, 2)  # input, output, errors

json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object on the last line of standard output.",
)


def visible(text: str) -> str:
    r"""Write out, as Python's ``repr`` does, every character that cannot be seen.

    These are control characters, line breaks, marks that turn the direction of writing, characters
    without width, spaces other than the common one, and bytes of a path that are no text.

    >>> print(visible("a\x1b[2Jb\nc\u202ed [red]"))
    a\x1b[2Jb\nc\u202ed [red]
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Join parts to a text; a part is a string, or one with its style, such as "green"."""
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((visible(text), style) for text, style in pairs))


class Screen(Console):
    """A console that shows every text as it is.

    Parameters
    ----------
    stderr
        Whether it is standard error, and not standard output.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def say(self, *parts: str | tuple[str, str]) -> None:
        """Print a line, the parts as :func:`styled` takes them."""
        self.print(styled(*parts), soft_wrap=True)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self.say(("warning", "yellow"), f": {message}")

    def status(self, message: str) -> Status:  # type: ignore[override]
        """Show what is being done, for as long as the block lasts."""
        plain = self.options.ascii_only
        return super().status(styled(message), spinner="line" if plain else "dots")

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a string, of a table for instance, into what is drawn."""
        encoding = self.encoding
        shown = visible(text).encode(encoding, "backslashreplace").decode(encoding)
        return super().render_str(shown, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Draw something; a name that is too long for its column goes on in the next line."""
        options = options or self.options
        if options.overflow == "ellipsis":
            options = options.update(overflow="fold")
        if isinstance(renderable, Table) and renderable.box:
            options = options.update(width=max(options.max_width, NARROWEST))
        return super().render(renderable, options)

    def print(self, *objects: Any, crop: bool = False, **options: Any) -> None:
        """Print objects, lines longer than the terminal included."""
        super().print(*objects, crop=crop, **options)

    def on_broken_pipe(self) -> None:
        """Let the command end where nobody reads on."""
        raise  # the BrokenPipeError that is being handled


def console(as_json: bool) -> Screen:
    """Open the console for people: standard error when standard output belongs to a program."""
    return Screen(stderr=as_json)


def emit(as_json: bool, result: Mapping[str, Any]) -> None:
    """Print ``result`` for programs, in ASCII, if they asked for it."""
    if as_json:
        click.echo(json.dumps(_finite(result), allow_nan=False))


def _finite(value: Any) -> Any:
    """Replace what JSON has no number for, NaN and infinity, by null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def open_streams() -> None:
    """Let no character stop the output: what an encoding lacks is escaped."""
    for number in STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # or else the next file would be taken for it
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> bool:
    """Write what is left, and return whether it could be; the end of the process will not fail."""
    whole = True
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            whole = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return whole
