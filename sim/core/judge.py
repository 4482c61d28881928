"""Every number of a recording against the golden run."""

from dataclasses import replace

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.compare import REPORT, Place, enough, same
from qrnn_hw.sim.core.counts import Counts, readouts
from qrnn_hw.sim.core.recording import Recording, Records
from qrnn_hw.sim.core.traces import trace_of
from qrnn_hw.sim.core.turns import Turns, planned


def _judge_sequence(
    plan: Plan, x: Integers, trace: Records, outputs: Records, where: Place
) -> Counts:
    """Compare one sequence with its part of a recording, too short where the core stopped."""
    model = plan.model
    run = golden.run(model, x[None], states=True)
    traced = trace_of(plan).judge(run, x, trace, where)

    enough(readouts(model, x) * model.classes, len(outputs), "logits", where)
    _judge_answers(model, run, outputs, where)
    return traced + Counts(1, len(x), 0, len(outputs), run.saturated)


def _judge_answers(model: IntegerModel, run: golden.Run, outputs: Records, where: Place) -> None:
    """Compare all answers of a sequence: logits, classes and end marks."""
    found = outputs.reshape(-1, model.classes)
    last = np.arange(model.classes) == model.classes - 1
    logits, classes = run.logits.reshape(found.shape), run.classes.reshape(-1, 1)
    wrong = (found["data"] != logits) | (found["last"] != last)
    wrong |= last & (found["user"] != classes)
    if not wrong.any():
        return
    output = int(np.flatnonzero(wrong)[0])
    at = output // model.classes
    where = replace(where, step=at + 1 if model.readout.every else None, output=output)
    same(logits[at], found["data"][at], where, "logit")
    same(classes[at], found["user"][at, -1:], where.of("class"))
    same(last.astype(int), found["last"][at], where, "end mark")


def _answers(plan: Plan, x: Integers) -> Integers:
    """Count the readouts of each step of a sequence, (T,)."""
    steps = np.arange(len(x))
    return (steps >= len(x) - readouts(plan.model, x)).astype(np.int64)


def logits_of(plan: Plan, sequences: list[Integers], turns: Turns) -> Integers:
    """Tell whose each logit is that a core gives, in their order."""
    answers = turns.gathered([_answers(plan, x) for x in sequences])
    return np.repeat(turns.number, answers * plan.model.classes)


def _places(whose: Integers, number: int, records: Records) -> Integers:
    """Find the records of a sequence, as far as there are any."""
    places: Integers = np.flatnonzero(whose == number)
    return places[places < len(records)]


def judge(
    plan: Plan, sequences: list[Integers], recording: Recording, turns: Turns | None = None
) -> Counts:
    """Compare a whole recording of sequences, (T, channels) each.

    Parameters
    ----------
    turns
        In which order their steps came; None if nothing was at random.

    Raises
    ------
    MismatchError
        At the first difference; or if nothing was compared.
    """
    if not sequences:
        raise MismatchError("a verification must compare something, and compared nothing", REPORT)
    turns = turns or planned([len(x) for x in sequences], plan.at_once)
    trace = trace_of(plan)
    # Whose each record is, and each logit: the core goes from step to step, and writes in order.
    records = np.repeat(turns.number, turns.gathered([trace.sizes(x) for x in sequences]))
    logits = logits_of(plan, sequences, turns)
    counts = Counts()
    for number, x in enumerate(sequences):
        side = int(turns.side[turns.number == number][0])
        traced = recording.trace[_places(records, number, recording.trace)].copy()
        traced["address"] -= side * trace.bank
        outputs = recording.outputs[_places(logits, number, recording.outputs)]
        where = Place(number)
        counts += _judge_sequence(plan, x, traced, outputs, where)
        same(np.full(len(outputs), side), outputs["sequence"], where.of("number of two"))
    surplus, more = len(recording.outputs) - counts.logits, len(recording.trace) - len(records)
    if surplus or more or not recording.finished:
        raise MismatchError(
            f"the core must stop after {counts.logits} logits, "
            f"and gave {surplus} logits and {more} writes of states more",
            REPORT,
        )
    if recording.unstable:
        raise MismatchError(
            f"a waiting output must not change, and did in {recording.unstable} cycles", REPORT
        )
    if recording.busy:
        raise MismatchError("busy must fall with the last logit, and did not", REPORT)
    return counts
