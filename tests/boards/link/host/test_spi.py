"""Boards on SPI, behind a stand-in for Linux' bus: the same host, by the rules of the protocol."""

import sys
from types import SimpleNamespace

import pytest

from disturbed import TamperingPort
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.line import open_port
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.spi import SpiPort
from qrnn_hw.boards.link.protocol import READY
from qrnn_hw.export.errors import LinkError


class Selections:
    """The board's end: what a selection brings, and what CS cuts short."""

    def __init__(self, board):
        self.board = board
        self.closed = False

    def xfer2(self, values):
        if values[0]:
            self.board.write(bytes(values))
            self.board.lose()
            return [READY if self.board._output else 0] + [0] * (len(values) - 1)
        there = bytes(self.board._output[: len(values) - 1])
        del self.board._output[: len(there)]
        ready = READY if there or self.board._output else 0
        return [ready, *there, *bytes(len(values) - 1 - len(there))]

    def close(self):
        self.closed = True


@pytest.fixture
def bus(kit):
    identity = kit.identities["words"]
    return Selections(ReferenceBoard(identity, kit.classify(identity)))


def test_a_host_classifies_over_spi(kit, bus):
    identity = kit.identities["words"]
    batch = kit.sequences(identity, 6, 90)
    with Host(SpiPort(bus), timeout=0) as host:
        assert host.identify() == identity
        assert list(host.classify_many(batch)) == kit.expected(identity, batch)
        assert host.traffic.repeats == 0
    assert bus.closed


def test_what_is_lost_on_the_way_comes_again(kit, bus):
    identity = kit.identities["words"]
    batch = kit.sequences(identity, 4, 60)
    port = TamperingPort(SpiPort(bus), {20: b"", 90: b"\x01", 200: b"\xa5"}, {60: b"\xa5", 99: b""})
    host = Host(port, timeout=0)
    assert list(host.classify_many(batch)) == kit.expected(identity, batch)
    assert host.traffic.repeats > 0


@pytest.mark.parametrize("level", [0, 0xFF])
def test_a_line_that_nobody_drives_is_silence(level):
    bus = SimpleNamespace(xfer2=lambda values: [level] * len(values))
    with pytest.raises(LinkError, match=r"^the board must answer IDENTIFY, but sent nothing$"):
        Host(SpiPort(bus), timeout=0).identify()


def test_a_bus_of_linux_is_opened_by_its_name(kit, bus, monkeypatch):
    def opened(number, chip):
        if number > 1:
            raise FileNotFoundError(2, "No such file or directory")
        bus.at = number, chip

    bus.open = opened
    monkeypatch.setitem(sys.modules, "spidev", SimpleNamespace(SpiDev=lambda: bus))
    host = Host("/dev/spidev1.0", baud=6_000_000, timeout=0)
    assert host.identify() == kit.identities["words"]
    assert (bus.at, bus.max_speed_hz, bus.mode) == ((1, 0), 6_000_000, 0)
    with pytest.raises(LinkError, match=r"^/dev/spidev2.0 must be an SPI bus that can be opened: "):
        open_port("/dev/spidev2.0", 1_000_000)


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "spidev", None)
    with pytest.raises(LinkError, match="must be opened by the library spidev") as caught:
        open_port("/dev/spidev0.0", 1_000_000)
    assert caught.value.hint == "pip install 'qrnn-hw[spi]'"
