# amaranth: UnusedElaboratable=no
"""A core that polls a sensor: golden in every mode, and overruns are counted."""

import numpy as np
import pytest

from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.hw.wrap.spi import SpiSensor


class Device:
    """A sensor that answers with ``frames``, and is strict: it only sees levels and edges.

    It shifts its answer out after the edges that it must, a cycle late, and keeps what it was sent.
    """

    def __init__(self, dut, sensor, frames):
        self.dut, self.sensor, self.frames = dut, sensor, frames
        self.heard, self.edges, self.starts = [], [], []

    async def respond(self, ctx):
        dut, sensor = self.dut, self.sensor
        cpol, cpha = sensor.mode >> 1, sensor.mode & 1
        frames, left, cycle = iter(self.frames), "", 0
        was, bits, sampled = (cpol, 1), 0, ""
        while True:
            sclk, selected = ctx.get(dut.sclk), not ctx.get(dut.cs_n)
            assert selected or sclk == cpol, "the clock rests while nobody is selected"
            if selected and was[1]:
                self.starts.append(cycle)
                left, bits, sampled = next(frames, ""), 0, ""
                if not cpha:
                    ctx.set(dut.miso, int(left[:1] or "0"))
                    left = left[1:]
            elif selected and sclk != was[0]:
                self.edges.append(cycle)
                leading = sclk != cpol
                if leading != bool(cpha):
                    sampled += str(ctx.get(dut.mosi))
                else:
                    ctx.set(dut.miso, int(left[:1] or "0"))
                    left = left[1:]
                bits += leading
            elif not selected and not was[1]:
                assert left == "", "all bits were read"
                self.heard.append(sampled)
            was = (sclk, not selected)
            cycle += 1
            await ctx.tick()


def binary(value, bits):
    return f"{value & (1 << bits) - 1:0{bits}b}" if bits else ""


def frames(case, sensor):
    """Lay the steps of all sequences out as a sensor sends them, with rubbish around."""
    inputs = case.plan.model.inputs
    bits = inputs.width // inputs.channels
    found = []
    for sequence in case.sequences:
        for row in sequence.tolist():
            rest = sensor.word_bits - sensor.skip - bits
            words = ["1" * sensor.skip + binary(value, bits) + "10" * rest for value in row]
            words = [word[: sensor.word_bits] for word in words]
            found.append("01" * 32 * bool(sensor.command_bits))
            found[-1] = found[-1][: sensor.command_bits] + "".join(words)
    return found


def run(kit, case, dut, sensor, sent, count, enabled=None):
    """Read ``count`` logits as they come; return them, the device and the overruns."""
    device, found, overruns = Device(dut, sensor, sent), [], []

    async def sink(ctx):
        for place, word in enumerate(case.weights):
            ctx.set(dut.w_valid, 1)
            ctx.set(dut.w_data, word)
            await ctx.tick()
            ctx.set(dut.w_valid, place + 1 < len(case.weights))
        ctx.set(dut.enable, 1)
        ctx.set(dut.y_ready, 1)
        cycle = 0
        while len(found) < count:
            if enabled is not None:
                ctx.set(dut.enable, enabled(cycle))
            if ctx.get(dut.y_valid):
                found.append((ctx.get(dut.y_data), ctx.get(dut.y_user), ctx.get(dut.y_last)))
            cycle += 1
            await ctx.tick()
        overruns.append(ctx.get(dut.overruns))

    kit.simulate(dut, sink, background=[device.respond])
    return found, device, overruns[0]


def slow(case, **numbers):
    """Describe a sensor that no core is too slow for."""
    least = Sensor(1 << 20, 3, **numbers).frame_cycles(case.plan.model.inputs.channels) + 1
    return Sensor(max(least, case.plan.sequence_cycles(1) + 2), 3, **numbers)


@pytest.mark.parametrize(
    ("mode", "numbers"),
    [
        (0, {"divider": 1, "word_bits": 8}),
        (1, {"divider": 2, "word_bits": 5, "command": 0x2C, "command_bits": 7}),
        (2, {"divider": 3, "word_bits": 9, "skip": 4, "command": 1, "command_bits": 1}),
        (3, {"divider": 1, "word_bits": 12, "skip": 3, "command": 0xA5, "command_bits": 8}),
    ],
)
def test_golden_in_every_mode(kit, mode, numbers):
    case = kit.draw("three-channels", seed=mode, lengths=(3, 3))
    sensor = slow(case, mode=mode, **numbers)
    dut = SpiSensor(case.plan.core(), case.plan.model, sensor)
    found, device, overruns = run(kit, case, dut, sensor, frames(case, sensor), 6)
    assert kit.grouped(case, found) == case.answers
    assert overruns == 0
    said = binary(sensor.command, sensor.command_bits)
    assert set(device.heard) == {said.ljust(sensor.frame_bits(3), "0")}
    distances = {b - a for a, b in zip(device.starts, device.starts[1:])}
    assert distances == {sensor.period}
    halves = [b - a for a, b in zip(device.edges, device.edges[1:])]
    assert min(halves) == sensor.divider


