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


def judge(plan: Plan, sequences: list[Integers], recording: Recording) -> Counts:
    """Compare a whole recording of sequences, (T, channels) each.

    Raises
    ------
    MismatchError
        At the first difference; or if nothing was compared.
    """
    counts, begin, first = Counts(), 0, 0
    for number, x in enumerate(sequences):
        end = begin + trace_of(plan).size(x)
        next_first = first + readouts(plan.model, x) * plan.model.classes
        outputs = recording.outputs[first:next_first]
        counts += _judge_sequence(plan, x, recording.trace[begin:end], outputs, Place(number))
        begin, first = end, next_first
    if counts.empty:
        raise MismatchError("a verification must compare something, and compared nothing", REPORT)
    logits, records = len(recording.outputs) - counts.logits, len(recording.trace) - begin
    if logits or records or not recording.finished:
        raise MismatchError(
            f"the core must stop after {counts.logits} logits, "
            f"and gave {logits} logits and {records} writes of states more",
            REPORT,
        )
    if recording.unstable:
        raise MismatchError(
            f"a waiting output must not change, and did in {recording.unstable} cycles", REPORT
        )
    if recording.busy:
        raise MismatchError("busy must fall with the last logit, and did not", REPORT)
    return counts
