"""The CRC of the link, one bit at a time."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class SerialCrc(wiring.Component):
    """CRC-16/MCRF4XX of a stream of bits in the order in which a UART sends them.

    One bit a cycle. Fed the bits of a message and of its CRC, low byte first, the register
    ends at zero. Fed its own lowest bit, it shifts itself out: that is how a CRC is sent.

    Members
    -------
    preset : In(1)
        Start a message; wins over ``strobe``.
    strobe : In(1)
        Take ``bit``.
    bit : In(1)
        The next bit of the message.
    crc : Out(16)
        CRC of the bits so far.
    """

    def __init__(self) -> None:
        super().__init__({"preset": In(1), "strobe": In(1), "bit": In(1), "crc": Out(16)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        crc = Signal(16, name="crc", reset_less=True)
        m.d.comb += self.crc.eq(crc)
        with m.If(self.preset):
            m.d.sync += crc.eq(0xFFFF)
        with m.Elif(self.strobe):
            # The polynomial 0x1021 with its bits reversed.
            m.d.sync += crc.eq(crc[1:] ^ Mux(crc[0] ^ self.bit, 0x8408, 0))
        return m
