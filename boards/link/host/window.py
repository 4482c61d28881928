"""Which numbered frames a host may send, must send again, and may forget."""

from collections import deque
from collections.abc import Iterable

from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.protocol import MODULUS, SLOTS, Kind
from qrnn_hw.export.errors import LinkError


class Window:
    r"""Frames on their way to the board, in order: go-back-N with credits.

    Frames are numbered from 0 and carry their number modulo 16. Every frame from the board
    tells how many it has accepted and how many the core has consumed; at most ``frames`` may be
    sent beyond the latter.

    Parameters
    ----------
    frames
        1..4, which is how many the board holds.

    Examples
    --------
    >>> from qrnn_hw.boards.link.protocol import ENDS
    >>> window = Window()
    >>> for marks in (0, ENDS):
    ...     window.push(b"step", marks)
    >>> [frame.payload for frame in window.due()]
    [b'\x00step', b'\x81step']
    >>> window.update(0x01), window.unaccepted
    (True, 1)
    """

    def __init__(self, frames: int = SLOTS) -> None:
        self._credit = frames
        # From the first that was not accepted to the last that was pushed.
        self._frames: deque[Frame] = deque()
        self._accepted = 0
        self._consumed = 0
        self._next = 0
        self._sent = 0

    @property
    def unaccepted(self) -> int:
        """Frames that were pushed and that the board has not accepted, as far as is known."""
        return len(self._frames)

    @property
    def unsent(self) -> int:
        """Frames that were pushed and wait for credit."""
        return self._accepted + len(self._frames) - self._next

    def push(self, content: bytes, marks: int = 0, kind: Kind = Kind.SAMPLES) -> None:
        """Add a frame of samples, or of weights; ``marks`` are the upper bits of its tag."""
        number = self._accepted + len(self._frames)
        tag = number % MODULUS | marks
        self._frames.append(Frame(kind, bytes([tag]) + content))

    def due(self) -> Iterable[Frame]:
        """Yield the frames that there is credit for, and count them as sent."""
        while self.unsent and self._next < self._consumed + self._credit:
            yield self._frames[self._next - self._accepted]
            self._next += 1
            self._sent = max(self._sent, self._next)

    def go_back(self) -> None:
        """Send everything again that was not accepted."""
        self._next = self._accepted

    def update(self, tag: int) -> bool:
        """Take the first byte of a frame from the board; tell whether it brought progress.

        Raises
        ------
        LinkError
            If the board cannot have accepted or consumed so many frames.
        """
        accepted = self._accepted + (tag - self._accepted) % MODULUS
        consumed = self._consumed + ((tag >> 4) - self._consumed) % MODULUS
        if not consumed <= accepted <= self._sent:
            raise LinkError(
                f"the board must have accepted at most {self._sent} frames, not {accepted}, "
                f"and consumed no more than that, not {consumed}",
                "was it reset or reprogrammed meanwhile?",
            )
        progress = (accepted, consumed) != (self._accepted, self._consumed)
        for _ in range(accepted - self._accepted):
            self._frames.popleft()
        self._accepted, self._consumed = accepted, consumed
        self._next = max(self._next, accepted)
        return progress
