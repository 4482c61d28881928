"""``qrnn-hw check``: a build, checked with other tools."""

from pathlib import Path

import click

from qrnn_hw import cmd_check
from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.views.progress import shown


@command(name="check")
@click.argument("build", type=NamedPath(path_type=Path))
@json_option
def check(build: Path, as_json: bool) -> None:
    """Check BUILD, a folder of `build` or a copy of one, against its certificate.json.

    Its files are compared with their digests, and what model and plan decide is computed again.
    Where they are installed, Icarus runs core.v with the certificate's vectors, and yosys reads it.
    A file or a count that differs is exit code 4. docs/check.md does it without qrnn-hw.
    """
    screen = console(as_json)
    with shown(screen) as progress:
        found = cmd_check.check(build, progress=progress)
    for level in found.certificate.levels:
        counts = ", ".join(f"{value} {key}" for key, value in level.items() if key != "level")
        screen.say(f"certified at {level.get('level')} level: {counts}")
    emit(as_json, found.to_dict())
