"""A serial line that flips bits, in front of a board in Python."""

import math
import random
import sys

from qrnn_hw.boards.link.host.reference import ReferenceBoard

BYTE_BITS = 10


class Wire:
    """One direction: bytes in, and what a receiver makes of their bits.

    A receiver takes a low level for a start bit whenever it waits for one, as that of the
    gateware does; it samples every bit once.

    Parameters
    ----------
    rate
        Chance of every bit, start and stop bits too, to be flipped.
    rng
        Where the noise comes from.
    """

    def __init__(self, rate: float, rng: random.Random) -> None:
        self.flips = 0
        self.bits = 0
        self._rate = rate
        self._rng = rng
        self._left = self._draw()
        # Bits of the byte that is being received, after its start bit.
        self._word: list[int] | None = None

    def _draw(self) -> int:
        """Draw how many bits come before the next that is flipped."""
        if not self._rate:
            return sys.maxsize
        return int(self._rng.expovariate(-math.log1p(-self._rate)))

    def carry(self, data: bytes) -> list[int | None]:
        """Return the bytes that are received; None is one without a stop bit."""
        received: list[int | None] = []
        for byte in data:
            self.bits += BYTE_BITS
            if self._word is None and self._left >= BYTE_BITS:
                self._left -= BYTE_BITS
                received.append(byte)
                continue
            for position in range(BYTE_BITS):
                level = (byte << 1 | 1 << 9) >> position & 1
                if flipped := self._left == 0:
                    self.flips += 1
                self._left = self._draw() if flipped else self._left - 1
                self._sample(level ^ flipped, received)
        return received

    def rest(self) -> list[int | None]:
        """Leave the line quiet for a byte, and return what that completes."""
        received: list[int | None] = []
        for _ in range(BYTE_BITS):
            self._sample(1, received)
        return received

    def _sample(self, level: int, received: list[int | None]) -> None:
        if self._word is None:
            self._word = None if level else []
            return
        self._word.append(level)
        if len(self._word) == BYTE_BITS - 1:
            *bits, stop = self._word
            byte = sum(bit << place for place, bit in enumerate(bits))
            received.append(byte if stop else None)
            self._word = None


class NoisyPort:
    """A port with a reference board behind a bad line.

    Parameters
    ----------
    board
        The board.
    rate
        Chance of every bit to be flipped.
    seed
        Of the noise.
    """

    def __init__(self, board: ReferenceBoard, rate: float, seed: int) -> None:
        self.timeout: float | None = None
        self._board = board
        self.to_board, self.to_host = (
            Wire(rate, random.Random(f"{seed} {way}")) for way in ("to board", "to host")
        )
        self._heard = bytearray()

    def write(self, data: bytes) -> int:
        """Send bytes to the board."""
        self._deliver(self.to_board.carry(data))
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Return what came from the board, or nothing after a silence."""
        self._deliver(self.to_board.rest())
        while len(self._heard) < size and (data := self._board.read(256)):
            received = self.to_host.carry(data) + self.to_host.rest()
            self._heard += bytes(byte for byte in received if byte is not None)
        data = bytes(self._heard[:size])
        del self._heard[:size]
        return data

    def close(self) -> None:
        """Do nothing: there is no port to give back."""

    def _deliver(self, received: list[int | None]) -> None:
        for byte in received:
            if byte is None:
                self._board.lose()
            else:
                self._board.write(bytes([byte]))
