"""Steps from slots, with a core that takes them when it likes."""

import pytest
from amaranth import Module
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator

from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.gateware.receiver import END_OF_FRAME, END_OF_SEQUENCE, FIRST_SAMPLE
from qrnn_hw.boards.link.identity import Identity


def image(frames, size):
    """Return the sample memory with ``frames`` in its slots: bytes, and whether they end."""
    words = [0] * (4 * size)
    for slot, (samples, last) in enumerate(frames):
        for place, byte in enumerate(samples):
            ends = place == len(samples) - 1
            flags = ends << END_OF_FRAME | last << END_OF_SEQUENCE
            words[size * slot + (FIRST_SAMPLE + place) % size] = byte | flags
    return words


@pytest.mark.parametrize("pause", [0, 1, 5])
@pytest.mark.parametrize(
    ("bits", "signed", "channels", "frames", "steps"),
    [
        (
            8,
            False,
            1,
            [(b"\1\2\xff", False), (bytes(range(63)), True), (b"\7", True)],
            [(1, 0), (2, 0), (255, 0), *((k, k == 62) for k in range(63)), (7, 1)],
        ),
        (4, True, 1, [(b"\x0f\x07\xf8", True)], [(-1, 0), (7, 0), (-8, 1)]),
        (
            12,
            True,
            1,
            [(b"\xff\x0f\x00\x08", False), (b"\x34\x02", True)],
            [(-1, 0), (-2048, 0), (0x234, 1)],
        ),
        (
            5,
            True,
            4,
            [(b"\x01\x02\x0f\xff\xff\xff", False), (b"\x05\x06\x07", True)],
            [(0xF0201, 0), (0xFFFFF, 0), (0x70605, 1)],
        ),
        (
            16,
            False,
            34,
            [(bytes(range(136)), False), (bytes(range(68)), True)],
            [
                (int.from_bytes(bytes(range(68)), "little"), 0),
                (int.from_bytes(bytes(range(68, 136)), "little"), 0),
                (int.from_bytes(bytes(range(68)), "little"), 1),
            ],
        ),
    ],
    ids=["bytes", "signed", "words", "three-bytes", "wide"],
)
def test_steps_come_in_order(bits, signed, channels, frames, steps, pause):
    identity = Identity(bits, signed, 16, 2, 8, 8, bytes(8), channels=channels)
    m = Module()
    m.submodules.dut = dut = Feeder(identity)
    words = image(frames, identity.slot)
    m.submodules.memory = memory = Memory(shape=10, depth=len(words), init=words)
    read = memory.read_port()
    m.d.comb += [read.addr.eq(dut.address), dut.sample.eq(read.data)]
    taken, waits = [], []

    async def accept(ctx):
        await ctx.tick().repeat(3)
        for number in range(len(frames)):
            ctx.set(dut.accepted, number + 1)
            await ctx.tick().repeat(2)

    async def core(ctx):
        while len(taken) < len(steps):
            await ctx.tick().repeat(pause + 1)
            ctx.set(dut.x.ready, 1)
            waited, valid = -1, 0
            while not valid:
                _, _, valid, step, last = await ctx.tick().sample(
                    dut.x.valid, dut.x.payload.data, dut.x.payload.last
                )
                waited += 1
            ctx.set(dut.x.ready, 0)
            taken.append((step, last))
            waits.append(waited)
        await ctx.tick().repeat(5)
        assert not ctx.get(dut.x.valid)
        assert ctx.get(dut.consumed) == len(frames)

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(accept, background=True)
    simulator.add_testbench(core)
    simulator.run_until(2e-3)
    assert taken == steps
    if pause + 1 > identity.step_bytes:
        assert set(waits[1:]) == {0}
