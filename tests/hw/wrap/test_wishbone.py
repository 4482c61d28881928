# amaranth: UnusedElaboratable=no
"""Steps in and logits out over Wishbone registers: golden, and nothing lost without a flag."""

import numpy as np
import pytest

from qrnn_hw.hw.wrap.registers import (
    ID,
    VERSION,
    WAITING,
    WORD,
    Control,
    Register,
    Result,
    Status,
)
from qrnn_hw.hw.wrap.wishbone import Wishbone

READABLE = {
    Register.ID, Register.VERSION, Register.DIGEST_HIGH, Register.DIGEST_LOW, Register.SHAPE,
    Register.STATUS, Register.RESULT_CLASS, Register.RESULT_HIGH, Register.RESULT,
}  # fmt: skip
WRITABLE = {Register.CONTROL, Register.STATUS, Register.INPUT_LAST, Register.INPUT}


class Refused(Exception):
    """The slave answered with ERR_O."""


class Master:
    """A master of standard cycles that pauses as long as ``rng`` draws; without it, never."""

    def __init__(self, dut, rng=None):
        self.dut, self.rng, self.ctx = dut, rng, None

    async def cycle(self, address, value=None, sel=0xF):
        """Read, or write a value; every cycle must end after one wait state."""
        ctx, dut = self.ctx, self.dut
        ctx.set(dut.cyc_i, 1)
        ctx.set(dut.stb_i, 1)
        ctx.set(dut.adr_i, address)
        ctx.set(dut.we_i, value is not None)
        ctx.set(dut.dat_i, value or 0)
        ctx.set(dut.sel_i, sel)
        assert not ctx.get(dut.ack_o) | ctx.get(dut.err_o)
        await ctx.tick()
        good, bad = ctx.get(dut.ack_o), ctx.get(dut.err_o)
        assert good + bad == 1
        data = ctx.get(dut.dat_o)
        await ctx.tick()
        if self.rng is not None and self.rng.integers(2):
            ctx.set(dut.stb_i, 0)
            ctx.set(dut.cyc_i, int(self.rng.integers(2)))
            assert not ctx.get(dut.ack_o) | ctx.get(dut.err_o), "no answer without a question"
            for _ in range(self.rng.choice([1, 2, 30])):
                await ctx.tick()
        if bad:
            raise Refused(hex(address))
        return data

    async def status(self):
        return Status(await self.cycle(Register.STATUS) & (1 << WAITING) - 1)

    async def until(self, flag):
        while not await self.status() & flag:
            pass

    async def load(self, words):
        for word in words:
            await self.until(Status.WEIGHT_READY)
            await self.cycle(Register.WEIGHT, word)

    async def step(self, word, last, width):
        """Write a step, its words in any order but the highest last."""
        words = [word >> at & (1 << WORD) - 1 for at in range(0, width, WORD)]
        places = list(range(len(words) - 1))
        if self.rng is not None:
            self.rng.shuffle(places)
        for place in places:
            await self.cycle(Register.INPUT + 4 * place, words[place])
        highest = Register.INPUT_LAST if last else Register.INPUT + 4 * len(words) - 4
        await self.cycle(highest, words[-1])

    async def results(self, count):
        """Read logits as they come: (logit, class, last)."""
        found = []
        while len(found) < count:
            waiting = await self.cycle(Register.STATUS) >> WAITING
            for _ in range(waiting):
                about = Result(await self.cycle(Register.RESULT_CLASS))
                assert about & Result.VALID
                high = await self.cycle(Register.RESULT_HIGH)
                low = await self.cycle(Register.RESULT)
                logit = (high << WORD | low) - (high >> WORD - 1 << 2 * WORD)
                found.append((logit, about & 0xFFFF, bool(about & Result.LAST)))
        return found


def drive(kit, dut, body, rng=None):
    """Run ``body`` with a master."""
    master = Master(dut, rng)

    async def bench(ctx):
        master.ctx = ctx
        await body(master)

    kit.simulate(dut, bench)


def run(kit, case, dut, rng=None, reset_after=None):
    """Send all steps, one when the other was taken, and return the answers."""
    width, found = case.plan.model.inputs.width, []

    async def body(master):
        if reset_after is not None:
            await master.load(case.weights)
            for step in case.steps[:reset_after]:
                await master.until(Status.INPUT_READY)
                await master.step(*step, width)
            await master.cycle(Register.CONTROL, Control.RESET)
            assert not await master.status() & ~(Status.INPUT_READY | Status.WEIGHT_READY)
        await master.load(case.weights)
        for step in case.steps:
            await master.until(Status.INPUT_READY)
            await master.step(*step, width)
        found.extend(await master.results(kit.transfers(case)))
        while (status := await master.status()) & Status.BUSY:
            pass
        assert not status & (Status.RESULT | Status.OVERFLOW | Status.UNDERRUN)

    drive(kit, dut, body, rng)
    return kit.grouped(case, found)


def wrap(case, faulty=lambda core: core):
    return Wishbone(faulty(case.plan.core()), case.plan.model)


