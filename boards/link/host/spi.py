"""A board on SPI, whose controller is this machine, as a port like a serial one."""

import re
import time
from typing import Any, Protocol

from qrnn_hw.boards.link.protocol import READY
from qrnn_hw.export.errors import LinkError

#: What Linux calls a bus with its pin CS, as on a Raspberry Pi.
DEVICE = re.compile(r"/dev/spidev(\d+)\.(\d+)")
POLL = 50e-6  # seconds between two questions whether there is something to read
_HINT = "check the device's name, that SPI is enabled, and that you may use it"


class Bus(Protocol):
    """What is needed of a controller: ``spidev.SpiDev``, or a stand-in."""

    def xfer2(self, values: list[int], /) -> list[int]:
        """Exchange bytes while CS is low."""
        ...

    def close(self) -> None:
        """Give the bus back."""
        ...


class SpiPort:
    """Send and receive as pyserial's ``Serial`` does, by docs/protocol.md.

    Parameters
    ----------
    bus
        The controller, mode 0.

    Attributes
    ----------
    timeout
        Seconds after which :meth:`read` gives up; None for at once.
    """

    def __init__(self, bus: Bus) -> None:
        self.timeout: float | None = None
        self._bus = bus

    def write(self, data: bytes) -> int:
        """Send a frame, in one selection."""
        self._bus.xfer2(list(data))
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Return ``size`` bytes as soon as the board has some: behind them there may be zeros."""
        end = time.monotonic() + (self.timeout or 0)
        while True:
            ready, *data = self._bus.xfer2([0] * (1 + size))
            if ready == READY:
                return bytes(data)
            if time.monotonic() >= end:
                return b""
            time.sleep(POLL)

    def close(self) -> None:
        """Give the bus back."""
        self._bus.close()


def open_spi(name: str, hertz: int) -> SpiPort:
    """Open a bus of Linux by the name of its device.

    Raises
    ------
    LinkError
        If it cannot be opened, or the library is missing.
    """
    given = DEVICE.fullmatch(name)
    assert given
    try:
        import spidev  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise LinkError(
            f"{name} must be opened by the library spidev, which is missing",
            "pip install 'qrnn-hw[spi]'",
        ) from None
    bus: Any = spidev.SpiDev()
    try:
        bus.open(int(given[1]), int(given[2]))
        bus.max_speed_hz, bus.mode = hertz, 0
    except (OSError, TypeError) as error:
        raise LinkError(f"{name} must be an SPI bus that can be opened: {error}", _HINT) from None
    return SpiPort(bus)
