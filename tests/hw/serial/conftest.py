# amaranth: UnusedElaboratable=no
"""A bench around a core: what goes in, what comes out, and what it writes."""

import numpy as np
import pytest
from amaranth import Cat, ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core import planes
from qrnn_hw.sim.core.recording import trace_record

AFTER = 6  # cycles to watch after the last logit


class Observed:
    """What a core did.

    Parameters
    ----------
    plan
        The core's.

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

    def __init__(self, plan):
        self.plan = plan
        self.accepted, self.taken, self.logits, self.writes, self.busy = [], [], [], [], []
        self.unstable = 0

    def results(self):
        """List each sequence's logits, with the class that came with the last."""
        each = self.plan.model.classes
        groups = [self.logits[i : i + each] for i in range(0, len(self.logits), each)]
        for group in groups:
            assert [last for *_, last in group] == [0] * (each - 1) + [1]
        return [([value for value, *_ in group], group[-1][1]) for group in groups]

    def states(self, lengths):
        """Decode the writes: each sequence's states, (T, d), and states less their origin."""
        plan = self.plan
        every = plan.model.readout.every
        kind = trace_record(plan.lanes)
        size = kind["word"].itemsize
        a_pass = plan.folds * plan.state_planes
        readouts = sum(lengths) if every else len(lengths)
        assert len(self.writes) == a_pass * (sum(lengths) + readouts)
        records = np.array(
            [(at, list(bits.to_bytes(size, "little"))) for at, bits in self.writes], kind
        ).reshape(-1, a_pass)
        found, begin = [], 0
        for length in lengths:
            count = 2 * length if every else length + 1
            part, begin = records[begin : begin + count], begin + count
            steps = part[::2] if every else part[:-1]
            finish = part[1::2] if every else part[-1:]
            assert (steps["address"] == np.array(plan.trace.step)).all()
            assert (finish["address"] == np.array(plan.trace.readout)).all()
            found.append((planes.states(plan, steps)[0], planes.differences(plan, finish)))
        return found


def _wire(model, packed):
    """Read a word of the input as the payload does: signed where there is but one channel."""
    inputs = model.inputs
    top = 1 << inputs.width - 1
    return packed - 2 * top if inputs.channels == 1 and inputs.signed and packed >= top else packed


def _simulate(model, lanes, sequences, *, stalls=None, reset_at=None):
    """Run ``sequences`` through a core, back to back, and watch it a little longer.

    ``stalls`` draws waits on both sides; without it nothing ever waits. In cycle ``reset_at`` the
    core is reset: all before is forgotten, and the sequences begin again.

    Raises
    ------
    TimeoutError
        If logits are missing long after they were due.
    """
    core = SerialCore(SerialPlan(model, lanes))
    reset = Signal()
    inputs = [
        {"data": _wire(model, x), "last": t == len(sequence) - 1}
        for sequence in sequences
        for t, x in enumerate(model.inputs.pack(sequence))
    ]
    wanted = (len(inputs) if model.readout.every else len(sequences)) * model.classes
    deadline = 100 + (reset_at or 0) + core.plan.scale_cycles
    deadline += sum(core.plan.sequence_cycles(len(s)) for s in sequences)
    deadline += 70 * (len(inputs) + wanted) if stalls else 0
    flags = Cat(core.x.ready, core.busy, core.y.valid, core.trace.enable)
    seen = Observed(core.plan)

    def wait():
        return 0 if stalls is None or stalls.random() < 0.5 else int(stalls.integers(1, 70))

    async def bench(ctx):
        nonlocal seen
        wait_x = wait_y = fed = 0
        held = None
        for cycle in range(deadline):
            if len(seen.logits) == wanted and cycle == seen.taken[-1] + AFTER:
                return
            ctx.set(reset, cycle == reset_at)
            if cycle == reset_at:
                seen, fed, held = Observed(core.plan), 0, None
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


@pytest.fixture
def simulate():
    """Return a function that runs sequences through a core; see :func:`_simulate`."""
    return _simulate
