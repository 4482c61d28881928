# amaranth: UnusedElaboratable=no
"""Run a popcount core in Amaranth's simulator, and compare what it did with the golden run."""

from itertools import pairwise

import numpy as np
import pytest
from amaranth import Cat, ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.hw.popcount.core import PopcountCore
from qrnn_hw.hw.popcount.image import load_image
from qrnn_hw.sim.core.random_model import random_sequence

AFTER = 6  # cycles to watch after the last logit


class Observed:
    """What a core did.

    Attributes
    ----------
    accepted, taken
        Cycles of the transfers on ``x`` and ``y``.
    logits
        Transfers on ``y``: (data, user, last).
    states
        (cycle, unit, state) of every new state.
    busy
        Its value in every cycle.
    unstable
        Cycles in which a logit that waited changed or vanished.
    """

    def __init__(self):
        self.accepted, self.taken, self.logits, self.states, self.busy = [], [], [], [], []
        self.unstable = 0


def readouts(model, sequences):
    """Count the readouts of sequences."""
    return sum(map(len, sequences)) if model.readout.every else len(sequences)


def simulated(plan, sequences, *, stalls=None, reset_at=None, weights=None):
    """Run ``sequences``, each (T, channels), back to back, and watch a little longer.

    ``stalls`` draws waits on both sides; without it nothing ever waits. In cycle ``reset_at`` the
    core is reset: all before is forgotten, and the sequences begin again. ``weights`` are loaded
    instead of the weights.

    Raises
    ------
    TimeoutError
        If logits are missing long after they were due.
    """
    core = PopcountCore(plan)
    model = plan.model
    reset = Signal()
    inputs = []
    for sequence in sequences:
        words = model.inputs.pack(sequence)
        shape = core.x.payload.data.shape()
        if shape.signed:
            words = [word - (word >> shape.width - 1 << shape.width) for word in words]
        inputs += [{"data": x, "last": t == len(words) - 1} for t, x in enumerate(words)]
    wanted = readouts(model, sequences) * model.classes
    deadline = 100 + (reset_at or 0) + sum(plan.sequence_cycles(len(s)) for s in sequences)
    deadline += 70 * (len(inputs) + wanted) if stalls else 0
    deadline += 3 * 2 * plan.load_cycles
    flags = Cat(core.x.ready, core.busy, core.y.valid, core.trace.enable)
    seen = Observed()

    def wait():
        return 0 if stalls is None or stalls.random() < 0.5 else int(stalls.integers(1, 70))

    async def fill(ctx):
        # The weights come once after power-up, and again after a reset.
        for again in range(1 if reset_at is None else 2):
            if again:
                await ctx.tick().until(reset)
            for word in weights or load_image(plan):
                if stalls is not None:
                    for _ in range(int(stalls.integers(0, 3))):
                        await ctx.tick()
                ctx.set(core.w.payload, word)
                ctx.set(core.w.valid, 1)
                await ctx.tick().until(core.w.ready)
                ctx.set(core.w.valid, 0)

    async def bench(ctx):
        nonlocal seen
        wait_x = wait_y = fed = 0
        held = None
        for cycle in range(deadline):
            if len(seen.logits) == wanted and cycle == seen.taken[-1] + AFTER:
                return
            ctx.set(reset, cycle == reset_at)
            if cycle == reset_at:
                seen, fed, held = Observed(), 0, None
            offered = fed < len(inputs) and not wait_x
            ready = not wait_y
            if offered:
                ctx.set(core.x.payload, inputs[fed])
            ctx.set(core.x.valid, offered)
            ctx.set(core.y.ready, ready)
            accepts, busy, valid, finished = (ctx.get(flags) >> bit & 1 for bit in range(4))
            if cycle != reset_at:
                seen.busy.append(busy)
                if finished:
                    state = ctx.get(core.trace.address), ctx.get(core.trace.word)
                    seen.states.append((cycle, *state))
                shown = None
                if valid:
                    payload = ctx.get(core.y.payload)
                    shown = payload.data, payload.user, payload.last
                seen.unstable += held is not None and shown != held
                held = shown
                if valid and ready:
                    seen.logits.append(shown)
                    seen.taken.append(cycle)
                    held, wait_y = None, 1 + wait()
                if accepts and offered:
                    seen.accepted.append(cycle)
                    fed, wait_x = fed + 1, 1 + wait()
            wait_x, wait_y = max(wait_x - 1, 0), max(wait_y - 1, 0)
            await ctx.tick()

    simulator = Simulator(ResetInserter(reset)(core))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    if plan.load:
        simulator.add_testbench(fill, background=True)
    simulator.run()
    if len(seen.logits) < wanted:
        raise TimeoutError(f"{len(seen.logits)} logits of {wanted} in {deadline} cycles")
    return seen


def drawn(rng, model, lengths):
    """Draw a sequence of each length."""
    return [random_sequence(rng, model, int(length)) for length in lengths]


def checked(model, sequences, seen):
    """Compare everything that a core did with the golden run."""
    logits, states = [], []
    for sequence in sequences:
        run = golden.run(model, sequence[None], states=True)
        states.append(run.states[0])
        rows = run.logits[0] if model.readout.every else run.logits
        classes = run.classes[0] if model.readout.every else run.classes
        logits += [(row.tolist(), int(label)) for row, label in zip(rows, classes)]
    d, each = model.hidden, model.classes
    assert [unit for _, unit, _ in seen.states] == list(range(d)) * sum(map(len, sequences))
    found = np.array([value for *_, value in seen.states]).reshape(-1, d)
    np.testing.assert_array_equal(found, np.concatenate(states))
    groups = [seen.logits[i : i + each] for i in range(0, len(seen.logits), each)]
    for group in groups:
        assert [last for *_, last in group] == [0] * (each - 1) + [1]
    assert [([value for value, *_ in group], group[-1][1]) for group in groups] == logits
    assert seen.unstable == 0


def cycles_checked(plan, sequences, seen):
    """Compare the distances of what an undisturbed core did with those of its plan."""
    model, d = plan.model, plan.model.hidden
    ends = [cycle for cycle, unit, _ in seen.states if unit == d - 1]
    for sequence in sequences:
        steps, ends = ends[: len(sequence)], ends[len(sequence) :]
        last = plan.last_step_cycles + plan.readout_cycles
        between = max(last, plan.scale_cycles) if model.readout.every else plan.step_cycles
        assert {b - a for a, b in pairwise(steps)} <= {between}
    begins = [c for c, (was, now) in enumerate(pairwise(seen.busy), 1) if now and not was]
    assert len(begins) == len(sequences)
    wanted = [plan.sequence_cycles(len(sequence)) for sequence in sequences[:-1]]
    assert [later - begin for begin, later in pairwise(begins)] == wanted


@pytest.fixture
def simulate():
    """Return :func:`simulated`."""
    return simulated


@pytest.fixture
def draw():
    """Return :func:`drawn`."""
    return drawn


@pytest.fixture
def check():
    """Return :func:`checked`."""
    return checked


@pytest.fixture
def check_cycles():
    """Return :func:`cycles_checked`."""
    return cycles_checked
