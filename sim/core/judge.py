"""Every number of a recording against the golden run."""

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
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

    count = readouts(model, x)
    enough(count * model.classes, len(outputs), "logits", where)
    same(run.logits.ravel(), outputs["data"], where, "logit")
    final = np.arange(model.classes) == model.classes - 1
    same(run.classes.ravel(), outputs["user"][np.tile(final, count)], where.of("class"))
    same(np.tile(final, count).astype(int), outputs["last"], where, "end mark")
    return traced + Counts(1, len(x), 0, len(outputs), run.saturated)


def _answers(plan: Plan, x: Integers) -> Integers:
    """Count the readouts of each step of a sequence, (T,)."""
    steps = np.arange(len(x))
    return (steps >= len(x) - readouts(plan.model, x)).astype(np.int64)


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
    trace, classes = trace_of(plan), plan.model.classes
    # Whose each record is, and each logit: the core goes from step to step, and writes in order.
    records = np.repeat(turns.number, turns.gathered([trace.sizes(x) for x in sequences]))
    answers = turns.gathered([_answers(plan, x) for x in sequences])
    logits = np.repeat(turns.number, answers * classes)
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
