"""The one way out for text: people read a console, programs the last line of standard output.

Names, paths, messages of tools and of the system come from others. None of them is markup, moves
the cursor, breaks a line, or stops the command because a terminal lacks one of its characters.
"""

import io
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

NARROWEST = 80  # columns of a table: in fewer its numbers would vanish, and a terminal breaks lines
EVERY = 60  # seconds from one line about something to the next, where nobody looks on
STANDARD = (0, 1, 2)  # input, output, errors

json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object on the last line of standard output.",
)
QUIET = "quiet"  # what a command keeps of the option


def _keep_quiet(ctx: click.Context, _: click.Parameter, quiet: bool) -> None:
    ctx.meta[QUIET] = quiet


quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_keep_quiet,
    help="Print warnings, errors and what --json asks for, and nothing else.",
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


def duration(seconds: float) -> str:
    """Say a time as people do.

    >>> [duration(seconds) for seconds in (0.4, 42, 95, 4000)]
    ['1 s', '42 s', '2 min', '67 min']
    """
    return f"{max(round(seconds), 1)} s" if seconds < 90 else f"{round(seconds / 60)} min"


class _Left(ProgressColumn):
    """The time that is left, of the total that a task was given in seconds; else what it took."""

    def render(self, task: Task) -> Text:
        elapsed = task.elapsed or 0
        if task.total is None:
            return Text(duration(elapsed))
        left = task.total - elapsed
        return Text(f"about {duration(left)} left" if left > 0 else "longer than usual")


class Status:
    """What is being done, on a screen or, where nobody looks on, in lines of standard error.

    Parameters
    ----------
    message
        What it is.
    screen
        Where lines go.
    bar
        Of a terminal, with this as its only task.
    """

    def __init__(self, message: str, screen: "Screen", bar: Progress | None = None) -> None:
        self.message, self.screen, self.bar = message, screen, bar
        self.told = time.monotonic()

    def left(self, done: str, seconds: float) -> None:
        """Tell how far it is, and how long it will still take, about."""
        if self.bar is not None:
            task = self.bar.tasks[0]
            self.bar.update(task.id, total=(task.elapsed or 0) + seconds)
        elif time.monotonic() - self.told >= EVERY:
            self.told = time.monotonic()
            self.screen.say(f"{self.message}: {done}, about {duration(seconds)} left")


class Screen(Console):
    """A console that shows every text as it is.

    Parameters
    ----------
    stderr
        Whether it is standard error, and not standard output.
    quiet
        Whether it shows warnings alone.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(stderr=stderr, quiet=quiet, markup=False, emoji=False, highlight=False)

    def say(self, *parts: str | tuple[str, str]) -> None:
        """Print a line, the parts as :func:`styled` takes them."""
        self.print(styled(*parts), soft_wrap=True)

    def warn(self, message: str) -> None:
        """Print a warning, in any case."""
        quiet, self.quiet = self.quiet, False
        self.say(("warning", "yellow"), f": {message}")
        self.quiet = quiet

    @contextmanager
    def status(  # type: ignore[override]
        self, message: str, seconds: float = 0
    ) -> Iterator[Status]:
        """Show what is being done, for as long as the block lasts, and the time that is left.

        Where nobody looks on, in a pipe or a file, it is a line of standard error, and one a
        minute of what is left.

        Parameters
        ----------
        message
            What it is.
        seconds
            How long it will take, about; 0 where nobody knows.
        """
        if not self.is_terminal:
            about = f", about {duration(seconds)}" if seconds else ""
            screen = Screen(stderr=True, quiet=self.quiet)
            screen.say(f"{message}{about}")
            yield Status(message, screen)
            return
        spinner = SpinnerColumn("line" if self.options.ascii_only else "dots")
        columns = (spinner, TextColumn("{task.description}", markup=False), _Left())
        with Progress(*columns, console=self, transient=True) as bar:
            bar.add_task(visible(message), total=seconds or None)
            yield Status(message, self, bar)

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
    ctx = click.get_current_context(silent=True)
    return Screen(stderr=as_json, quiet=ctx is not None and ctx.meta.get(QUIET, False))


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
