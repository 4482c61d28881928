"""Frames over a serial port, one question and one answer at a time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import serial

from qrnn_hw.boards.frame import Decoder, Frame
from qrnn_hw.boards.protocol import FORGET, MISSING, Code, Kind
from qrnn_hw.export.errors import LinkError

#: After these a board has acted on nothing, and what it did not accept must come again.
REFUSALS = {Code.CRC, Code.FORMAT, Code.SEQUENCE, Code.BUSY, Code.TRUNCATED}
#: Bytes without a frame among them after which the line carries something else.
NOISE_LIMIT = 16384
_HINT = "check the cable and the port's name, and that the board is programmed and not in use"


class Port(Protocol):
    """What is needed of a serial port: pyserial's ``Serial``, or a simulated board."""

    timeout: float | None

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` bytes, or fewer once the timeout has passed."""

    def write(self, data: bytes, /) -> int | None:
        """Send ``data``."""

    def close(self) -> None:
        """Give the port back."""


def open_port(name: str, baud: int) -> Port:
    """Open a serial port by name.

    Raises
    ------
    LinkError
        If it cannot be opened.
    """
    try:
        port = serial.Serial(name, baud)
    except (OSError, ValueError) as error:
        raise LinkError(
            f"{name} must be a serial port that can be opened: {error}", _HINT
        ) from None
    try:
        # FTDI bridges keep short answers for 16 ms otherwise.
        port.set_low_latency_mode(True)
    except (AttributeError, NotImplementedError, OSError, ValueError):
        pass  # Only Linux has it, and only some drivers; the link is merely slower without.
    return port


@dataclass
class Traffic:
    """What went over a line so far.

    Parameters
    ----------
    sent, received
        Bytes.
    repeats
        How often something was sent again, or asked for again.
    """

    sent: int = 0
    received: int = 0
    repeats: int = 0


class Line:
    """Send frames, and receive those that arrive whole.

    Parameters
    ----------
    port
        The serial port.
    retries
        How often to ask again.

    Attributes
    ----------
    traffic : Traffic
        What went over it so far.
    """

    def __init__(self, port: Port, retries: int) -> None:
        self.port = port
        self.retries = retries
        self.traffic = Traffic()
        self._decoder = Decoder()
        self._received: deque[Frame] = deque()

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        data = frame.encode()
        self.traffic.sent += len(data)
        self.port.write(data)

    def receive(self) -> Frame | None:
        """Return the next frame, or None after a silence.

        Raises
        ------
        LinkError
            If bytes keep coming and no frame is among them.
        """
        noise = 0
        while not self._received:
            data = self.port.read(self._decoder.missing)
            noise += len(data)
            self.traffic.received += len(data)
            if noise > NOISE_LIMIT:
                raise LinkError(
                    f"the line must carry frames, not {noise} bytes of something else",
                    "is the baud rate that of the board, and the port the right one?",
                )
            self._received += self._decoder.feed(data) if data else self._decoder.give_up()
            if not data and not self._received:
                return None
        return self._received.popleft()

    def ask(self, kind: Kind, accept: Callable[[Frame], bool], tag: int = 0) -> Frame:
        """Send a frame without content until one comes back that ``accept`` takes.

        Raises
        ------
        LinkError
            If none comes back.
        """
        others = 0
        for attempt in range(1 + self.retries):
            self.traffic.repeats += attempt > 0
            self.send(Frame(kind, bytes([tag])))
            while (frame := self.receive()) is not None:
                if accept(frame):
                    return frame
                others += 1
        raise LinkError(
            f"the board must answer {kind.name}, but sent "
            + (f"{others} other frames" if others else "nothing"),
            _HINT,
        )

    def reset(self, *, forget: bool = False) -> bool:
        """Make the board forget all sequences, and what it still had to say about them.

        Parameters
        ----------
        forget
            Whether it is to forget its weights too, if they came over the link.

        Returns
        -------
        bool
            Whether the board has all that it needs; if not, weights are missing.
        """
        while self.receive() is not None:
            pass
        answer = self.ask(
            Kind.RESET,
            lambda frame: frame.kind is Kind.STATUS and code_of(frame) is Code.RESET,
            FORGET * forget,
        )
        return is_loaded(answer)


def code_of(frame: Frame) -> Code:
    """Return the code in a frame from the board."""
    return Code(frame.payload[1] >> 4 & 7)


def is_loaded(frame: Frame) -> bool:
    """Tell whether no weights are missing, by a frame from the board."""
    return not frame.payload[1] & MISSING
