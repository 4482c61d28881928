"""Every number of a recording against the golden run."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import Integers
from qrnn_hw.hw.plan import Plan
from qrnn_hw.sim.counts import Counts
from qrnn_hw.sim.planes import differences, finish_addresses, states, step_addresses
from qrnn_hw.sim.recording import Recording, Records

REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"


def _same(expected: npt.NDArray, given: npt.NDArray, where: str, index: str = "") -> None:
    """Raise at the first place where two arrays of one dimension, or none, differ."""
    wrong = np.flatnonzero(expected != given)
    if wrong.size:
        at = wrong[0]
        place = f"{where}, {index} {at}" if index else where
        raise MismatchError(
            f"{place} must be {expected.flat[at]} as in the golden run, not {given.flat[at]}",
            REPORT,
        )


def _enough(wanted: int, given: int, what: str, where: str) -> None:
    """Raise if the core gave too little."""
    if given < wanted:
        raise MismatchError(f"{where} must give {wanted} {what}, and gave {given}", REPORT)


def _judge_states(plan: Plan, run: golden.Run, writes: Records, where: str) -> None:
    """Compare one sequence's steps; they count from 1, as in the model."""
    expected = run.states[0]
    addresses = step_addresses(plan)
    whole = writes[: len(writes) // addresses.size * addresses.size]
    got, flags = states(plan, whole)
    for step, values in enumerate(got, 1):
        place = f"{where}, step {step}"
        begin = (step - 1) * addresses.size
        written = whole["address"][begin : begin + addresses.size]
        _same(addresses, written, place, "address of write")
        _same(expected[step - 1], values, place, "unit")
    _enough(len(expected) * addresses.size, len(writes), "planes of states", where)
    _same(np.array([run.saturated]), np.array([np.count_nonzero(flags)]),
          f"{where}, saturated states")  # fmt: skip


def _judge_sequence(
    plan: Plan, x: Integers, writes: Records, outputs: Records, where: str
) -> Counts:
    """Compare one sequence with its part of a recording, too short where the core stopped."""
    model = plan.model
    run = golden.run(model, x[None], states=True)
    addresses = finish_addresses(plan)
    size = addresses.size
    _judge_states(plan, run, writes[: x.size * size], where)

    finish = writes[x.size * size :]
    _enough(size, len(finish), "planes of differences", where)
    p = model.parity(x.size)
    expected = run.states[0, -1] - (model.origin[p] << model.origin_shift[p])
    _same(addresses, finish["address"], f"{where}, readout", "address of write")
    _same(expected, differences(plan, finish)[0], f"{where}, difference from the origin", "unit")

    _enough(model.classes, len(outputs), "logits", where)
    _same(run.logits[0], outputs["data"], where, "logit")
    _same(run.classes, outputs["user"][-1:], f"{where}, class")
    last = np.arange(model.classes) == model.classes - 1
    _same(last.astype(int), outputs["last"], where, "end mark")
    return Counts(1, x.size, (x.size + 1) * model.hidden, model.classes, run.saturated)


def judge(plan: Plan, sequences: list[Integers], recording: Recording) -> Counts:
    """Compare a whole recording.

    Raises
    ------
    MismatchError
        At the first difference; or if nothing was compared.
    """
    classes, size = plan.model.classes, plan.folds * plan.state_planes
    counts, begin = Counts(), 0
    for number, x in enumerate(sequences):
        end = begin + (x.size + 1) * size
        outputs = recording.outputs[number * classes : (number + 1) * classes]
        writes = recording.writes[begin:end]
        counts += _judge_sequence(plan, x, writes, outputs, f"sequence {number}")
        begin = end
    if counts.empty:
        raise MismatchError("a verification must compare something, and compared nothing", REPORT)
    logits, planes = len(recording.outputs) - counts.logits, len(recording.writes) - begin
    if logits or planes or not recording.finished:
        raise MismatchError(
            f"the core must stop after {counts.logits} logits, "
            f"and gave {logits} logits and {planes} planes more",
            REPORT,
        )
    if recording.unstable:
        raise MismatchError(
            f"a waiting output must not change, and did in {recording.unstable} cycles", REPORT
        )
    if recording.busy:
        raise MismatchError("busy must fall with the last logit, and did not", REPORT)
    return counts
