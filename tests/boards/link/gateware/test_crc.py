"""The serial CRC against the one of the catalogue."""

import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.crc import SerialCrc
from qrnn_hw.boards.link.host.frame import CRC


def bits(data):
    return [byte >> place & 1 for byte in data for place in range(8)]


@pytest.mark.parametrize("message", [b"123456789", b"\x00", b"\xff" * 40])
def test_it_is_the_crc_and_sends_itself(message):
    dut = SerialCrc()
    seen = []

    async def bench(ctx):
        ctx.set(dut.preset, 1)
        await ctx.tick()
        ctx.set(dut.preset, 0)
        for bit in bits(message):
            ctx.set(dut.strobe, 1)
            ctx.set(dut.bit, bit)
            await ctx.tick()
            ctx.set(dut.strobe, 0)
            await ctx.tick()
        seen.append(ctx.get(dut.crc))
        ctx.set(dut.strobe, 1)
        for _ in range(16):
            bit = ctx.get(dut.crc[0])
            seen.append(bit)
            ctx.set(dut.bit, bit)
            await ctx.tick()
        seen.append(ctx.get(dut.crc))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    crc = CRC.compute(message)
    assert seen == [crc, *bits(crc.to_bytes(2, "little")), 0]
