"""How commands read sequences, and what they say of them."""

from collections.abc import Iterable
from pathlib import Path

import click

from qrnn_hw.cli.console import console
from qrnn_hw.data.sequences import Sequences, read_sequences
from qrnn_hw.models import OpenModel

wire_option = click.option(
    "--wire",
    is_flag=True,
    help="Numbers are integers as the hardware takes them, and not in the units of training.",
)


def read_data(path: Path | None, opened: OpenModel, wire: bool) -> Sequences:
    """Read the sequences of a file, and tell how; or take those that the model's file holds.

    Raises
    ------
    click.UsageError
        If ``wire`` is about no file.
    DataError, ModelError
        As from :func:`qrnn_hw.data.sequences.read_sequences`.
    """
    if path is None:
        if wire:
            raise click.UsageError("--wire says how to read --data: give both")
        return opened.samples
    found = read_sequences(path, opened.model, opened.trained, wire)
    tell(found.notes)
    return found


def tell(notes: Iterable[str]) -> None:
    """Print notes on standard error."""
    for note in notes:
        console(True).say(("note:", "yellow"), f" {note}")
