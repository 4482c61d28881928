"""Where output goes: people read a rich console, programs the last line of standard output."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object on the last line of standard output.",
)


def console(as_json: bool) -> Console:
    """Open the console for people: standard error when standard output belongs to a program."""
    return Console(stderr=as_json)


def emit(as_json: bool, result: Mapping[str, Any]) -> None:
    """Print ``result`` for programs, if they asked for it."""
    if as_json:
        click.echo(json.dumps(dict(result)))
