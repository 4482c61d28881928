"""Terms of many channels, as they are written to the memory of planes."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.hw.serial.accumulator import Accumulator
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.table import constants
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model


def run(plan, x, ends):
    """Feed steps; return the terms of each as the memory holds them at ``valid``, and latencies."""
    dut = Accumulator(plan)
    packed = plan.model.inputs.pack(x)
    results, latencies = [], []

    async def bench(ctx):
        memory = np.zeros((plan.folds * plan.term_bits, plan.lanes), np.int64)
        begin, accepted = 0, 0
        for cycle in range((len(packed) + 1) * (plan.scale_cycles + 9)):
            if accepted < len(packed):
                ctx.set(dut.x.payload, {"data": packed[accepted], "last": ends[accepted]})
            ctx.set(dut.x.valid, accepted < len(packed))
            lanes = ctx.get(dut.write.en)
            for lane in range(plan.lanes):
                if lanes >> lane & 1:
                    bit = ctx.get(dut.write.data) >> lane & 1
                    memory[ctx.get(dut.write.addr), lane] = bit
            valid = ctx.get(dut.valid)
            ctx.set(dut.release, valid)
            if valid:
                latencies.append(cycle - begin)
                begin = cycle + 1
                planes = memory.reshape(plan.folds, plan.term_bits, plan.lanes)
                weights = 1 << np.arange(plan.term_bits)
                weights[-1] *= -1
                terms = np.einsum("wbl,b->wl", planes, weights).ravel()
                results.append((terms, ctx.get(dut.last), ctx.get(dut.parity)))
                if len(results) == len(packed):
                    return
            accepted += ctx.get(dut.x.ready)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return results, latencies


@pytest.mark.parametrize("biased", [False, True], ids=["alone", "biased"])
@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(8, 8, {"channels": 17, "input_bits": 1}, id="17-bits"),
        pytest.param(12, 2, {"channels": 20, "block": 4, "input_bits": 5}, id="20-on-2"),
        pytest.param(4, 1, {"channels": 64, "input_signed": True}, id="64-signed"),
        pytest.param(8, 4, {"channels": 18, "input_bits": 16, "u_bits": 8}, id="18-wide"),
    ],
)
def test_is_what_the_golden_run_adds(hidden, lanes, options, biased):
    rng = np.random.default_rng([60, hidden])
    model = random_model(rng, hidden, 8, biased=biased, **options)
    plan = SerialPlan(model, lanes)
    x = random_sequence(rng, model, 5)
    x[:2] = np.array(model.input_range)[:, None]
    ends = [0, 0, 1, 0, 1]
    results, latencies = run(plan, x, ends)
    for one, last, step, (terms, ended, parity) in zip(x, ends, [1, 2, 3, 1, 2], results):
        assert (ended, parity) == (last, model.parity(step))
        wanted = model.inputs.terms(one[None], parity)[0] + constants(model)[parity]
        assert (terms == wanted).all()
    assert set(latencies) == {plan.scale_cycles}


def test_words_are_written_no_faster_than_a_pass_reads_them():
    for lanes in (1, 2, 4, 8):
        model = random_model(np.random.default_rng(61), 8, 16, channels=17, input_bits=1)
        plan = SerialPlan(model, lanes)
        assert lanes * plan.unit_cycles >= plan.word
        assert plan.unit_cycles > plan.term_bits
