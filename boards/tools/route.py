"""Place and route, with an end where nextpnr would try for ever."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from qrnn_hw.hw.programs.process import Job, run_all
from qrnn_hw.hw.programs.tool import Tool

#: Attempts for every connection after which a router has no hope; a few are usual. And thousands of
#: attempts, one after the other, each of which took another connection away.
ENDLESS, CIRCLES = 20, 10
#: A placer has no hope for a cell after cells^2 / 50 attempts. What finds a place is placed as
#: with nextpnr's own 8; with that it tries for many minutes where a design leaves no room.
PLACER = ("--placer-heap-cell-placement-timeout", "50")


class _Patience:
    """Reads nextpnr's lines, and tells when it has tried too often."""

    def __init__(self) -> None:
        self.arcs = self.circles = 0
        self.over = False

    def __call__(self, line: str) -> bool:
        if found := re.match(r"Info: Routing (\d+) arcs", line):
            self.arcs = int(found[1])
        elif self.arcs and (found := re.match(r"Info: +(\d+) \|[^|]*\| *\d+ +(\d+) *\|", line)):
            self.circles = 0 if int(found[2]) else self.circles + 1
            self.over = int(found[1]) > ENDLESS * self.arcs or self.circles >= CIRCLES
        return self.over


Call = tuple[Path, Sequence[str]]


def place_and_route(
    router: Tool, calls: Sequence[Call], seconds: int = 0
) -> "list[subprocess.CompletedProcess[str]]":
    """Run nextpnr, side by side where it is called more than once.

    Its usual router makes faster designs, but of some it tries the last connections for ever, each
    in the way of another (nextpnr's issues 179 and 1341). How often it tried decides when the other
    one takes over, and not the time, so that the result is the same on every machine.

    Parameters
    ----------
    router
        The nextpnr of the device.
    calls
        Of each run its folder and its arguments, in which paths must be relative.
    seconds
        Of the processor's time, after which SIGXCPU ends a run; 0 for never.

    Returns
    -------
    list of subprocess.CompletedProcess
        Exit status and output of each, errors included.

    Raises
    ------
    ToolError
        If nextpnr is missing.
    """
    patience = [_Patience() for _ in calls]
    done = _run(router, calls, seconds, patience)
    again = [number for number, one in enumerate(patience) if one.over]
    others = _run(
        router, [calls[number] for number in again], seconds, [None] * len(again),
        "--router", "router2",
    )  # fmt: skip
    for number, one in zip(again, others, strict=True):
        done[number] = one
    return done


def _run(
    router: Tool,
    calls: Sequence[Call],
    seconds: int,
    patience: Sequence[_Patience | None],
    *more: str,
) -> "list[subprocess.CompletedProcess[str]]":
    jobs = [
        Job([*router.command(), *arguments, *PLACER, *more], folder, until=until, seconds=seconds)
        for (folder, arguments), until in zip(calls, patience, strict=True)
    ]
    return run_all(jobs)
