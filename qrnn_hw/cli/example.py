"""``qrnn-hw example``: a trained network to begin with, wherever the package is installed."""

from pathlib import Path

import click

from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.export.files.destination import check_file, place

EXAMPLES = {
    "digits": "8x8 digits, 64 units",
    "pmnist512": "permuted MNIST, 512 units, the paper's size",
    "copy128": "the copy task: ten symbols, remembered for a thousand steps, 128 units",
}
FOLDER = Path(__file__).parents[1] / "examples"


_LISTED = "\b\n" + "\n".join(f"{name:10} {text}" for name, text in EXAMPLES.items())


@command(short_help="Write an example network to begin with.", epilog=_LISTED)
@click.argument("name", type=click.Choice(tuple(EXAMPLES)), metavar="NAME")
@click.option("-o", "--output", type=NamedPath(path_type=Path), help="The file; default: NAME.pt.")
@json_option
def example(name: str, output: Path | None, as_json: bool) -> None:
    """Write the trained network NAME, for `build`, `verify`, `predict` and `explore`."""
    content, path = (FOLDER / f"{name}.pt").read_bytes(), output or Path(f"{name}.pt")
    check_file(path, lambda old: old.read_bytes() == content)
    place(content, path)
    out = console(as_json)
    out.say(f"{path}: {EXAMPLES[name]}")
    out.say(f"next: qrnn-hw build {path}")
    emit(as_json, {"model": str(path), "bytes": len(content)})
