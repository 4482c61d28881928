"""Feeds the host whatever a board could say, and more: bytes in, no surprise out.

``python tests/boards/fuzz_host.py -max_total_time=60`` searches with atheris for bytes that make
the host fail in another way than it may; hypothesis draws some without it (test_fuzz_host.py).
"""

import inspect
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.line import Line
from qrnn_hw.boards.link.host.pipeline import Pipeline
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.window import Window
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.export.errors import QrnnError

IDENTITIES = [
    Identity(8, False, 16, 2, 16, 8, b"ordinary"),
    Identity(4, False, 16, 2, 16, 8, b"everyone", vocabulary=10, every=True),
    Identity(8, False, 16, 2, 16, 8, b"weights.", words=3, check=0x1234),
    Identity(16, True, 16, 130, 16, 8, b"many par", channels=2),
]
SEQUENCES = [[[[1]] * 3, [[2]]], [[[3]] * 4], [[[1]], [[2]]], [[[1, 2]] * 40]]
KINDS = [*Kind, 0x00]
#: Reads in which every call must have come to an end.
READS = 5000
#: What a byte of the input does: raw bytes, a frame with a right CRC, a silence, or the true board.
RAW, FRAME, SILENCE, TRUTH = range(4)


class FuzzedPort:
    """Says what it is told to, for as long as that lasts, and then what a board says.

    Parameters
    ----------
    board
        The board.
    data
        Bytes that tell what comes at each read: how much of the board's answers, which frames in
        their place, and which bytes.
    """

    def __init__(self, board: ReferenceBoard, data: bytes) -> None:
        self.timeout: float | None = None
        self.reads = 0
        self._board = board
        self._data = deque(data)
        self._said = bytearray()

    def write(self, data: bytes) -> int:
        """Tell the board."""
        return self._board.write(data)

    def read(self, size: int = 1) -> bytes:
        """Return up to ``size`` bytes."""
        self.reads += 1
        if self.reads > READS:
            raise AssertionError(f"the host must come to an end within {READS} reads")
        if not self._said and self._data:
            self._said += self._next()
        elif not self._said:
            self._said += self._board.read(size)
        data = bytes(self._said[:size])
        del self._said[:size]
        return data

    def become_honest(self) -> None:
        """Be quiet once, and say nothing but what the board says from then on."""
        self._data.clear()
        self._said.clear()
        while self._board.read(1 << 16):
            pass
        self.reads = 0

    def close(self) -> None:
        """Do nothing: there is no port to give back."""

    def _next(self) -> bytes:
        order = self._data.popleft()
        what, size = order % 4, order // 4
        if what == SILENCE:
            return b""
        if what == TRUTH:
            return self._board.read(4 * size)
        content = bytes(self._data.popleft() for _ in range(min(size, len(self._data))))
        if what == RAW or len(content) < 2:
            return content
        # A frame with a right CRC; the kind is an int where it is none of ours.
        kind = KINDS[content[0] % len(KINDS)]
        return Frame(kind, content[1:]).encode()  # type: ignore[arg-type]


def attempt(data: bytes, make: Callable[..., Any] = Host) -> None:
    """Do everything that a host does while it hears this, and then with an honest board.

    Parameters
    ----------
    make
        Makes the host for a port, in Python or in C.

    Raises
    ------
    AssertionError
        If it does not end, or does not find the board again once that is honest.
    """
    choice, data = data[0] % len(IDENTITIES) if data else 0, data[1:]
    identity, batch = IDENTITIES[choice], SEQUENCES[choice]
    port = FuzzedPort(ReferenceBoard(identity, lambda steps: (0, [0] * identity.classes)), data)
    python = make is Host
    host = make(port, retries=2, weights=None if python else [1, 2, 3])
    for call in (
        host.identify,
        lambda: list(host.classify_many(batch)),
        lambda: list(host.live(batch[0])),
        *((host.needs_weights, lambda: host.load([1, 2, 3])) if python else ()),
        host.reset,
    ):
        port.reads = 0
        try:
            call()
        except QrnnError:
            pass  # It must say so, if it cannot.
    port.become_honest()
    host.reset()
    assert host.identify() == identity


def main() -> None:
    """Search until the options of libFuzzer end it."""
    import atheris

    # Of the whole process it would take a minute.
    for part in (Decoder, Line, Window, Pipeline, Identity, Host):
        for method in filter(inspect.isfunction, vars(part).values()):
            atheris.instrument_func(method)
    atheris.Setup(sys.argv, attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
