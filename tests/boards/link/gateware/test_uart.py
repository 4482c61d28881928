# amaranth: UnusedElaboratable=no
"""The receiver at baud rates that are slightly off, and divisors that are too far off."""

import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.uart import UartReceiver, counted, divisor
from qrnn_hw.export.errors import BoardError


@pytest.mark.parametrize("cycles", [8, 9, 33, 36, 65, 104])
@pytest.mark.parametrize("error", [-0.03, 0.0, 0.03])
def test_bytes_arrive(cycles, error):
    dut = UartReceiver(cycles)
    sent = [0x00, 0xFF, 0xA5, 0x5A, 0x01, 0x80]
    got = []

    async def line(ctx):
        ctx.set(dut.low, counted(cycles)[1])
        await ctx.delay(3.3e-6)
        for byte in sent:
            for position in range(10):
                ctx.set(dut.rx, (byte << 1 | 1 << 9) >> position & 1)
                await ctx.delay(cycles * (1 + error) * 1e-6)
        await ctx.delay(4 * cycles * 1e-6)

    async def bytes_of_bits(ctx):
        bits = []
        async for _, _, strobe, bit, done, data in ctx.tick().sample(
            dut.strobe, dut.bit, dut.done, dut.data
        ):
            if strobe:
                bits.append(bit)
            if done:
                assert data == sum(bit << place for place, bit in enumerate(bits))
                got.append(data)
                bits.clear()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(line)
    simulator.add_process(bytes_of_bits)
    simulator.run()
    assert got == sent


def test_a_byte_without_a_stop_bit_is_dropped():
    dut = UartReceiver(8)
    got = []

    async def line(ctx):
        ctx.set(dut.low, counted(8)[1])
        ctx.set(dut.rx, 0)
        for _ in range(1000):
            _, _, done, broken = await ctx.tick().sample(dut.done, dut.broken)
            got.append((done, broken))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(line)
    simulator.run()
    assert set(got) == {(0, 0), (0, 1)}


@pytest.mark.parametrize(
    ("clock", "baud", "cycles"),
    [(36e6, 1_000_000, 36), (12e6, 115_200, 104), (36.75e6, 1_000_000, 37), (8e6, 1_000_000, 8)],
)
def test_divisors(clock, baud, cycles):
    assert divisor(clock, baud) == cycles


@pytest.mark.parametrize(("clock", "baud"), [(10.5e6, 1_000_000), (7e6, 1_000_000)])
def test_bad_divisors_say_why(clock, baud):
    message = (
        rf"^baud must be within 2 % of a clock of {clock / 1e6:g} MHz over an integer from 8, "
        rf"not {baud}$"
    )
    with pytest.raises(BoardError, match=message) as caught:
        divisor(clock, baud)
    divisor(clock, int(caught.value.hint.split()[-1]))
