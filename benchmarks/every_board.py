"""Builds a model for every board, and says for which it is too large.

``python benchmarks/every_board.py MODEL --json`` runs ``qrnn-hw build`` for board after board. It
fails if a board that the model fits gets no bitstream that meets its clock, or a tool is missing.
Builds lie in ``--work``; one that is there already is not made again.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from qrnn_hw.boards import BOARDS

PROGRAM = Path(sys.executable).with_name("qrnn-hw")
DOES_NOT_FIT = 5
COLUMNS = {
    "lanes": "lanes",
    "luts": "look-up tables",
    "lut_capacity": "of",
    "brams": "block RAMs",
    "fmax_mhz": "routed MHz",
    "clock_mhz": "clock, MHz",
    "cycles_per_step": "cycles a step",
    "latency_us_per_sequence": "us a sequence",
}


def build(model: str, board: str, work: Path) -> dict[str, Any]:
    """Build for a board.

    Returns
    -------
    report
        That of the build; or ``refused``, the lines with which it was refused.

    Raises
    ------
    click.ClickException
        If it failed for another reason than its size, or has no bitstream and needs one.
    """
    folder = work / f"{Path(model).stem}-{board}"
    if not folder.exists():
        arguments = ("build", model, "--board", board, "-o", str(folder))
        result = subprocess.run((PROGRAM, *arguments), capture_output=True, text=True, check=False)
        if result.returncode == DOES_NOT_FIT:
            return {"refused": result.stderr.strip()}
        if result.returncode:
            raise click.ClickException(f"{board}: {result.stderr.strip()}")
    report = json.loads((folder / "report.json").read_text())
    bitstream = BOARDS[board].bitstream
    if bitstream is not None:
        if not (folder / bitstream).is_file():
            raise click.ClickException(f"{board}: the build must hold {bitstream}, and does not")
        if report["fmax_mhz"] < report["clock_mhz"]:
            raise click.ClickException(
                f"{board}: {report['fmax_mhz']} of {report['clock_mhz']} MHz"
            )
    return report


def show(found: dict[str, dict[str, Any]]) -> None:
    """Print a table, and why boards are not in it."""
    out = Console(width=160)
    table = Table("board", *COLUMNS.values())
    for name, report in found.items():
        if "refused" not in report:
            cells = ("" if report[column] is None else str(report[column]) for column in COLUMNS)
            table.add_row(name, *cells)
    out.print(table)
    for name, report in found.items():
        if "refused" in report:
            out.print(f"{name}: {report['refused']}")


@click.command(help=__doc__)
@click.argument("model", type=click.Path(exists=True, dir_okay=False))
@click.option("--board", "boards", multiple=True, type=click.Choice(tuple(BOARDS)), help="Only it.")
@click.option("--work", default="build/boards", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(model: str, boards: tuple[str, ...], work: Path, as_json: bool) -> None:
    """Run it."""
    work.mkdir(parents=True, exist_ok=True)
    found, failed = {}, []
    for name in boards or BOARDS:
        click.echo(f"{name} ...", err=True)
        try:
            found[name] = build(model, name, work)
        except click.ClickException as error:
            failed.append(name)
            click.echo(error.message, err=True)
    if as_json:
        click.echo(json.dumps(found))
    else:
        show(found)
    if failed:
        raise click.ClickException(f"no build for {', '.join(failed)}")


if __name__ == "__main__":
    main()
