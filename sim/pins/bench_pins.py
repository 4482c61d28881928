"""What every bench at the pins of a design does: let time pass, and set and read a pin."""

from typing import Any

from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

BAUD = 1_000_000  # the simulated line's; the design's bits are that long by its clock
BIT_NS = 1_000_000_000 // BAUD


class BoardFault(Exception):
    """What no board may do."""


class Pins:
    """The pins of a design; time is counted in bits of a UART, on any link.

    Parameters
    ----------
    top
        The design.
    """

    def __init__(self, top: HierarchyObject) -> None:
        self.top: Any = top

    async def wait(self, bits: float) -> None:
        """Let time pass."""
        await Timer(round(bits * BIT_NS), "ns")

    async def drive(self, pin: str, level: int) -> None:
        """Set an input."""
        getattr(self.top, pin).value = level

    async def sense(self, pin: str) -> int:
        """Return an output."""
        return int(getattr(self.top, pin).value)
