"""What cores do in a step: as their simulations show it, and as their plans count it."""

import io
import re

import numpy as np
import pytest
from amaranth.sim import Simulator

from core_bench import draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import ModelError
from qrnn_hw.hw.engine import pace
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.step import FEW
from qrnn_hw.hw.word.plan import WordPlan
from random_model import random_model
from support import SMALL, SMALL_BITS, cases

STEPS = 3
# Seed of the model, its units, bits of its states, and what else it is drawn with; the plan.
CORES = [
    (1, 16, 8, {}, SerialPlan, (16,)),
    (1, 16, 8, {}, SerialPlan, (4,)),
    (1, 16, 8, {}, SerialPlan, (2, False, False, False)),
    (1, 16, 8, {}, SerialPlan, (1,)),
    (3, 16, 8, {"block": 4}, SerialPlan, (2,)),
    (100, 6, 5, {"weights": "binary"}, GraphPlan, (3,)),
    (200, 8, 5, {}, PopcountPlan, (4, 2)),
    (204, 8, 6, {"channels": 3, "weights": "levels"}, PopcountPlan, (4, 2)),
    (300, 16, 5, {}, WordPlan, (2,)),
    (301, 16, 8, {"block": 4, "channels": 3}, WordPlan, (4,)),
]


def plan_of(seed, hidden, state_bits, options, kind, sizes):
    return kind(random_model(np.random.default_rng(seed), hidden, state_bits, **options), *sizes)


def written(plan):
    """Find the cycles in which a step's acts write states."""
    acts = plan.step().acts
    if plan.engine in ("serial", "graph"):
        writes = [act for act in acts if act.part == "State memory" and "writes" in act.does]
        return sorted(cycle for act in writes for cycle in range(act.begin, act.end))
    if plan.engine == "word":
        (act,) = (act for act in acts if "writes states" in act.does)
        return list(range(act.begin, act.end, plan.row_cycles))
    finishes = [act for act in acts if act.part == "Finish"]  # the last cycles are those of states
    return [
        cycle
        for act in finishes
        for cycle in range(act.begin + plan.finish_latency, act.end, plan.pace)
    ]


def watched(plan, sequence):
    """Simulate a core; return the cycles in which it writes states, and when its first step began.

    It is busy from then on, or, where it begins with the cycle that takes an input, one later.
    """
    seen = simulate(plan, [sequence])
    return seen.writes, seen.begins[0] - (plan.engine in ("popcount", "word"))


@pytest.mark.parametrize("core", CORES)
def test_states_are_written_when_the_step_says(core):
    plan = plan_of(*core)
    (sequence,) = draw(np.random.default_rng(1), plan.model, [STEPS])
    overflows = golden.run(plan.model, sequence[None], np.array([STEPS])).overflows
    if plan.step().back:
        assert not overflows.any(), "no step may be taken back here"
    shown, cycles = written(plan), plan.step().cycles
    seen, begin = watched(plan, sequence)
    if plan.engine == "serial" and plan.folds > FEW:  # then one act stands for all words
        count = len(plan.trace.step)
        assert (seen[count - 1], seen[count]) == (begin + shown[-1], seen[0] + cycles)
        return
    wanted = [begin + cycle + step * cycles for step in range(STEPS) for cycle in shown]
    assert seen[: len(wanted)] == sorted(wanted)


def test_a_step_is_taken_back_when_the_step_says():
    plan = plan_of(5, 16, 7, {"channels": 3}, SerialPlan, (4,))
    (sequence,) = draw(np.random.default_rng(1), plan.model, [2])
    assert golden.run(plan.model, sequence[None], np.array([2])).overflows[0, 0]
    step, shown = plan.step(), written(plan)
    assert step.back and step.back[1] > step.cycles
    seen, begin = watched(plan, sequence)
    wanted = [begin + cycle for cycle in (*shown, *(step.back[1] + cycle for cycle in shown))]
    assert seen[: len(wanted)] == wanted


@pytest.mark.parametrize("core", CORES)
def test_no_part_is_at_work_twice_at_once(core):
    """Acts that follow each other in one unit of a part do so from step to step, too."""
    plan = plan_of(*core)
    step = plan.step()
    whole = {"Reader", "Update", "Transform", "Chain", "Gather", "Lane butterflies"}
    for part in whole:
        acts = [act for act in step.acts if act.part == part and not act.waits]
        spans = [
            (act.begin + shift * step.cycles, act.end + shift * step.cycles)
            for act in acts
            for shift in range(3)
        ]
        spans.sort()
        assert all(end <= begin for (_, end), (begin, _) in zip(spans, spans[1:])), part


