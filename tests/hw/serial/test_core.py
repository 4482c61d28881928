# amaranth: UnusedElaboratable=no
"""The core against the golden run: every state and every logit, under stalls and resets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from amaranth import Cat, ResetInserter, Signal
from amaranth.sim import Simulator

from qrnn_hw.export import golden
from qrnn_hw.export.errors import ModelError
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim import planes
from qrnn_hw.sim.adversarial import matched
from qrnn_hw.sim.random_model import random_model
from qrnn_hw.sim.recording import write_record

AFTER = 6  # cycles to watch after the last logit

WIDE_INPUT = {"input_bits": 16, "input_signed": True}
ONE_BIT = {"input_bits": 1}
NARROW = {"u_bits": 2, "v_bits": 2, "classes": 2}
BROAD = {"u_bits": 8, "v_bits": 8}

# hidden, lanes, state_bits, options of random_model, lengths of the sequences
CORES = [
    pytest.param(4, 1, 4, {}, [1, 2, 3], id="4-on-1-lane"),
    pytest.param(4, 2, 8, BROAD, [2, 1, 4], id="4-on-2-broad"),
    pytest.param(4, 4, 16, WIDE_INPUT, [3, 1], id="4-on-4-wide-input"),
    pytest.param(4, 4, 4, {**ONE_BIT, **NARROW}, [1, 1, 5], id="4-on-4-one-bit"),
    pytest.param(4, 4, 7, {"classes": 10}, [4], id="4-on-4-ten-classes"),
    pytest.param(4, 1, 16, {"input_bits": 5, "input_signed": True}, [2, 3], id="4-on-1-16-bits"),
    pytest.param(8, 1, 7, NARROW, [1, 2, 3], id="8-on-1-narrow"),
    pytest.param(8, 2, 4, {"input_bits": 5}, [3, 2, 1], id="8-on-2-4-bits"),
    pytest.param(8, 4, 12, {**WIDE_INPUT, **NARROW}, [1, 4], id="8-on-4-wide-input"),
    pytest.param(8, 8, 8, BROAD, [2, 3, 1], id="8-on-8-broad"),
    pytest.param(8, 8, 16, {**ONE_BIT, "classes": 10}, [2, 3], id="8-on-8-ten-classes"),
    pytest.param(8, 8, 4, {"input_bits": 16}, [1, 6], id="8-on-8-unsigned-16"),
    pytest.param(8, 4, 8, {"input_bits": 1, "input_signed": True}, [5, 2], id="8-on-4-signed-bit"),
    pytest.param(16, 1, 4, NARROW, [2, 1], id="16-on-1-narrow"),
    pytest.param(16, 2, 8, {"input_bits": 5, "input_signed": True}, [1, 2], id="16-on-2"),
    pytest.param(16, 4, 7, {"origin_bits": 7}, [1, 3], id="16-on-4-origin-of-all-bits"),
    pytest.param(16, 8, 12, {**WIDE_INPUT, "v_bits": 2}, [4, 1], id="16-on-8-wide-input"),
    pytest.param(16, 16, 8, {**BROAD, "classes": 2}, [1, 2, 3], id="16-on-16-broad"),
    pytest.param(16, 16, 16, {"input_bits": 1}, [5], id="16-on-16-16-bits"),
    pytest.param(32, 4, 4, NARROW, [3, 1], id="32-on-4-narrow"),
    pytest.param(32, 8, 7, {"input_bits": 5, "v_bits": 8, "classes": 2}, [1, 2], id="32-on-8"),
    pytest.param(32, 16, 12, {"u_bits": 8, "classes": 10}, [3], id="32-on-16-ten-classes"),
    pytest.param(32, 32, 8, {"input_signed": True}, [1, 2, 3, 4], id="32-on-32"),
    pytest.param(32, 32, 16, {**WIDE_INPUT, "origin_bits": 8}, [2, 1], id="32-on-32-16-bits"),
]


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
        """Decode the writes: each sequence's states, (T, d), and last states less their origin."""
        plan = self.plan
        kind = write_record(plan.lanes)
        size = kind["plane"].itemsize
        a_pass = plan.folds * plan.state_planes
        assert len(self.writes) == a_pass * (sum(lengths) + len(lengths))
        records = np.array(
            [(at, list(bits.to_bytes(size, "little"))) for at, bits in self.writes], kind
        ).reshape(-1, a_pass)
        found, begin = [], 0
        for length in lengths:
            steps, finish = records[begin : begin + length], records[begin + length]
            assert (steps["address"] == planes.step_addresses(plan)).all()
            assert (finish["address"] == planes.finish_addresses(plan)).all()
            found.append((planes.states(plan, steps)[0], planes.differences(plan, finish)[0]))
            begin += length + 1
        return found