def test_golden(kit, design):
    case = kit.draw(design)
    assert run(kit, case, wrap(case)) == case.answers


@pytest.mark.parametrize("name", ["five-bits", "45-bits", "loaded"])
def test_golden_under_pauses_after_a_reset_in_mid_sequence(kit, name):
    case = kit.draw(name, seed=1)
    assert run(kit, case, wrap(case), np.random.default_rng(3), 2) == case.answers


@pytest.mark.parametrize("fault", ["drop-step", "swap-bytes", "early-last"])
def test_a_fault_before_the_core_is_seen(kit, fault):
    case = kit.draw("three-channels")
    with pytest.raises(AssertionError):
        assert run(kit, case, wrap(case, lambda core: kit.Saboteur(core, fault))) == case.answers


def test_a_lost_logit_is_seen(kit):
    case = kit.draw("five-bits")
    with pytest.raises(AssertionError, match="must end within"):
        run(kit, case, wrap(case, lambda core: kit.Saboteur(core, "drop-logit")))


def test_the_first_registers_say_what_it_is(kit):
    case = kit.draw("45-bits")
    model, found = case.plan.model, []

    async def body(master):
        for address in range(0, 0x14, 4):
            found.append(await master.cycle(address))

    drive(kit, wrap(case), body)
    assert found[:2] == [ID, VERSION]
    assert f"{found[2]:08x}{found[3]:08x}" == model.digest[:16]
    assert found[4] == 45 | 5 << 16
    assert ID.to_bytes(4, "big") == b"QRNN"


def test_what_the_map_lacks_ends_in_an_error(kit):
    case = kit.draw("five-bits")

    async def body(master):
        for address in range(0, 0x100, 4):
            for allowed, value in ((READABLE, None), (WRITABLE, 0)):
                if address in allowed:
                    await master.cycle(address, value)
                else:
                    with pytest.raises(Refused):
                        await master.cycle(address, value)
        await master.cycle(Register.CONTROL, Control.RESET)
        # A part of a word is not written.
        for sel in (0, 1, 7, 0xE):
            with pytest.raises(Refused):
                await master.cycle(Register.INPUT_LAST, 1, sel)
        assert await master.status() == Status.INPUT_READY

    drive(kit, wrap(case), body)


def test_what_is_too_much_or_not_there_sets_a_flag(kit):
    """The steps that were dropped are not part of the sequence, and flags stay until cleared."""
    case = kit.draw("45-bits", lengths=(4,))
    found = []

    async def body(master):
        assert await master.cycle(Register.RESULT) == 0
        assert await master.status() & Status.UNDERRUN
        await master.cycle(Register.STATUS, Status.OVERFLOW)
        assert await master.status() & Status.UNDERRUN
        await master.cycle(Register.STATUS, Status.UNDERRUN)
        assert not await master.status() & Status.UNDERRUN
        dropped = 0
        for word, last in case.steps:
            while True:
                await master.step(word, last, 45)
                if not await master.status() & Status.OVERFLOW:
                    break
                dropped += 1
                await master.cycle(Register.STATUS, Status.OVERFLOW)
        assert dropped > 3
        found.extend(await master.results(kit.transfers(case)))

    drive(kit, wrap(case), body)
    assert kit.grouped(case, found) == case.answers


def test_results_that_nobody_reads_stop_the_core(kit, monkeypatch):
    monkeypatch.setattr("qrnn_hw.hw.wrap.wishbone.DEPTH", 4)
    case = kit.draw("tokens-every", lengths=(5,))
    found = []

    async def body(master):
        for step in case.steps[:2]:
            await master.until(Status.INPUT_READY)
            await master.step(*step, case.plan.model.inputs.width)
        for _ in range(400):
            await master.cycle(Register.ID)
        assert await master.cycle(Register.STATUS) >> WAITING == 4
        assert master.ctx.get(master.dut.irq_o)
        assert await master.status() & Status.BUSY
        found.extend(await master.results(6))
        for step in case.steps[2:]:
            await master.until(Status.INPUT_READY)
            await master.step(*step, case.plan.model.inputs.width)
            found.extend(await master.results(3))
        assert not master.ctx.get(master.dut.irq_o)

    drive(kit, wrap(case), body)
    assert kit.grouped(case, found) == case.answers


def test_a_result_can_be_read_two_cycles_after_the_core_gave_it(kit):
    case = kit.draw("five-bits", lengths=(1,))
    network = case.plan.core()
    dut, given, told = Wishbone(network, case.plan.model), [], []

    async def watch(ctx):
        cycle = 0
        while True:
            if ctx.get(network.y.valid) & ctx.get(network.y.ready):
                given.append(cycle)
            if ctx.get(dut.irq_o):
                told.append(cycle)
            cycle += 1
            await ctx.tick()

    async def bench(ctx):
        master = Master(dut)
        master.ctx = ctx
        await master.step(*case.steps[0], 5)
        await master.results(3)

    kit.simulate(dut, bench, background=[watch])
    assert told[0] - given[0] == 2
