"""What a device is: data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.hw.cost import Room

if TYPE_CHECKING:
    from qrnn_hw.boards.families.family import Family


@dataclass(frozen=True)
class Device:
    """An FPGA: what it holds, and how the tools call it.

    Parameters
    ----------
    name
        Its name.
    family
        How designs for it are made.
    luts, brams, spram, dsps
        What it has: look-up tables with a flip-flop, block RAMs of ``ram_kbit``, RAMs of 256 kbit,
        multipliers of at least 16 x 16 bits.
    ffs
        Flip-flops, where not every look-up table has one.
    ram_kbit
        Size of a block RAM.
    plan_clock
        What finds the setting of its PLL: from the oscillator's and the wanted frequency, in MHz.
    code
        What place and route calls it.
    synthesis
        Options of synthesis for it.
    """

    name: str
    family: "Family"
    luts: int
    brams: int
    dsps: int
    plan_clock: Callable[[float, float], Clock]
    code: str = ""
    ffs: int | None = None
    spram: int = 0
    ram_kbit: int = 18
    synthesis: str = ""

    @property
    def room(self) -> Room:
        """What a design may take, as the engines' estimates count."""
        family = self.family
        return Room(
            self.luts,
            self.brams,
            self.dsps,
            self.spram,
            per_cell=family.per_cell,
            per_ram=family.per_ram,
            per_masked=family.per_masked,
        )
