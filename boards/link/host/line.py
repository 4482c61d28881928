"""Frames over a serial port, one question and one answer at a time."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import serial

from qrnn_hw.boards.link.host.frame import OVERHEAD, Decoder, Frame
from qrnn_hw.boards.link.host.spi import DEVICE, open_spi
from qrnn_hw.boards.link.protocol import FORGET, LARGEST_ANSWER, MISSING, Code, Kind
from qrnn_hw.export.errors import LinkError

#: After these a board has acted on nothing, and what it did not accept must come again.
REFUSALS = {Code.CRC, Code.FORMAT, Code.SEQUENCE, Code.BUSY, Code.TRUNCATED}
#: Bytes without a frame among them that count as a silence, as a line may never be quiet: those of
#: the longest frame.
NOISE = LARGEST_ANSWER + OVERHEAD
_HINT = "check the cable and the port's name, and that the board is programmed and not in use"


class Port(Protocol):
    """What is needed of a serial port: pyserial's ``Serial``, or a simulated board."""

    timeout: float | None

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` bytes, or fewer once the timeout has passed."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send ``data``."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


def open_port(name: str, baud: int) -> Port:
    """Open a serial port by name; or an SPI bus, whose rate is then that of SCK.

    Raises
    ------
    LinkError
        If it cannot be opened.
    """
    if DEVICE.fullmatch(name):
        return open_spi(name, baud)
    try:
        # A second host would take answers away from the first.
        port: Any = serial.Serial(name, baud, exclusive=True)
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
        # Bytes since the last frame or true silence.
        self._noise = 0

    def send(self, frame: Frame) -> None:
        """Send a frame.

        Raises
        ------
        LinkError
            If the port is lost.
        """
        data = frame.encode()
        self.traffic.sent += len(data)
        with _open():
            self.port.write(data)

    def receive(self) -> Frame | None:
        """Return the next frame from the board, or None after a silence, or noise without end.

        Raises
        ------
        LinkError
            If bytes keep coming and no frame is among them, or the port is lost.
        """
        noise = 0
        while not self._received:
            with _open():
                data = self.port.read(self._decoder.missing)
            noise += len(data)
            self._noise = self._noise + len(data) if data else 0
            self.traffic.received += len(data)
            if (total := self._noise) > NOISE * max(1, self.retries):
                self._noise = 0
                raise LinkError(
                    f"the line must carry frames, not {total} bytes of something else",
                    "is the baud rate that of the board, and the port the right one?",
                )
            frames = self._decoder.feed(data)
            silent = not data or (noise > NOISE and not self._decoder.pending)
            if silent:
                frames += self._decoder.give_up()
            self._received += filter(_is_answer, frames)
            if silent and not self._received:
                return None
        self._noise = 0
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


@contextmanager
def _open() -> Iterator[None]:
    """Turn what a port raises that is unplugged into an error of the link."""
    try:
        yield
    except OSError as error:
        raise LinkError(
            f"the port must stay open, and was lost: {error}",
            "check the cable and the board's supply, and start again",
        ) from None


def _is_answer(frame: Frame) -> bool:
    """Tell frames from a board from an echo of the host's."""
    return frame.kind >= Kind.STATUS and len(frame.payload) >= 2


def code_of(frame: Frame) -> Code:
    """Return the code in a frame from the board."""
    return Code(frame.payload[1] >> 4 & 7)


def is_loaded(frame: Frame) -> bool:
    """Tell whether no weights are missing, by a frame from the board."""
    return not frame.payload[1] & MISSING
