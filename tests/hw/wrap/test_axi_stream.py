# amaranth: UnusedElaboratable=no
"""Steps in and logits out over AXI4-Stream: golden under every stall, and no forbidden path."""

import numpy as np
import pytest

from qrnn_hw.hw.wrap.axi_stream import AxiStream
from qrnn_hw.hw.wrap.emit import CoreInstance

PAYLOAD = ("m_axis_tdata", "m_axis_tuser", "m_axis_tlast")


def signed(value, width):
    return value - (value >> width - 1 << width)


async def idle(ctx, cycles):
    for _ in range(cycles):
        await ctx.tick()


class Bus:
    """A source and a sink that wait as long as ``rng`` draws; without it, never."""

    def __init__(self, dut, case, rng=None):
        self.dut, self.case, self.rng = dut, case, rng
        self.logits, self.cycles = [], []

    def waits(self):
        return 0 if self.rng is None else int(self.rng.choice([0, 0, 1, 3, 40]))

    async def reset(self, ctx, cycles):
        ctx.set(self.dut.aresetn, 0)
        ctx.set(self.dut.s_axis_tvalid, 0)
        await idle(ctx, cycles)
        assert not ctx.get(self.dut.m_axis_tvalid)
        ctx.set(self.dut.aresetn, 1)

    async def source(self, ctx, most=None):
        dut = self.dut
        for word in self.case.weights:
            await self.transfer(ctx, "s_axis_weights", tdata=word)
        rubbish = 1 << len(dut.s_axis_tdata)
        for word, last in self.case.steps[:most]:
            # The bits above the channels do not matter.
            above = rubbish - (1 << self.case.plan.model.inputs.width)
            await self.transfer(ctx, "s_axis", tdata=word | above, tlast=last)

    async def transfer(self, ctx, name, **payload):
        valid, ready = (getattr(self.dut, f"{name}_{part}") for part in ("tvalid", "tready"))
        await idle(ctx, self.waits())
        for part, value in payload.items():
            ctx.set(getattr(self.dut, f"{name}_{part}"), value)
        ctx.set(valid, 0)
        before = ctx.get(ready)
        ctx.set(valid, 1)
        assert ctx.get(ready) == before, "no path from TVALID to TREADY"
        while not ctx.get(ready):
            await ctx.tick()
        await ctx.tick()
        ctx.set(valid, 0)
        for part in payload:
            ctx.set(getattr(self.dut, f"{name}_{part}"), 1)

    async def sink(self, ctx, count):
        dut, wait, held = self.dut, self.waits(), None
        width = len(dut.m_axis_tdata)
        while len(self.logits) < count:
            ctx.set(dut.m_axis_tready, 0)
            outputs = ctx.get(dut.m_axis_tvalid), ctx.get(dut.s_axis_tready)
            ctx.set(dut.m_axis_tready, wait == 0)
            assert outputs == (ctx.get(dut.m_axis_tvalid), ctx.get(dut.s_axis_tready))
            now = tuple(ctx.get(getattr(dut, name)) for name in PAYLOAD) if outputs[0] else None
            assert held is None or now == held, "what is offered stays"
            held = None
            if now is not None and wait == 0:
                self.logits.append((signed(now[0], width), *now[1:]))
                wait = self.waits()
            elif now is not None:
                held, wait = now, wait - 1
            await ctx.tick()
        ctx.set(dut.m_axis_tready, 0)


def run(kit, case, dut, rng=None, resets=()):
    """Send all steps after resets in mid-run, and return the answers."""
    bus = Bus(dut, case, rng)
    ready = []

    async def source(ctx):
        await bus.reset(ctx, 1)
        for steps, cycles in resets:
            await bus.source(ctx, steps)
            await idle(ctx, cycles)
            await bus.reset(ctx, 1 + cycles % 3)
        ready.append(True)
        await bus.source(ctx)

    async def sink(ctx):
        while not ready:
            await ctx.tick()
        await bus.sink(ctx, kit.transfers(case))
        await idle(ctx, 100)
        assert not ctx.get(dut.m_axis_tvalid), "no more logits than must come"

    kit.simulate(dut, source, sink)
    return kit.grouped(case, bus.logits)


def test_golden_without_stalls(kit, design):
    case = kit.draw(design)
    assert run(kit, case, AxiStream(case.plan.core())) == case.answers


def test_golden_under_stalls_and_resets(kit, design):
    case = kit.draw(design, seed=1)
    rng = np.random.default_rng(5)
    # A reset with a step under way, and one with logits on their way out.
    resets = [(2, 7), (3, case.plan.sequence_cycles(3)), (1, 0)]
    assert run(kit, case, AxiStream(case.plan.core()), rng, resets) == case.answers


@pytest.mark.parametrize("fault", ["drop-step", "swap-bytes", "early-last"])
def test_a_fault_before_the_core_is_seen(kit, fault):
    case = kit.draw("three-channels")
    dut = AxiStream(kit.Saboteur(case.plan.core(), fault))
    with pytest.raises(AssertionError):
        assert run(kit, case, dut) == case.answers


def test_a_lost_logit_is_seen(kit):
    case = kit.draw("five-bits")
    with pytest.raises(AssertionError, match="must end within"):
        run(kit, case, AxiStream(kit.Saboteur(case.plan.core(), "drop-logit")))


@pytest.mark.parametrize(
    ("name", "step", "logit"),
    [("five-bits", 8, 16), ("three-channels", 16, 16), ("45-bits", 48, 16), ("272-bits", 272, 32)],
)
def test_data_has_whole_bytes(kit, name, step, logit):
    case = kit.draw(name)
    dut = AxiStream(CoreInstance(case.plan))
    assert (len(dut.s_axis_tdata), len(dut.m_axis_tdata)) == (step, logit)
    assert case.plan.model.logit_bits <= logit
