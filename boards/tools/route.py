"""Place and route, with an end where nextpnr would try for ever."""

import re
import subprocess
from pathlib import Path

from qrnn_hw.hw.programs.tool import Tool

#: Attempts for every connection after which a router has no hope; a few are usual.
ENDLESS = 20
#: A placer has no hope for a cell after cells^2 / 50 attempts. What finds a place is placed as
#: with nextpnr's own 8; with that it tries for many minutes where a design leaves no room.
PLACER = ("--placer-heap-cell-placement-timeout", "50")


class _Patience:
    """Reads nextpnr's lines, and tells when it has tried too often."""

    def __init__(self) -> None:
        self.arcs = 0
        self.over = False

    def __call__(self, line: str) -> bool:
        if found := re.match(r"Info: Routing (\d+) arcs", line):
            self.arcs = int(found[1])
        elif self.arcs and (found := re.match(r"Info: +(\d+) \|", line)):
            self.over = int(found[1]) > ENDLESS * self.arcs
        return self.over


def place_and_route(
    router: Tool, *arguments: str, folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run nextpnr in ``folder`` and return its exit status and output, errors included.

    Its usual router makes faster designs, but of some it tries the last connections for ever, each
    in the way of another (nextpnr's issues 179 and 1341). How often it tried decides when the other
    one takes over, and not the time, so that the result is the same on every machine.

    Parameters
    ----------
    router
        The nextpnr of the device.
    arguments
        Of nextpnr; paths must be relative.

    Raises
    ------
    ToolError
        If nextpnr is missing.
    """
    patience = _Patience()
    done = router.run(*arguments, *PLACER, folder=folder, until=patience)
    if patience.over:
        return router.run(*arguments, *PLACER, "--router", "router2", folder=folder)
    return done
