"""What is left of a simulation: a guess at first, and then by what it has done."""

import time
from collections.abc import Callable

from qrnn_hw.hw.programs.verilator import compiling

#: Is told how far it is, in words, and how many seconds are left, about. The first words are "".
Told = Callable[[str, float], object]
#: Seconds of a processor, about: to start a simulation, and for a clock cycle of it. Cores of 1 to
#: 128 lanes take 0.4 to 2 microseconds a cycle.
START, CYCLE = 0.4, 1e-6
TIMES = 10  # that it is told how far a simulation is


def untold(done: str, seconds: float) -> None:
    """Tell nobody."""


class Left:
    """Tells how much is left, as soon as it is made, and ten times on the way.

    Parameters
    ----------
    told
        Is told.
    size
        Bytes of Verilog that are compiled first.
    seconds
        What the simulation takes, about.
    """

    def __init__(self, told: Told, size: int, seconds: float) -> None:
        self.told, self.seconds = told, seconds
        self.begun, self.tenths = time.monotonic(), 0
        told("", compiling(size) + seconds)

    def compiled(self) -> None:
        """Note that the simulation begins."""
        self.begun = time.monotonic()
        self.told("compiled", self.seconds)

    def done(self, share: float, words: str) -> None:
        """Note which share is done, 0..1, and in words: what is left goes on as fast."""
        tenths = int(TIMES * share)
        if not self.tenths < tenths < TIMES:
            return
        self.tenths = tenths
        self.told(words, (time.monotonic() - self.begun) * (1 - share) / share)
