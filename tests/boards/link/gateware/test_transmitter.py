"""Templates on the line: the right bytes, over and over."""

import pytest
from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.gateware.transmitter import BODY, FrameTransmitter, template
from qrnn_hw.boards.link.host.frame import Decoder, Frame
from qrnn_hw.boards.link.protocol import Kind
from simulated_port import SimulatedPort

BODIES = [(Kind.STATUS, b""), (Kind.IDENTITY, bytes(range(30))), (Kind.RESULT, bytes(90))]


class Cycling(wiring.Component):
    """Sends every template in turn, and counts in the status and in a byte of the last one."""

    rx: In(1, init=1)
    tx: Out(1, init=1)

    def __init__(self, slow_ram):
        self.slow_ram = slow_ram
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        templates = [template(kind, body) for kind, body in BODIES]
        m.submodules.dut = dut = FrameTransmitter(8, templates, slow_ram=self.slow_ram)
        index, count = Signal(2), Signal(8)
        m.d.comb += [
            self.tx.eq(dut.tx),
            dut.start.eq(1),
            dut.index.eq(index),
            dut.status.eq(count | 0xA500),
            dut.strobe.eq(dut.idle),
            dut.place.eq(BODY + 89),
            dut.byte.eq(count),
        ]
        with m.If(dut.ready):
            m.d.sync += [count.eq(count + 1), index.eq(index + 1)]
            with m.If(index == len(BODIES) - 1):
                m.d.sync += index.eq(0)
        return m


@pytest.mark.parametrize("slow_ram", [False, True])
def test_every_template_is_sent_with_status_and_crc(slow_ram):
    port = SimulatedPort(Cycling(slow_ram), divisor=8)
    frames = Decoder().feed(port.read(2 * (7 + 37 + 97)))
    expected = [
        Frame(
            kind, bytes([number, 0xA5]) + (body[:-1] + bytes([number]) if number % 3 == 2 else body)
        )
        for number, (kind, body) in enumerate(2 * BODIES)
    ]
    assert frames == expected