def simulate(model, lanes, sequences, *, stalls=None, reset_at=None):
    """Run ``sequences`` through a core, back to back, and watch it a little longer.

    ``stalls`` draws waits on both sides; without it nothing ever waits. In cycle ``reset_at`` the
    core is reset: all before is forgotten, and the sequences begin again.

    Raises
    ------
    TimeoutError
        If logits are missing long after they were due.
    """
    core = SerialCore(model, lanes)
    module = core.elaborate(None)
    update = module.submodules.update
    reset = Signal()
    inputs = [
        {"data": int(x), "last": t == len(sequence) - 1}
        for sequence in sequences
        for t, x in enumerate(sequence)
    ]
    wanted = len(sequences) * model.classes
    deadline = 100 + (reset_at or 0) + sum(core.plan.sequence_cycles(len(s)) for s in sequences)
    deadline += 70 * (len(inputs) + wanted) if stalls else 0
    flags = Cat(core.x.ready, core.busy, core.y.valid, update.enable)
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
                    seen.writes.append((ctx.get(update.address), ctx.get(update.data)))
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

    simulator = Simulator(ResetInserter(reset)(module))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    if len(seen.logits) < wanted:
        raise TimeoutError(f"{len(seen.logits)} logits of {wanted} in {deadline} cycles")
    return seen


def draw(rng, model, lengths):
    low, high = model.input_range
    return [rng.integers(low, high + 1, length) for length in lengths]


def expected(model, sequences):
    """Run the golden model: results and states as :class:`Observed` lists them."""
    runs = [golden.run(model, sequence[None], states=True) for sequence in sequences]
    results = [(run.logits[0].tolist(), int(run.classes[0])) for run in runs]
    origins = [
        model.origin[p] << model.origin_shift[p]
        for p in (model.parity(len(sequence)) for sequence in sequences)
    ]
    states = [(run.states[0], run.states[0, -1] - o) for run, o in zip(runs, origins)]
    return results, states


def check(model, sequences, seen):
    results, states = expected(model, sequences)
    assert seen.results() == results
    for found, wanted in zip(seen.states(list(map(len, sequences))), states, strict=True):
        np.testing.assert_array_equal(found[0], wanted[0])
        np.testing.assert_array_equal(found[1], wanted[1])
    assert seen.unstable == 0


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "options", "lengths"), CORES)
def test_is_the_golden_run_and_as_fast_as_planned(hidden, lanes, state_bits, options, lengths):
    rng = np.random.default_rng([hidden, lanes, state_bits])
    model = random_model(rng, hidden, state_bits, **options)
    sequences = draw(rng, model, lengths)
    seen = simulate(model, lanes, sequences)
    check(model, sequences, seen)

    # Nothing stalled, so every distance is the one that the plan declares.
    plan = seen.plan
    begins = [c for c, (was, now) in enumerate(pairwise(seen.busy), 1) if now and not was]
    assert len(begins) == len(lengths)
    wanted = [plan.sequence_cycles(length) for length in lengths[:-1]]
    assert [later - begin for begin, later in pairwise(begins)] == wanted
    ends = seen.taken[model.classes - 1 :: model.classes]
    for begin, end, length in zip(begins, ends, lengths):
        assert end + 2 - begin == plan.sequence_cycles(length)
    for first in range(0, len(seen.taken), model.classes):
        logits = seen.taken[first : first + model.classes]
        assert {b - a for a, b in pairwise(logits)} == {plan.class_cycles}
    accepted = seen.accepted
    for length in lengths:
        # Inputs are taken one ahead; the first of a sequence while the last readout goes on.
        steps, accepted = accepted[:length], accepted[length:]
        assert {b - a for a, b in pairwise(steps[1:])} <= {plan.step_cycles}


@pytest.mark.parametrize(
    ("hidden", "lanes", "state_bits"),
    [
        pytest.param(4, 4, 8, id="4-on-4"),
        pytest.param(8, 2, 4, id="8-on-2"),
        pytest.param(16, 8, 12, id="16-on-8"),
        pytest.param(32, 32, 6, id="32-on-32"),
    ],
)
def test_saturates_as_often_as_the_golden_run(hidden, lanes, state_bits):
    rng = np.random.default_rng([28, hidden])
    model = random_model(rng, hidden, state_bits, classes=2)
    model = replace(model, gain=2 * model.gain)
    loud = matched(model, 12)
    assert min(golden.run(model, x[None]).saturated for x in loud) >= hidden // 2
    check(model, loud, simulate(model, lanes, loud))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(4, 4, {"input_bits": 16}, id="4-on-4"),
        pytest.param(8, 2, {"input_signed": True}, id="8-on-2"),
        pytest.param(16, 16, {"input_bits": 1}, id="16-on-16"),
        pytest.param(8, 8, {}, id="8-on-8"),
    ],
)
def test_stalls_on_both_sides_change_nothing(hidden, lanes, options, seed):
    rng = np.random.default_rng([20, hidden, lanes, seed])
    model = random_model(rng, hidden, 6, classes=2 + seed % 3, v_bits=2 + seed % 2, **options)
    sequences = draw(rng, model, rng.integers(1, 6, 3))
    check(model, sequences, simulate(model, lanes, sequences, stalls=rng))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("hidden", "lanes"), [pytest.param(4, 2, id="4-on-2"), pytest.param(8, 8, id="8-on-8")]
)
def test_recovers_from_a_reset_at_any_time(hidden, lanes, seed):
    rng = np.random.default_rng([21, hidden, seed])
    model = random_model(rng, hidden, 6, classes=2, v_bits=2, input_bits=4)
    sequences = draw(rng, model, [3, 2])
    span = sum(SerialPlan(model, lanes).sequence_cycles(len(s)) for s in sequences)
    reset_at = int(rng.integers(1, span - 1))
    stalls = rng if seed % 2 else None
    check(model, sequences, simulate(model, lanes, sequences, stalls=stalls, reset_at=reset_at))


