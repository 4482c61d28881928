"""The SPI peripheral: every byte both ways, at any rate, with gaps; and what is cut short."""

import random

import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.spi import SpiPeripheral
from qrnn_hw.boards.link.protocol import READY

CYCLE = 1e-6
LEAST = 3.01  # cycles of a level of SCK without pins in the way; PHASE has one more for those


class Side:
    """A controller at the pins, and a transmitter that sends bytes as a UART would."""

    def __init__(self, seed, sending=()):
        self.dut = SpiPeripheral()
        self.draws = random.Random(seed)
        self.sending = list(sending)
        self.came = []  # bytes, and None for what ends a frame

    async def transmit(self, ctx):
        dut = self.dut
        ctx.set(dut.tx, 1)
        for byte in self.sending:
            for bit in (0, *(byte >> place & 1 for place in range(8)), 1):
                await ctx.tick().until(dut.tick)
                ctx.set(dut.tx, bit)

    async def collect(self, ctx):
        bits, line = [], self.dut.line
        async for _, _, strobe, bit, done, data, broken in ctx.tick().sample(
            line.strobe, line.bit, line.done, line.data, line.broken
        ):
            if strobe:
                bits.append(bit)
            if done:
                assert data == sum(bit << place for place, bit in enumerate(bits))
                self.came.append(data)
                bits.clear()
            if broken and self.came and self.came[-1] is not None:
                self.came.append(None)

    async def level(self, ctx, most):
        await ctx.delay(CYCLE * self.draws.uniform(LEAST, most))

    async def select(self, ctx, data, bits=None, most=None):
        """Exchange bytes in a selection; of the last, only some bits."""
        dut, heard = self.dut, []
        most = most or self.draws.choice((LEAST, 4, 20))
        left = 8 * len(data) if bits is None else bits
        ctx.set(dut.cs, 0)
        await ctx.delay(4 * CYCLE)
        for byte in data:
            value = 0
            for place in reversed(range(8)):
                if not left:
                    break
                left -= 1
                ctx.set(dut.copi, byte >> place & 1)
                await self.level(ctx, most)
                value = value << 1 | ctx.get(dut.cipo)
                ctx.set(dut.sck, 1)
                await self.level(ctx, most)
                ctx.set(dut.sck, 0)
            heard.append(value)
            if self.draws.random() < 0.2:
                await ctx.delay(CYCLE * self.draws.uniform(0, 200))
        await ctx.delay(4 * CYCLE)
        ctx.set(dut.cs, 1)
        ctx.set(dut.copi, self.draws.getrandbits(1))
        await ctx.delay(4 * CYCLE)
        return heard

    def run(self, controller, period=CYCLE):
        simulator = Simulator(self.dut)
        simulator.add_clock(period)

        async def begin(ctx):
            ctx.set(self.dut.cs, 1)
            await ctx.delay(self.draws.uniform(40, 41) * CYCLE)
            await controller(ctx)
            await ctx.delay(40 * CYCLE)

        simulator.add_testbench(begin)
        simulator.add_testbench(self.transmit, background=True)
        simulator.add_process(self.collect)
        simulator.run()


@pytest.mark.parametrize("seed", range(6))
def test_bytes_arrive_and_a_selection_ends_what_it_is_in(seed):
    side = Side(seed)
    sent = [side.draws.randbytes(size) for size in (1, 2, 9, 30)]

    async def controller(ctx):
        for data in sent:
            assert set(await side.select(ctx, data)) == {0}

    side.run(controller)
    assert side.came == [byte for data in sent for byte in (*data, None)]


@pytest.mark.parametrize("seed", range(6))
def test_all_bytes_are_read_however_they_are_asked_for(seed):
    side = Side(seed, random.Random(seed).randbytes(60))
    heard = []

    async def controller(ctx):
        for _ in range(40):
            first, *rest = await side.select(ctx, bytes(side.draws.choice((1, 1, 2, 7, 20))))
            heard.extend(rest if first == READY else ())
            assert first == READY or not any(rest)
            await ctx.delay(CYCLE * side.draws.choice((1, 60)))

    side.run(controller)
    assert bytes(heard).rstrip(b"\0") == bytes(side.sending).rstrip(b"\0")


def test_a_board_that_is_spoken_to_keeps_what_it_has_to_say():
    side = Side(1, b"\x11\x22\x33\x44")

    async def controller(ctx):
        ready = [READY, 0, 0]
        assert await side.select(ctx, b"\xa5\0\0") == ready
        assert await side.select(ctx, b"\0\0\xa5\0") == [READY, 0x11, 0x22, 0]
        assert await side.select(ctx, b"\0\0", bits=8) == [READY, 0]
        assert await side.select(ctx, b"\0", bits=3) == [READY >> 5]
        assert await side.select(ctx, bytes(4)) == [READY, 0x33, 0x44, 0]
        assert await side.select(ctx, bytes(2)) == [0, 0]

    side.run(controller)


@pytest.mark.parametrize("bits", range(1, 16))
def test_a_byte_that_is_cut_short_is_none_and_the_next_selection_is_right(bits):
    side = Side(bits)

    async def controller(ctx):
        await side.select(ctx, b"\xff\x81", bits=bits)
        await side.select(ctx, b"\x3c\x01")

    side.run(controller)
    whole = [0xFF, None] if bits > 7 else []
    assert side.came == [*whole, 0x3C, 0x01, None]


def test_another_peripheral_on_the_line_is_nothing():
    side = Side(1, b"\x11")

    async def controller(ctx):
        for _ in range(99):
            ctx.set(side.dut.sck, 1)
            ctx.set(side.dut.copi, side.draws.getrandbits(1))
            await side.level(ctx, 5)
            ctx.set(side.dut.sck, 0)
            await side.level(ctx, 5)
        assert await side.select(ctx, b"\0\0") == [READY, 0x11]

    side.run(controller)
    assert side.came == [0, 0, None]
