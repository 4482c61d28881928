"""Small cores of every engine, what they should answer, and faults between a core and its bus."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from amaranth import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

DENSE = {"weights": "levels", "relu": False, "v_bits": 8}
# Plan, its numbers, units, state bits, and options of random_model; bits of a step.
DESIGNS = {
    "five-bits": (SerialPlan, {"lanes": 4}, 8, 6, {"input_bits": 5}),
    "signed-byte": (SerialPlan, {"lanes": 8}, 8, 8, {"input_signed": True, "classes": 1}),
    "three-channels": (
        SerialPlan, {"lanes": 4}, 12, 7, {"block": 4, "channels": 3, "input_bits": 5},
    ),
    "tokens-every": (
        GraphPlan, {}, 6, 5,
        {"weights": "ternary", "activation": "relu", "vocabulary": 5, "every": True},
    ),
    "forgets-every": (
        SerialPlan, {"lanes": 4}, 8, 5, {"block": 4, "decays": (2, 1), "every": True},
    ),
    "45-bits": (
        PopcountPlan, {"lanes": 4, "rows": 2}, 7, 6,
        {**DENSE, "channels": 9, "input_bits": 5, "input_signed": True, "classes": 5},
    ),
    "272-bits": (
        PopcountPlan, {"lanes": 8, "rows": 4}, 9, 16,
        {**DENSE, "channels": 17, "input_bits": 16, "input_signed": True},
    ),
    "loaded": (PopcountPlan, {"lanes": 16, "rows": 4, "load": True}, 16, 6, {**DENSE}),
}  # fmt: skip


class Case(NamedTuple):
    """A core's plan, sequences, the words of their steps, and the logits that must come."""

    plan: Plan
    sequences: list
    steps: list  # (word, whether it ends its sequence)
    answers: list  # of every readout: logits and class
    weights: list


def draw(name: str, seed: int = 0, lengths: tuple = (3, 1, 2)) -> Case:
    kind, numbers, hidden, bits, options = DESIGNS[name]
    rng = np.random.default_rng([seed, *name.encode()])
    plan = kind(random_model(rng, hidden, bits, **options), **numbers)
    return case(plan, [random_sequence(rng, plan.model, length) for length in lengths])


def case(plan: Plan, sequences: list) -> Case:
    model, steps, answers = plan.model, [], []
    for sequence in sequences:
        words = model.inputs.pack(sequence)
        steps += [(word, place == len(words)) for place, word in enumerate(words, 1)]
        run = golden.run(model, sequence[None])
        logits = run.logits.reshape(-1, model.classes).tolist()
        answers += list(zip(map(tuple, logits), run.classes.reshape(-1).tolist()))
    return Case(plan, sequences, steps, answers, plan.loaded_words())


def transfers(case: Case) -> int:
    """Count the logits of a case."""
    return len(case.answers) * case.plan.model.classes


def grouped(case: Case, logits: list) -> list:
    """Turn (logit, class, last) into answers as a case lists them; every last in its place."""
    classes = case.plan.model.classes
    rows = [logits[at : at + classes] for at in range(0, len(logits), classes)]
    for row in rows:
        assert [last for _, _, last in row] == [0] * (classes - 1) + [1]
    return [(tuple(logit for logit, _, _ in row), row[-1][1]) for row in rows]


class Saboteur(wiring.Component):
    """A core with a fault on its way in or out.

    ``drop-step`` and ``drop-logit`` swallow the transfer with that number, ``swap-bytes`` the two
    halves of every step, ``early-last`` ends a sequence after the second step.
    """

    def __init__(self, core, fault, number=1):
        self.core, self.fault, self.number = core, fault, number
        members = {name: core.signature.members[name] for name in ("x", "y", "busy")}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        x, y, fault = self.x, self.y, self.fault
        m.d.comb += [
            core.x.valid.eq(x.valid),
            core.x.payload.eq(x.payload),
            x.ready.eq(core.x.ready),
            y.valid.eq(core.y.valid),
            y.payload.eq(core.y.payload),
            core.y.ready.eq(y.ready),
            self.busy.eq(core.busy),
        ]
        side, other = (core.y, y) if fault == "drop-logit" else (x, core.x)
        count = Signal(8)
        with m.If(side.valid & side.ready):
            m.d.sync += count.eq(count + 1)
        here = count == self.number
        if fault.startswith("drop"):
            m.d.comb += [other.valid.eq(side.valid & ~here), side.ready.eq(other.ready | here)]
        elif fault == "swap-bytes":
            word = Value.cast(x.payload.data)
            half = len(word) // 2
            m.d.comb += core.x.payload.data.eq(word.rotate_left(half))
        else:
            m.d.comb += core.x.payload.last.eq(Mux(here, 1, x.payload.last))
        return m


def simulate(dut, *benches, background=(), deadline=8_000):
    """Run test benches beside each other, and others behind them, until all of them end."""
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    done = []

    def ending(bench):
        async def whole(ctx):
            await bench(ctx)
            done.append(bench)

        return whole

    async def watch(ctx):
        for _ in range(deadline):
            await ctx.tick()
        raise AssertionError(f"the simulation must end within {deadline} cycles")

    for bench in benches:
        simulator.add_testbench(ending(bench))
    for bench in (watch, *background):
        simulator.add_testbench(bench, background=True)
    simulator.run()
    assert len(done) == len(benches)


@pytest.fixture(scope="session")
def kit():
    """Return the above, as test modules cannot import each other."""
    return SimpleNamespace(
        Saboteur=Saboteur,
        case=case,
        designs=tuple(DESIGNS),
        draw=draw,
        grouped=grouped,
        simulate=simulate,
        transfers=transfers,
    )


@pytest.fixture(params=DESIGNS)
def design(request):
    """Return the name of each design."""
    return request.param
