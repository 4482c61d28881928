"""Bytes of logits, and results that stay while they must."""

import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.boards.link.identity import Identity

RESULTS = [([-3, 5, -128], 1), ([7, 0, 1], 0), ([1, 2, 3], 2)]


@pytest.mark.parametrize("bits", [8, 12, 32, 40])
@pytest.mark.parametrize("pause", [0, 3])
def test_results_are_written_in_full(bits, pause):
    identity = Identity(8, False, 16, 3, bits, 8, bytes(8))
    dut = Collector(identity, first=8, place_bits=6)
    written, cycles = [], []

    async def core(ctx):
        for logits, best in RESULTS:
            for index, logit in enumerate(logits):
                last = index == len(logits) - 1
                if pause:
                    await ctx.tick().repeat(pause)
                ctx.set(dut.y.payload, {"data": logit, "user": best if last else 0, "last": last})
                ctx.set(dut.y.valid, 1)
                waited, ready = 0, 0
                while not ready:
                    _, _, ready = await ctx.tick().sample(dut.y.ready)
                    waited += 1
                ctx.set(dut.y.valid, 0)
                cycles.append(waited)

    async def memory(ctx):
        words = {}
        async for _, _, strobe, place, byte, done in ctx.tick().sample(
            dut.strobe, dut.place, dut.byte, dut.done
        ):
            if strobe:
                words[place] = byte
            if done:
                written.append((sorted(words), bytes(words[place] for place in sorted(words))))
                words.clear()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(core)
    simulator.add_process(memory)
    simulator.run_until(1e-3)
    size = identity.logit_bytes
    for (places, data), (logits, best) in zip(written, RESULTS, strict=True):
        assert places == list(range(8, 8 + 3 * size + 1))
        packed = b"".join(logit.to_bytes(size, "little", signed=True) for logit in logits)
        assert data == packed + bytes([best])
    assert cycles == 3 * [size, size, size + 1]


def test_what_is_more_than_a_frame_comes_in_parts():
    identity = Identity(8, False, 16, 70, 32, 8, bytes(8))
    assert (identity.part, identity.parts) == (63, 2)
    dut = Collector(identity, first=8, place_bits=9)
    words, parts = {}, []

    async def core(ctx):
        for index in range(70):
            ctx.set(dut.y.payload, {"data": -index, "user": index % 7, "last": index == 69})
            ctx.set(dut.y.valid, 1)
            ready = 0
            while not ready:
                _, _, ready = await ctx.tick().sample(dut.y.ready)
        ctx.set(dut.y.valid, 0)

    async def memory(ctx):
        async for _, _, strobe, place, byte, done in ctx.tick().sample(
            dut.strobe, dut.place, dut.byte, dut.done
        ):
            if strobe:
                words[place] = byte
            if done:
                parts.append(bytes(words[place] for place in sorted(words)))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(core)
    simulator.add_process(memory)
    simulator.run_until(1e-3)
    logits = [(-index).to_bytes(4, "little", signed=True) for index in range(70)]
    first, second = parts
    assert first == b"".join(logits[:63]) + bytes([62 % 7])
    # Behind the last class there is still the first part.
    assert second == b"".join(logits[63:]) + bytes([69 % 7]) + first[4 * 7 + 1 :]


def test_a_result_that_is_held_keeps_the_next_waiting():
    identity = Identity(8, False, 16, 1, 8, 8, bytes(8))
    dut = Collector(identity, first=8, place_bits=6)

    async def bench(ctx):
        ctx.set(dut.y.payload, {"data": 1, "user": 0, "last": 1})
        ctx.set(dut.y.valid, 1)
        ctx.set(dut.hold, 1)
        await ctx.tick().repeat(5)
        assert not ctx.get(dut.strobe)
        ctx.set(dut.hold, 0)
        await ctx.tick()
        # Once begun, it goes on.
        ctx.set(dut.hold, 1)
        assert ctx.get(dut.y.ready)
        assert ctx.get(dut.done)
        await ctx.tick()
        assert ctx.get(dut.count) == 1
        assert ctx.get(dut.idle)
        ctx.set(dut.clear, 1)
        await ctx.tick()
        assert ctx.get(dut.count) == 0

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
