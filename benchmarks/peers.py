"""Measure ways to compute a small recurrent network side by side, and write docs/peers.md.

``python benchmarks/peers.py`` runs everything in half an hour. Packages of others are installed
from PyPI into environments of their own, below ``QRNN_HW_PEERS`` or the system's temporary folder.
"""

import json
import signal
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import click

from peers_page import RUN, write
from peers_venv import PACKAGES, PeerError
from peers_ways import Row, Way, full_adder_bits, networks, ways
from qrnn_hw.boards.tools.programs import versions
from qrnn_hw.export.errors import QrnnError
from qrnn_hw.export.files.scratch import work_folder

MINUTES = 15  # for a way: packages, synthesis, place and route


def _late(*_: object) -> None:
    raise PeerError(f"not done within {MINUTES} minutes")


def _rows(network: str, way: str, run: Way) -> Iterator[Row]:
    """Run a way; where it fails, its row says why."""
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(60 * MINUTES)
    with work_folder() as folder:
        try:
            yield from run(folder)
        except (PeerError, QrnnError) as error:
            yield Row(network, way, "", said=str(error))
        finally:
            signal.alarm(0)


def _keep(name: str, rows: list[dict[str, Any]], known: Iterable[str]) -> None:
    """Write the rows of a way beside those that were measured before, of ways that are known."""
    run = json.loads(RUN.read_text()) if RUN.exists() else {"ways": {}}
    kept = run["ways"] | {name: rows}
    run = {
        "versions": {tool: one for tool, one in versions().items() if one},
        "packages": PACKAGES,
        "full_adder_bits": {name: full_adder_bits(one) for name, one in networks().items()},
        "known": list(known),
        "ways": {each: kept[each] for each in known if each in kept},
    }
    RUN.write_text(json.dumps(run, indent=1) + "\n")


@click.command()
@click.option("--only", default="", help="Only the ways whose names have this in them.")
@click.option("--page", is_flag=True, help="Only write docs/peers.md again.")
def main(only: str, page: bool) -> None:
    """Measure ways to compute a recurrent network side by side, and write docs/peers.md."""
    known = {} if page else ways()
    for name, (network, way, measured) in known.items():
        if only in name:
            click.echo(name)
            _keep(name, [asdict(row) for row in _rows(network, way, measured)], known)
    write()


if __name__ == "__main__":
    main()
