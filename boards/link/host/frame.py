"""Frames as bytes: encode one, and find them in whatever a serial line delivers."""

from dataclasses import dataclass

from amaranth.lib.crc import Parameters
from amaranth.lib.crc.catalog import CRC16_MCRF4XX

from qrnn_hw.boards.link.protocol import SYNC, Kind

CRC: Parameters = CRC16_MCRF4XX(8)
_KINDS = frozenset(Kind)
#: Bytes around a payload: sync, kind and length before it, the CRC after it.
OVERHEAD = 5


@dataclass(frozen=True)
class Frame:
    r"""One frame: a kind and a payload of 1..255 bytes.

    Examples
    --------
    >>> Frame(Kind.RESET, b"\x00").encode().hex(" ")
    'a5 13 01 00 1a 4a'
    """

    kind: Kind
    payload: bytes

    def encode(self) -> bytes:
        """Lay out the frame as on the line."""
        body = bytes([self.kind, len(self.payload)]) + self.payload
        return bytes([SYNC]) + body + CRC.compute(body).to_bytes(2, "little")


class Decoder:
    r"""Find frames in a stream of bytes, however it is split and whatever noise it holds.

    A frame that starts inside what looked like another is found once the other proves bad.

    Examples
    --------
    >>> decoder = Decoder()
    >>> frame = Frame(Kind.RESET, b"\x00")
    >>> decoder.feed(b"noise" + frame.encode()[:4]), decoder.feed(frame.encode()[4:])
    ([], [Frame(kind=<Kind.RESET: 19>, payload=b'\x00')])
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun, as far as can be told."""
        return bool(self._buffer)

    @property
    def missing(self) -> int:
        """Bytes, at least one, without which no further frame can be complete."""
        header = 1 + OVERHEAD
        length = self._buffer[2] if len(self._buffer) > 2 else 1
        return max(header, length + OVERHEAD) - len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes in and return the frames that they complete."""
        self._buffer += data
        frames = []
        while self._seek():
            end = self._buffer[2] + OVERHEAD
            if len(self._buffer) < end:
                break
            body, crc = self._buffer[1 : end - 2], self._buffer[end - 2 : end]
            if CRC.compute(body) == int.from_bytes(crc, "little"):
                frames.append(Frame(Kind(body[0]), bytes(body[2:])))
                del self._buffer[:end]
            else:
                del self._buffer[:1]
        return frames

    def give_up(self) -> list[Frame]:
        """Stop waiting for the rest of a frame, and return those that it hid."""
        frames = []
        while self._buffer:
            del self._buffer[:1]
            frames += self.feed(b"")
        return frames

    def _seek(self) -> bool:
        """Drop bytes that start no frame; tell whether a whole header is there."""
        while True:
            start = self._buffer.find(SYNC)
            del self._buffer[: start if start >= 0 else len(self._buffer)]
            if len(self._buffer) > 1 and self._buffer[1] not in _KINDS:
                del self._buffer[:1]
            elif len(self._buffer) > 2 and not self._buffer[2]:
                del self._buffer[:1]
            else:
                return len(self._buffer) > 2
