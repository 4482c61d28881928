"""No board: a core alone, for a design of the user's own."""

from dataclasses import dataclass, replace

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.families.family import Device, Family
from qrnn_hw.hw.cost import Room

#: The devices of all boards, by their names.
DEVICES: dict[str, Device] = {board.device: board.part for board in BOARDS.values()}
OUTSIDE = 1 << 32  # bytes of a table that the design around the core may hold


@dataclass(frozen=True)
class Bare:
    """What a core is planned for where there is no board: all of a device, and no clock.

    Parameters
    ----------
    part
        The device.
    """

    part: Device
    name: str = "none"

    @property
    def device(self) -> str:
        """Name of the FPGA."""
        return self.part.name

    @property
    def family(self) -> Family:
        """What synthesises for it; there are no pins to route a core to."""
        return replace(self.part.family, router=None, packer=None)

    @property
    def room(self) -> Room:
        """What the FPGA has; a design around the core takes of it, too."""
        return replace(self.part.room, flash=OUTSIDE)
