"""A microcontroller's SPI at a design's pins: any rate up to the fastest, with gaps."""

import random
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import Timer

from qrnn_hw.boards.link.protocol import READY
from qrnn_hw.sim.pins.bench_pins import BIT_NS, Pins

SLOWER = 4  # than the fastest, at most
GAPS, LONGEST = 0.05, 3000  # how often a controller pauses between bytes, and for how many ns
CHUNK = 64  # bytes of a read, at most
POLL = 20  # bits between two questions whether there is something to read


class SpiBench(Pins):
    """The pins of a design whose link is SPI, and a controller, mode 0.

    Every selection has a rate of its own, and no two levels of SCK are as long.

    Parameters
    ----------
    top
        The design.
    order
        ``phase_ps``: the shortest level of SCK.
    """

    def __init__(self, top: Any, order: Mapping[str, Any]) -> None:
        super().__init__(top)
        self.shortest = order["phase_ps"]
        self.longest = self.shortest
        self.draws = random.Random(0)
        top.cs.value, top.sck.value = 1, 0

    async def phase(self) -> None:
        """Let a level of SCK pass."""
        await Timer(self.draws.randint(self.shortest, self.longest), "ps")

    async def exchange(self, data: str, bits: int | None = None) -> str:
        """Select the board, exchange bytes, in hexadecimal, and let it go.

        Parameters
        ----------
        bits
            How many are clocked before CS rises; None for all.
        """
        top, sent = self.top, bytes.fromhex(data)
        self.longest = round(self.shortest * self.draws.uniform(1, SLOWER))
        left = 8 * len(sent) if bits is None else bits
        heard = bytearray()
        top.cs.value = 0
        await self.phase()
        for byte in sent:
            value = 0
            for place in reversed(range(8)):
                if not left:
                    break
                left -= 1
                top.copi.value = byte >> place & 1
                await self.phase()
                value = value << 1 | int(top.cipo.value)
                top.sck.value = 1
                await self.phase()
                top.sck.value = 0
            heard.append(value)
            if self.draws.random() < GAPS:
                await Timer(self.draws.randint(1, LONGEST), "ns")
        await self.phase()
        top.cs.value, top.copi.value = 1, self.draws.getrandbits(1)
        await self.phase()
        return heard.hex()

    async def write(self, data: str) -> None:
        """Send bytes, in hexadecimal, in one selection."""
        await self.exchange(data)

    async def read(self, size: int, quiet_bits: int) -> str:
        """Return up to ``size`` bytes, or none if none came for ``quiet_bits``."""
        quiet = 0
        while quiet < quiet_bits:
            # Some controllers ask first, and some read at once.
            asked = self.draws.choice((0, min(size, CHUNK)))
            ready, *heard = bytes.fromhex(await self.exchange(bytes(1 + asked).hex()))
            if ready == READY and heard:
                return bytes(heard).hex()
            if ready != READY:
                await self.wait(POLL)
                quiet += POLL + (1 + asked) * 16 * self.shortest // (1000 * BIT_NS)
        return ""
