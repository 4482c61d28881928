"""The judge passes what the core did, and nothing that differs from it in one bit."""

from dataclasses import replace

import numpy as np
import pytest

from core_bench import record
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running
from random_model import random_model

STEP = 4 * 7  # writes a step: 4 words of 5 planes, a sign and a flag


def test_it_counts_what_it_compared(case):
    counts = judge(case.plan, case.sequences, case.recording)
    assert counts == Counts(4, 11, (11 + 4) * 16, 12, counts.saturated)
    assert counts.saturated > 0


def changed(recording, name, index, field, change):
    """Copy a recording with one record changed."""
    records = getattr(recording, name).copy()
    records[field][index] = change(records[field][index])
    return replace(recording, **{name: records})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            ("trace", (6 * STEP + 7, 0), "word", lambda byte: byte ^ 4),
            r"sequence 1, step 1, unit 6 must be -?\d+ as in the golden run, not -?\d+",
            id="state-bit",
        ),
        pytest.param(
            ("trace", 5 * STEP - 7, "address", lambda address: address + 1),
            "sequence 0, step 5, address of write 21 must be 23 as in the golden run, not 24",
            id="address",
        ),
        pytest.param(
            ("trace", (5 * STEP, 0), "word", lambda byte: byte ^ 1),
            r"sequence 0, step 5, difference from the origin, unit 0 must be -?\d+ .*, not -?\d+",
            id="difference",
        ),
        pytest.param(
            ("trace", 5 * STEP, "address", lambda address: address + 1),
            "sequence 0, step 5, readout, address of write 0 must be 2 as in the golden run, not 3",
            id="readout-address",
        ),
        pytest.param(
            ("outputs", 4, "data", lambda logit: logit + 1),
            r"sequence 1, logit 1 must be -?\d+ as in the golden run, not -?\d+",
            id="logit",
        ),
        pytest.param(
            ("outputs", 8, "user", lambda user: user ^ 1),
            r"sequence 2, class must be \d as in the golden run, not \d",
            id="class",
        ),
        pytest.param(
            ("outputs", 7, "last", lambda last: 1),
            "sequence 2, end mark 1 must be 0 as in the golden run, not 1",
            id="end-mark",
        ),
    ],
)
def test_one_wrong_bit_is_found(case, change, message):
    with pytest.raises(MismatchError, match=message) as caught:
        judge(case.plan, case.sequences, changed(case.recording, *change))
    assert caught.value.exit_code == 4


@pytest.fixture(scope="module", params=["mean", "count"])
def pooled(request):
    """Return a plan of pools of 3 planes in two words, sequences, and what its core wrote."""
    pool = Pool(request.param, 5, 0)
    model = random_model(np.random.default_rng(5), 8, 4, block=4, origin_bits=0, pool=pool)
    plan = SerialPlan(model, 4)
    sequences = [np.full((steps, 1), 200) for steps in (3, 6)]
    return plan, sequences, record(free_running(plan, sequences))


def test_it_counts_pools(pooled):
    plan, sequences, recording = pooled
    counts = judge(plan, sequences, recording)
    assert counts == Counts(2, 9, 9 * 8, 6, counts.saturated, 9 * 8)


@pytest.mark.parametrize("bit", [0, 3])
def test_one_wrong_bit_of_a_pool_is_found(pooled, bit):
    plan, sequences, recording = pooled
    state, pool = 2 * 5, 2 * plan.pool_planes  # writes a step
    place = 4 * (state + pool) + state + 1  # the second plane of the first word, in step 2
    fault = ("trace", (place, 0), "word", lambda byte: byte ^ 1 << bit)
    with pytest.raises(
        MismatchError,
        match=rf"sequence 1, step 2, pool, unit {bit} must be \d+ as in the golden run, not \d+",
    ):
        judge(plan, sequences, changed(recording, *fault))
    fault = ("trace", place, "address", lambda address: address + 1)
    with pytest.raises(MismatchError, match="sequence 1, step 2, pools, address of write 1 must"):
        judge(plan, sequences, changed(recording, *fault))


def test_one_wrong_bit_of_the_golden_run_is_found(case, monkeypatch):
    from qrnn_hw.export import golden

    true = golden.run

    def wrong(*arguments, **options):
        run = true(*arguments, **options)
        run.states[0, -1, 3] ^= 1
        return run

    monkeypatch.setattr("qrnn_hw.sim.core.judge.golden.run", wrong)
    with pytest.raises(MismatchError, match="sequence 0, step 5, unit 3 must be"):
        judge(case.plan, case.sequences, case.recording)


def test_a_flag_that_saturates_to_the_same_value_is_found(case):
    # A state at its limit without overflow, marked as saturated, reads the same.
    top = 31
    from qrnn_hw.sim.core.planes import states

    values, flags = states(case.plan, case.recording.trace[: 5 * STEP])
    step, unit = np.argwhere(((values == top) | (values == -top - 1)) & (flags == 0))[0]
    index = (step * STEP + unit // 4 * 7 + 6, 0)
    flagged = changed(case.recording, "trace", index, "word", lambda byte: byte | 1 << unit % 4)
    with pytest.raises(MismatchError, match=r"sequence 0, saturated states must be \d+ as in"):
        judge(case.plan, case.sequences, flagged)


@pytest.mark.parametrize(
    ("name", "kept", "message"),
    [
        ("trace", 3 * STEP + 1, "sequence 0, step 4 must give 28 planes of states, and gave 1"),
        (
            "trace",
            5 * STEP + 1,
            "step 5 must give 28 planes of differences, and gave 1",
        ),
        ("trace", -1, "sequence 3, step 2 must give 28 planes of differences, and gave 27"),
        ("outputs", 10, "sequence 3 must give 3 logits, and gave 1"),
    ],
)
def test_a_truncated_recording_is_found(case, name, kept, message):
    short = replace(case.recording, **{name: getattr(case.recording, name)[:kept]})
    with pytest.raises(MismatchError, match=message):
        judge(case.plan, case.sequences, short)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"finished": False},
            "after 12 logits, and gave 0 logits and 0 writes of states more",
        ),
        ({"unstable": 2}, "a waiting output must not change, and did in 2 cycles"),
        ({"busy": True}, "busy must fall with the last logit, and did not"),
    ],
)
def test_a_bad_end_is_found(case, change, message):
    with pytest.raises(MismatchError, match=message):
        judge(case.plan, case.sequences, replace(case.recording, **change))


def test_surplus_is_found(case):
    message = "stop after 9 logits, and gave 3 logits and 84 writes of states more"
    with pytest.raises(MismatchError, match=message):
        judge(case.plan, case.sequences[:3], case.recording)


def test_comparing_nothing_fails(case):
    with pytest.raises(MismatchError, match="must compare something, and compared nothing"):
        judge(case.plan, [], case.recording)
