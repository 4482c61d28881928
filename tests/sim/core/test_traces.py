"""The traces of an engine that writes one unit at a time, made up from a golden run."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.trace import UnitWrites
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.recording import OUTPUT, Recording, trace_record
from random_model import random_model

STEPS = (4, 1, 3)
MODELS = {
    "last": {"weights": "ternary", "classes": 3},
    "every": {"weights": "levels", "classes": 2, "every": True, "vocabulary": 4},
    "decision": {"weights": "binary", "classes": 1, "every": True, "activation": "modrelu"},
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def made_up(request):
    """Return a plan, sequences, and what a core that computes them would leave behind."""
    rng = np.random.default_rng(9)
    model = random_model(rng, 6, 7, **request.param)
    plan = SimpleNamespace(model=model, at_once=1, trace=UnitWrites(model.state_bits))
    sequences = [random_sequence(rng, model, steps) for steps in STEPS]
    runs = [golden.run(model, x[None], states=True) for x in sequences]

    states = np.concatenate([run.states[0] for run in runs])
    order = np.stack([rng.permutation(6) for _ in states])
    trace = np.zeros(states.size, trace_record(plan.trace.shape.width))
    trace["address"] = order.ravel()
    values = np.take_along_axis(states, order, 1).ravel().astype("<i4")
    trace["word"] = values.view(np.uint8).reshape(-1, 4)

    logits = np.concatenate([run.logits.reshape(-1, model.classes) for run in runs])
    classes = np.concatenate([run.classes.ravel() for run in runs])
    outputs = np.zeros(logits.size, OUTPUT)
    outputs["data"] = logits.ravel()
    outputs["last"] = np.tile(np.arange(model.classes) == model.classes - 1, len(logits))
    outputs["user"] = np.repeat(classes, model.classes)
    recording = Recording(np.zeros(0, np.uint32), outputs, trace, True, 0, False)
    return plan, sequences, recording


def test_what_a_right_core_leaves_behind_passes(made_up):
    plan, sequences, recording = made_up
    counts = judge(plan, sequences, recording)
    steps = sum(STEPS)
    readouts = steps if plan.model.readout.every else len(STEPS)
    logits = readouts * plan.model.classes
    assert counts == Counts(len(STEPS), steps, 6 * steps, logits, counts.saturated)


def changed(recording, name, index, field, change):
    records = getattr(recording, name).copy()
    records[field][index] = change(records[field][index])
    return replace(recording, **{name: records})


FAULTS = [
    pytest.param("trace", (30, 0), "word", lambda byte: byte ^ 1,
                 r"sequence 2, step 1, unit \d must be", id="state-bit"),
    pytest.param("trace", (8, 3), "word", lambda byte: byte ^ 128,
                 r"sequence 0, step 2, unit \d must be", id="state-sign"),
    pytest.param("trace", 20, "address", lambda unit: (unit + 1) % 6,
                 r"sequence 0, step 4, units written, place \d must be", id="unit-twice"),
    pytest.param("outputs", 2, "data", lambda logit: logit - 1,
                 "logit {} must be", id="logit"),
    pytest.param("outputs", slice(0, 5), "user", lambda user: 1 - user,
                 "class must be", id="class"),
    pytest.param("outputs", 0, "last", lambda last: 1 - last,
                 "end mark {} must be", id="end-mark"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "index", "field", "change", "message"), FAULTS)
def test_one_wrong_bit_is_found(made_up, name, index, field, change, message):
    plan, sequences, recording = made_up
    if name == "outputs":  # of the first readout
        step, logit = divmod(0 if isinstance(index, slice) else index, plan.model.classes)
        where = f"sequence 0, step {step + 1}" if plan.model.readout.every else "sequence 0"
        message = f"{where}, {message.format(logit)}"
    with pytest.raises(MismatchError, match=message):
        judge(plan, sequences, changed(recording, name, index, field, change))


@pytest.mark.parametrize(
    ("name", "kept", "message"),
    [
        ("trace", 13, "sequence 0, step 3 must give 6 states, and gave 1"),
        ("trace", -1, "sequence 2, step 3 must give 6 states, and gave 5"),
        ("outputs", -1, r"sequence 2 must give \d logits, and gave \d"),
    ],
)
def test_a_truncated_recording_is_found(made_up, name, kept, message):
    plan, sequences, recording = made_up
    short = replace(recording, **{name: getattr(recording, name)[:kept]})
    with pytest.raises(MismatchError, match=message):
        judge(plan, sequences, short)


def test_surplus_is_found(made_up):
    plan, sequences, recording = made_up
    with pytest.raises(MismatchError, match=r"gave \d+ logits and 18 writes of states more"):
        judge(plan, sequences[:2], recording)
