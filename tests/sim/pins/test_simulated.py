"""The simulated port, on a wire from its end to its beginning."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from simulated_port import SimulatedPort


class Wire(wiring.Component):
    """Sends back what it gets."""

    rx: In(1, init=1)
    tx: Out(1, init=1)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.tx.eq(self.rx)
        return m


def test_bytes_come_back_and_silence_ends_a_read():
    port = SimulatedPort(Wire(), divisor=8)
    assert port.write(b"\x00\xff\xa5") == 3
    assert port.read(2) == b"\x00\xff"
    port.write(b"x")
    assert port.read(9) == b"\xa5x"
    assert port.read() == b""
    port.close()
