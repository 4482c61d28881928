# amaranth: UnusedElaboratable=no
"""A core of any engine in Amaranth's own simulator, as ``bench.v`` runs it: nothing to compile."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise, repeat

import numpy as np
from amaranth import Cat, ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import Order, free_running
from qrnn_hw.sim.core.pace import check_pace, sequence_cycles
from qrnn_hw.sim.core.recording import OUTPUT, Recording, trace_record
from qrnn_hw.sim.core.rows import row_source

AFTER = 6  # cycles to watch after the last logit
LONGEST = 70  # cycles of a stall


@dataclass
class Seen:
    """What a core did.

    Parameters
    ----------
    plan
        The core's.
    recording
        What ``bench.v`` would have recorded.
    busy
        Whether it was, in every cycle.
    writes
        Cycle of every write of states.
    """

    plan: Plan
    recording: Recording
    busy: list[int]
    writes: list[int]

    @property
    def accepted(self):
        """Cycles of the transfers on ``x``."""
        return self.recording.accepted.tolist()

    @property
    def taken(self):
        """Cycles of the transfers on ``y``."""
        return self.recording.outputs["cycle"].tolist()

    @property
    def begins(self):
        """Cycles in which the core became busy."""
        return [cycle for cycle, (was, now) in enumerate(pairwise(self.busy), 1) if now > was]

    @property
    def falls(self):
        """Cycles in which it was no longer busy."""
        return [cycle for cycle, (was, now) in enumerate(pairwise(self.busy), 1) if now < was]


class _Streams:
    """What goes in and out of a core from its reset on."""

    def __init__(self, order):
        data = order.plan.model.inputs.pack(order.turns.gathered(order.sequences))
        steps = zip(order.idle.tolist(), data, order.marks.tolist())
        self.steps = chain(steps, repeat((0, 0, 1)))
        self.pauses = chain(order.pauses.tolist(), repeat(0))
        self.accepted, self.outputs, self.trace = [], [], []
        self.busy, self.writes, self.unstable = [], [], 0


async def _fill(core, order, reset, runs, ctx):
    """Load the weights after every reset."""
    for run in range(runs):
        if run:
            await ctx.tick().until(reset)
        for wait, word in zip(order.waits.tolist(), order.weights.tolist()):
            for _ in range(wait):
                await ctx.tick()
            ctx.set(core.w.payload, word)
            ctx.set(core.w.valid, 1)
            await ctx.tick().until(core.w.ready)
            ctx.set(core.w.valid, 0)


def observe(order: Order, *, after=None, reset_at=None) -> Seen:
    """Run an order without its own resets, and watch for ``after`` cycles more.

    In cycle ``reset_at`` the core is reset: all before is forgotten, and the order begins again.
    """
    core, reset = order.plan.core(), Signal()
    after = order.drain if after is None else after
    record_type = trace_record(len(core.trace.word))
    size = record_type["word"].itemsize
    total, finished = order.idle.size, False
    seen = _Streams(order)
    flags = Cat(core.x.ready, core.busy, core.y.valid, core.trace.enable)
    bits = len(core.x.payload.data)
    both = order.plan.at_once > 1
    marked = [core.x.payload.last, *([core.x.payload.sequence] if both else [])]
    pins = Cat(core.x.valid, core.y.ready, *marked, core.x.payload.data)

    async def bench(ctx):
        nonlocal seen, finished
        (idle, value, marks), pause = next(seen.steps), next(seen.pauses)
        held, drained, driven = None, 0, None
        for cycle in range((reset_at or 0) + order.deadline):
            if cycle == reset_at:
                ctx.set(reset, 1)
                await ctx.tick()
                ctx.set(reset, 0)
                seen, held = _Streams(order), None
                (idle, value, marks), pause = next(seen.steps), next(seen.pauses)
            # While nothing is offered, the data is wrong and ends the other sequence.
            offered = len(seen.accepted) < total and not idle
            data = (value if offered else ~value) & (1 << bits) - 1
            told = marks if offered else (marks | 1) ^ 2
            levels = offered | (pause == 0) << 1 | (told & 3 if both else told & 1) << 2
            levels |= data << (4 if both else 3)
            if levels != driven:  # the simulator takes time for each
                ctx.set(pins, driven := levels)
            now = ctx.get(flags)
            ready, busy, valid, writes = (now >> bit & 1 for bit in range(4))
            seen.busy.append(busy)
            if writes:
                word = (ctx.get(core.trace.word) & (1 << 8 * size) - 1).to_bytes(size, "little")
                seen.trace.append((ctx.get(core.trace.address), tuple(word)))
                seen.writes.append(cycle)
            shown = None
            if valid:
                y = ctx.get(core.y.payload)
                shown = y.data, y.user, y.last, y.sequence if both else 0
            seen.unstable += held is not None and shown != held
            held = None
            if valid and pause == 0:
                seen.outputs.append((cycle, *shown))
                pause = next(seen.pauses)
            elif valid:
                held, pause = shown, pause - 1
            if offered and ready:
                seen.accepted.append(cycle)
                idle, value, marks = next(seen.steps)
            elif idle:
                idle -= 1
            if len(seen.outputs) >= order.transfers:
                drained += 1
                if finished := drained > after:
                    return
            await ctx.tick()

    simulator = Simulator(ResetInserter(reset)(core))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    if order.plan.load:
        runs = 1 if reset_at is None else 2
        simulator.add_testbench(partial(_fill, core, order, reset, runs), background=True)
    if (rows := row_source(order.plan)) is not None:
        simulator.add_testbench(partial(rows.feed, core, order.gaps), background=True)
    simulator.run()
    recording = Recording(
        np.array(seen.accepted, np.uint32), np.array(seen.outputs, OUTPUT),
        np.array(seen.trace, record_type), finished, seen.unstable, bool(seen.busy[-1]),
    )  # fmt: skip
    return Seen(order.plan, recording, seen.busy, seen.writes)


def record(order):
    """Return what ``bench.v`` would have recorded of an order without resets."""
    return observe(order).recording


def draw(rng, model, lengths):
    """Draw a sequence of each length."""
    return [random_sequence(rng, model, int(length)) for length in lengths]


def simulate(plan, sequences, *, stalls=None, reset_at=None, weights=None, turns=None):
    """Run ``sequences``, (T, channels) each, back to back, or in ``turns``.

    ``stalls`` draws waits on all sides; without it nothing ever waits. ``weights`` are loaded
    instead of the plan's.

    Raises
    ------
    TimeoutError
        If logits are missing long after they were due.
    """
    order = free_running(plan, sequences)
    if weights is not None:
        order = replace(order, weights=np.array(weights))
    if turns is not None:
        order = replace(order, turns=turns)
    if stalls is not None:

        def some(count):
            return stalls.integers(1, LONGEST, count) * (stalls.random(count) < 0.5)

        waits = stalls.integers(0, 3, order.waits.size)
        idle, pauses = some(order.idle.size), some(order.pauses.size)
        order = replace(order, idle=idle, pauses=pauses, waits=waits)
    seen = observe(order, after=AFTER, reset_at=reset_at)
    if (logits := len(seen.taken)) < order.transfers:
        raise TimeoutError(f"{logits} logits of {order.transfers} in {order.deadline} cycles")
    return seen


def check(sequences, seen, model=None, turns=None):
    """Compare all that a core did with the golden run of its plan's model, or of another."""
    plan = seen.plan if model is None else replace(seen.plan, model=model)
    judge(plan, sequences, seen.recording, turns)


def check_cycles(sequences, seen):
    """Compare the cycles of a core that nothing stalled with those of its plan."""
    plan = seen.plan
    check_pace(plan, sequences, seen.recording)
    assert len(seen.begins) == len(sequences)
    wanted = [sequence_cycles(plan, sequence) for sequence in sequences[:-1]]
    assert [later - begin for begin, later in pairwise(seen.begins)] == wanted


def check_logit_cycles(seen):
    """Compare the distances of logits that nothing stalled, in an engine where all are equal."""
    each = seen.plan.model.classes
    for first in range(0, len(seen.taken), each):
        logits = seen.taken[first : first + each]
        assert {b - a for a, b in pairwise(logits)} <= {seen.plan.class_cycles}