def test_busy_lasts_from_the_first_step_to_the_last_logit():
    rng = np.random.default_rng(22)
    model = random_model(rng, 4, 6)
    sequences = draw(rng, model, [2, 1, 3])
    seen = simulate(model, 4, sequences, stalls=rng)
    ends = seen.taken[model.classes - 1 :: model.classes]
    edges = [c for c, (was, now) in enumerate(pairwise(seen.busy), 1) if was != now]
    assert not seen.busy[0]
    begins, falls = edges[::2], edges[1::2]
    assert falls == [end + 1 for end in ends]
    first_steps = [seen.accepted[index] for index in (0, 2, 3)]
    # The multiplication comes first, input_bits + 1 cycles, and then the controller's cycle.
    for begin, accepted, free in zip(begins, first_steps, [0, *falls]):
        assert begin >= max(accepted + model.input_bits + 2, free)
    assert begins[0] == first_steps[0] + model.input_bits + 2


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(23)
    model = random_model(rng, 4, 6, classes=5)
    equal = replace(
        model,
        v=np.tile(model.v[:1], (5, 1)),
        class_bias=np.array([[-3, 7, -3, 7, 7]]),
    )
    sequences = draw(rng, equal, [2])
    seen = simulate(equal, 4, sequences)
    check(equal, sequences, seen)
    assert seen.results()[0][1] == 1


FAULTS = [
    pytest.param("signs", lambda model: model.signs * [1, 1, -1, 1, 1, 1, 1, 1], id="sign"),
    pytest.param("u", lambda model: model.u ^ [0, 0, 0, 0, 0, 1, 0, 0], id="input-coefficient"),
    pytest.param("v", lambda model: model.v ^ np.eye(3, 8, dtype=int), id="output-coefficient"),
    pytest.param("gain", lambda model: model.gain * [1, 2], id="gain-of-odd-steps"),
    pytest.param("origin", lambda model: model.origin ^ [[1], [0]], id="start"),
    pytest.param("origin", lambda model: model.origin ^ [[0], [1]], id="origin-of-odd-steps"),
    pytest.param("class_bias", lambda model: model.class_bias ^ [[1], [0]], id="bias"),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_the_bench_notices_a_model_that_is_wrong_in_one_place(name, fault):
    rng = np.random.default_rng(24)
    model = random_model(rng, 8, 8)
    sequences = draw(rng, model, [2, 3])
    seen = simulate(model, 8, sequences)
    check(model, sequences, seen)
    with pytest.raises(AssertionError):
        check(replace(model, **{name: fault(model)}), sequences, seen)


@pytest.mark.parametrize(
    ("hidden", "lanes"), [pytest.param(16, 16, id="16-on-16"), pytest.param(8, 2, id="8-on-2")]
)
def test_a_step_that_is_a_cycle_shorter_fails(monkeypatch, hidden, lanes):
    rng = np.random.default_rng(25)
    model = random_model(rng, hidden, 6, input_bits=2)
    sequences = draw(rng, model, [12])
    assert golden.run(model, sequences[0][None]).saturated
    planned = SerialPlan.step_cycles.fget
    monkeypatch.setattr(SerialPlan, "step_cycles", property(lambda plan: planned(plan) - 1))
    with pytest.raises(AssertionError):
        check(model, sequences, simulate(model, lanes, sequences))


def test_a_logit_that_is_never_taken_ends_at_the_deadline(monkeypatch):
    rng = np.random.default_rng(26)
    model = random_model(rng, 4, 4)
    monkeypatch.setattr(SerialPlan, "finish_cycles", 1 << 20)
    monkeypatch.setattr(SerialPlan, "sequence_cycles", lambda plan, steps: 500)
    with pytest.raises(TimeoutError, match=r"^0 logits of 3 in 600 cycles$"):
        simulate(model, 4, draw(rng, model, [1]))


@pytest.mark.parametrize("lanes", [0, 3, 8], ids=str)
def test_refuses_lanes_that_do_not_divide_the_units(lanes):
    model = random_model(np.random.default_rng(27), 4, 8)
    message = f"^lanes must be a power of two from 1 to 4, not {lanes}$"
    with pytest.raises(ModelError, match=message) as caught:
        SerialCore(model, lanes)
    assert caught.value.hint == "leave --lanes out to let the planner choose"
