"""``qrnn-hw report``: a build or a model as a page."""

from typing import Any

import click

from qrnn_hw.build_folder import PAGE
from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import wire_option
from qrnn_hw.cli.options.model import state_bits_option, transform_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cmd_report import report as write_report


@command(short_help="A build or a model as a page to look at.")
@click.argument("source", metavar="[BUILD|MODEL]", required=False, type=NamedPath())
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    type=NamedPath(),
    help="Two builds or models side by side, in place of one.",
)
@click.option("-o", "--output", default=PAGE, show_default=True, type=NamedPath(), help="The page.")
@click.option(
    "--model",
    type=NamedPath(),
    help="The model.pt that BUILD was made from, whose sequences are shown.",
)
@click.option("--data", type=NamedPath(), help="Sequences to show, as `predict` takes them.")
@wire_option
@click.option(
    "--upsets",
    metavar="FILE",
    type=NamedPath(),
    help="What `verify --upsets N --json` printed of this model (docs/reliability.md).",
)
@state_bits_option
@transform_option
@json_option
def report(
    source: str | None, compare: tuple[str, str] | None, as_json: bool, **asked: Any
) -> None:
    """Make a page of BUILD, a folder of `build`, or of MODEL: one file to look at in a browser.

    `build` leaves such a page in its folder, too. This one may show other sequences, of a model
    that is not built yet, or two builds side by side.
    """
    if (source is None) is (compare is None):
        raise click.UsageError("either BUILD or MODEL must be given, or --compare A B")
    first, beside = (source, None) if compare is None else compare
    assert first is not None  # one of the two was given
    out = console(as_json)
    with out.status("drawing"):
        path = write_report(first, beside=beside, **asked)
    out.say(f"page: {path}")
    emit(as_json, {"page": str(path)})
