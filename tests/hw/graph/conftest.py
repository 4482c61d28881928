# amaranth: UnusedElaboratable=no
"""Run a core in Amaranth's simulator, and compare what it did with the golden run."""

import pytest
from amaranth import Cat, ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.hw.graph.core import GraphCore

AFTER = 6  # cycles to watch after the last logit
LONGEST = 40  # cycles of a stall


class Observed:
    """What a core did.

    Attributes
    ----------
    accepted, taken
        Cycles of the transfers on ``x`` and ``y``.
    logits
        Transfers on ``y``: (data, user, last).
    writes
        Address and data of the writes to the state memory.
    busy
        Its value in every cycle.
    unstable
        Cycles in which a logit that waited changed or vanished.
    """

    def __init__(self):
        self.accepted, self.taken, self.logits, self.writes, self.busy = [], [], [], [], []
        self.unstable = 0


def simulated(plan, sequences, *, stalls=None, reset_at=None):
    """Run ``sequences``, (T, channels) each, back to back, and watch the core a little longer.

    ``stalls`` draws waits on both sides; without it nothing ever waits. In cycle ``reset_at`` the
    core is reset: all before is forgotten, and the sequences begin again.

    Raises
    ------
    TimeoutError
        If logits are missing long after they were due.
    """
    model = plan.model
    core = GraphCore(plan)
    reset = Signal()
    inputs = [
        {"data": data, "last": t == len(x) - 1}
        for x in sequences
        for t, data in enumerate(model.inputs.pack(x))
    ]
    wanted = sum(len(x) if model.readout.every else 1 for x in sequences) * model.classes
    deadline = 100 + (reset_at or 0) + sum(plan.sequence_cycles(len(x)) for x in sequences)
    deadline += LONGEST * (len(inputs) + wanted) if stalls else 0
    flags = Cat(core.x.ready, core.busy, core.y.valid, core.trace.enable)
    seen = Observed()

    def wait():
        return 0 if stalls is None or stalls.random() < 0.5 else int(stalls.integers(1, LONGEST))

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
            now = ctx.get(flags)
            accepts, busy, valid, writes = (now >> bit & 1 for bit in range(4))
            if cycle != reset_at:
                seen.busy.append(busy)
                if writes:
                    seen.writes.append((ctx.get(core.trace.address), ctx.get(core.trace.word)))
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
    simulator.run()
    if len(seen.logits) < wanted:
        raise TimeoutError(f"{len(seen.logits)} logits of {wanted} in {deadline} cycles")
    return seen


def expected(model, sequences):
    """Run the golden model and list what the core is to send, and the states of every step."""
    transfers, states = [], []
    for x in sequences:
        run = golden.run(model, x[None], states=True)
        states += run.states[0].tolist()
        rows = run.logits[0] if model.readout.every else run.logits
        decisions = model.readout.decide(rows)
        for row, decision in zip(rows.tolist(), decisions.tolist()):
            transfers += [(value, None, 0) for value in row[:-1]] + [(row[-1], decision, 1)]
    return transfers, states


def states(plan, seen):
    """Decode the writes: states, (steps, d)."""
    model, size = plan.model, plan.state_planes
    order = [*range(2, size), 0, 1]
    assert len(seen.writes) % size == 0
    found = []
    for begin in range(0, len(seen.writes), size):
        part = seen.writes[begin : begin + size]
        assert [address for address, _ in part] == order
        *planes, sign, flag = [word for _, word in part]
        row = []
        for lane in range(plan.lanes):
            top, negative = 1 << model.state_bits - 1, sign >> lane & 1
            value = sum((word >> lane & 1) << place for place, word in enumerate(planes))
            value -= top * negative
            if flag >> lane & 1:
                value = -top if negative else top - 1
            row.append(max(0, value) if model.recurrence.activation == "relu" else value)
        found.append(row)
    return found


def compare(plan, sequences, seen):
    """Compare every state and every transfer with the golden run."""
    transfers, wanted = expected(plan.model, sequences)
    assert states(plan, seen) == wanted
    got = [(data, user if last else None, last) for data, user, last in seen.logits]
    assert got == transfers
    assert not seen.unstable


@pytest.fixture
def simulate():
    """Return :func:`simulated`."""
    return simulated


@pytest.fixture
def check():
    """Return :func:`compare`: ``check(plan, sequences, seen)``."""
    return compare