class Wires:
    """The one-bit signals of a simulation, by their names, and the cycles in which each is high."""

    def __init__(self, core, sequence):
        text = io.StringIO()
        simulator = Simulator(core)
        simulator.add_clock(1)

        async def bench(ctx):
            ctx.set(core.y.ready, 1)
            for value in core.plan.model.inputs.pack(sequence):
                ctx.set(core.x.payload.data, value)
                ctx.set(core.x.payload.last, 0)
                ctx.set(core.x.valid, 1)
                await ctx.tick().until(core.x.ready)
            await ctx.tick().repeat(core.plan.step_cycles * 3)

        simulator.add_testbench(bench)
        with simulator.write_vcd(text):
            simulator.run()
        self.high = {}
        self._read(text.getvalue())

    def _read(self, text):
        scope, names, high, now = [], {}, {}, 0
        for line in text.splitlines():
            if found := re.match(r"\$scope \w+ (\S+)", line):
                scope.append(found[1])
            elif line.startswith("$upscope"):
                scope.pop()
            elif found := re.match(r"\$var \w+ 1 (\S+) (\S+)", line):
                names.setdefault(found[1], []).append(".".join([*scope, found[2]]))
            elif line.startswith("#"):
                # A period of the clock is a second; its edge is in the middle.
                now = round(int(line[1:]) / 1e15 + 0.5)
            elif line[:1] in ("0", "1") and line[1:] in names:
                high.setdefault(line[1:], []).append((now, int(line[0])))
        for mark, changes in high.items():
            cycles = set()
            for (begin, value), (end, _) in zip(changes, [*changes[1:], (now, 0)]):
                cycles |= set(range(begin, end)) if value else set()
            for name in names[mark]:
                self.high[name] = cycles

    def __getitem__(self, name):
        (found,) = (cycles for full, cycles in self.high.items() if full.endswith(f".{name}"))
        return found


def test_components_of_the_serial_core_are_active_when_the_step_says():
    plan = plan_of(*CORES[1])
    (sequence,) = draw(np.random.default_rng(1), plan.model, [6])
    core, step = plan.core(), plan.step()
    wires = Wires(core, sequence)
    first = min(wires["controller.start"])

    def shown(part, *, waits=False, does=""):
        acts = [a for a in step.acts if a.part == part and a.waits == waits and does in a.does]
        return {cycle for act in acts for cycle in range(act.begin, act.end)}

    def seen(name, late=0):
        """Find the cycles in which a signal is high because of the second step of the sequence."""
        begin = first + step.cycles - late
        return {cycle - begin for cycle in wires[name]}

    period = step.cycles
    for name, late, cycles in (
        ("controller.start", 0, shown("Control", does="starts")),
        ("schedule.timeline.active", 0, shown("Control", does="counts")),
        ("entry.release", 0, shown("Input", does="lets go")),
        ("fold_2.output.active", 2, shown("Word butterflies", does="2 words apart")),
        ("fold_1.output.active", 2, shown("Word butterflies", does="next to")),
        ("fold_1.output.active", 2, shown("Update")),
        ("update.write__en", 0, shown("State memory", does="writes")),
        ("update.told", 0, shown("Control", does="told")),
    ):
        # In the second step and the third: they all look alike.
        window = range(step.end, step.end + period)
        wanted = {cycle for cycle in window if any(cycle - k * period in cycles for k in range(8))}
        assert wanted == seen(name, late) & set(window), name


def test_cycles_add_up_for_every_kind_of_network():
    taken = 0
    for case in list(cases())[::7]:  # of all kinds, as 7 divides none of their numbers
        try:
            plan = case.plan(SMALL, SMALL_BITS)
        except ModelError:
            continue
        taken += 1
        step, names = plan.step(), [part.name for part in plan.parts]
        assert step.cycles == pace(plan), case
        if step.bounds:
            assert max(count for _, count in step.bounds) == step.phases[0][1], case
        assert {act.part for act in step.acts} <= set(names) and len(set(names)) == len(names)
        assert all(0 <= act.begin < act.end for act in step.acts), case
        costs = [name for part in plan.parts for name in part.estimates or ()]
        assert len(set(costs)) == len(costs)
        assert set(plan.cost().parts) <= set(costs), "every cost must be that of a part"
    assert taken > 50