@pytest.mark.parametrize("name", ["signed-byte", "tokens-every", "45-bits", "loaded"])
def test_golden_in_every_engine(kit, name):
    case = kit.draw(name, seed=7, lengths=(3, 3))
    sensor = slow(case, divider=1, word_bits=8)
    dut = SpiSensor(case.plan.core(), case.plan.model, sensor)
    found, _, overruns = run(kit, case, dut, sensor, frames(case, sensor), kit.transfers(case))
    assert kit.grouped(case, found) == case.answers
    assert overruns == 0


def test_an_endless_sequence(kit):
    case = kit.draw("forgets-every", lengths=(7,))
    sensor = Sensor(case.plan.sequence_cycles(1) + 9, 0, divider=1, word_bits=8)
    dut = SpiSensor(case.plan.core(), case.plan.model, sensor)
    sent = frames(case, sensor)
    found, _, _ = run(kit, case, dut, sensor, sent, kit.transfers(case))
    assert kit.grouped(case, found) == case.answers


def test_a_pause_changes_nothing(kit):
    case = kit.draw("five-bits", lengths=(3, 3))
    sensor = slow(case, divider=2, word_bits=8)
    dut = SpiSensor(case.plan.core(), case.plan.model, sensor)
    found, device, overruns = run(
        kit, case, dut, sensor, frames(case, sensor), 6, lambda cycle: cycle % 700 < 300
    )
    assert kit.grouped(case, found) == case.answers
    assert overruns == 0
    assert max(b - a for a, b in zip(device.starts, device.starts[1:])) > sensor.period


def test_steps_that_come_too_fast_are_counted(kit):
    """What the core took is golden: the taken steps are told apart by watching its stream."""
    drawn = kit.draw("five-bits", lengths=(40,))
    sensor = Sensor(20, 4, divider=1, word_bits=5)
    network = drawn.plan.core()
    dut = SpiSensor(network, drawn.plan.model, sensor)
    taken, found, overruns = [], [], []
    device = Device(dut, sensor, frames(drawn, sensor))

    async def bench(ctx):
        ctx.set(dut.enable, 1)
        ctx.set(dut.y_ready, 1)
        while len(found) < 6:
            if ctx.get(network.x.valid) & ctx.get(network.x.ready):
                taken.append(ctx.get(network.x.payload.data))
            if ctx.get(dut.y_valid):
                found.append((ctx.get(dut.y_data), ctx.get(dut.y_user), ctx.get(dut.y_last)))
            await ctx.tick()
        ctx.set(dut.enable, 0)
        for _ in range(400):
            if ctx.get(network.x.valid) & ctx.get(network.x.ready):
                taken.append(ctx.get(network.x.payload.data))
            await ctx.tick()
        overruns.append(ctx.get(dut.overruns))

    kit.simulate(dut, bench, background=[device.respond])
    words = np.array(taken[:8])[:, None]
    seen = kit.case(drawn.plan, [words[:4], words[4:8]])
    assert kit.grouped(drawn, found) == seen.answers
    assert overruns[0] > 0
    assert len(device.starts) == len(taken) + overruns[0]


@pytest.mark.parametrize("fault", ["drop-step", "swap-bytes", "early-last"])
def test_a_fault_before_the_core_is_seen(kit, fault):
    case = kit.draw("three-channels", lengths=(3, 3))
    sensor = slow(case, divider=1, word_bits=5)
    network = kit.Saboteur(case.plan.core(), fault)
    dut = SpiSensor(network, case.plan.model, sensor)
    with pytest.raises(AssertionError):
        found, *_ = run(kit, case, dut, sensor, frames(case, sensor), 6)
        assert kit.grouped(case, found) == case.answers


def test_a_wire_that_loses_a_bit_is_seen(kit):
    case = kit.draw("three-channels", lengths=(3, 3))
    sensor = slow(case, divider=1, word_bits=5)
    sent = frames(case, sensor)
    sent[1] = sent[1][1:] + "0"
    dut = SpiSensor(case.plan.core(), case.plan.model, sensor)
    found, *_ = run(kit, case, dut, sensor, sent, 6)
    assert kit.grouped(case, found) != case.answers
