"""How commands read sequences, and what they say of them."""

from collections.abc import Iterable
from pathlib import Path

import click

from qrnn_hw.cli.console import console
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.models import OpenModel

wire_option = click.option(
    "--wire",
    is_flag=True,
    help="Numbers are integers as the hardware takes them, and not in the units of training.",
)


def read_data(path: Path | None, opened: OpenModel, wire: bool) -> Sequences:
    """Read sequences as :meth:`~qrnn_hw.models.OpenModel.sequences` does, and tell how."""
    found = opened.sequences(path, wire)
    tell(found.notes)
    return found


def tell(notes: Iterable[str]) -> None:
    """Print notes on standard error."""
    for note in notes:
        console(True).say(("note:", "yellow"), f" {note}")
