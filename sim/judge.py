"""Every number of a recording against the golden run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import IntegerModel, Integers
from qrnn_hw.hw.plan import Plan
from qrnn_hw.sim.planes import differences, finish_addresses, states, step_addresses
from qrnn_hw.sim.recording import Recording, Records

REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"


@dataclass(frozen=True)
class Counts:
    """What was compared, every number of it equal.

    Parameters
    ----------
    sequences, steps
        How many were simulated.
    values
        State values compared, one a unit a step, and one more a unit a sequence for the
        differences that the readout starts from.
    logits
        Logits compared; each sequence's class and end mark were compared too.
    saturated
        State values that were saturated.
    """

    sequences: int = 0
    steps: int = 0
    values: int = 0
    logits: int = 0
    saturated: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(vars(self).values(), vars(other).values())))


def _same(what: Sequence[str], expected: npt.NDArray, given: npt.NDArray, where: str = "") -> None:
    """Raise at the first index, named by ``what``, where the arrays differ."""
    wrong = np.argwhere(expected != given)
    if wrong.size:
        index = tuple(wrong[0].tolist())
        names = ", ".join(f"{name} {i}" for name, i in zip(what, index))
        place = ", ".join(filter(None, (where, names)))
        raise MismatchError(
            f"{place} must be {expected[index]} as in the golden run, not {given[index]}", REPORT
        )


def _states(plan: Plan, run: golden.Run, writes: Records, where: str) -> None:
    """Compare the writes of one sequence's steps."""
    expected = run.states[0]
    size = plan.folds * plan.state_planes
    whole = writes[: len(writes) // size * size].reshape(-1, size)
    order = np.broadcast_to(step_addresses(plan), whole.shape)
    got, flags = states(plan, whole.ravel())
    # Steps count from 1, as in the model.
    for step, (values, addresses, wanted) in enumerate(zip(got, whole["address"], order), 1):
        _same(["unit"], expected[step - 1], values, f"{where}, step {step}")
        _same(["write"], wanted, addresses, f"{where}, step {step}, address of")
    if len(writes) < len(expected) * size:
        raise MismatchError(
            f"{where} must write {len(expected)} steps of {size} planes, and wrote "
            f"{len(writes)} planes",
            REPORT,
        )
    _same([], np.array(run.saturated), np.array(np.count_nonzero(flags)),
          f"{where}, number of saturated states")  # fmt: skip


def judge_sequence(
    plan: Plan, x: Integers, writes: Records, outputs: Records, where: str, run: golden.Run
) -> Counts:
    """Compare one sequence.

    Parameters
    ----------
    x
        (T,).
    writes, outputs
        Its part of the recording; too short where the core stopped early.
    where
        Its name in messages.
    run
        What the golden run says, states included.

    Raises
    ------
    MismatchError
        At the first difference.
    """
    model: IntegerModel = plan.model
    size = plan.folds * plan.state_planes
    _states(plan, run, writes[: x.size * size], where)

    finish = writes[x.size * size :]
    if len(finish) < size:
        raise MismatchError(
            f"{where} must write {size} planes before its readout, and wrote {len(finish)}", REPORT
        )
    p = model.parity(x.size)
    expected = run.states[0, -1] - (model.origin[p] << model.origin_shift[p])
    _same(["unit"], expected, differences(plan, finish)[0], f"{where}, difference of")
    _same(["write"], finish_addresses(plan), finish["address"], f"{where}, finish, address of")

    if len(outputs) < model.classes:
        raise MismatchError(
            f"{where} must give {model.classes} logits, and gave {len(outputs)}", REPORT
        )
    _same(["logit"], run.logits[0], outputs["data"], where)
    _same([], run.classes[0], outputs["user"][-1], f"{where}, class")
    marks = np.arange(model.classes) == model.classes - 1
    _same(["logit"], marks.astype(int), outputs["last"], f"{where}, end mark of")
    values = (x.size + 1) * model.hidden
    return Counts(1, x.size, values, model.classes, run.saturated)


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
        run = golden.run(plan.model, x[None], states=True)
        outputs = recording.outputs[number * classes : (number + 1) * classes]
        writes = recording.writes[begin:end]
        counts += judge_sequence(plan, x, writes, outputs, f"sequence {number}", run)
        begin = end
    if not all((counts.sequences, counts.steps, counts.values, counts.logits)):
        raise MismatchError(f"a verification must compare something, and compared {counts}", REPORT)
    surplus = {"logits": len(recording.outputs) - counts.logits,
               "planes": len(recording.writes) - begin}  # fmt: skip
    if any(surplus.values()) or not recording.finished:
        raise MismatchError(f"the core must stop after {counts.logits} logits, and gave "
                            f"{surplus['logits']} more, and {surplus['planes']} planes", REPORT)  # fmt: skip
    if recording.unstable or recording.busy:
        raise MismatchError(
            f"waiting outputs must not change, and did in {recording.unstable} cycles; "
            f"busy must fall, and is {recording.busy:d}",
            REPORT,
        )
    return counts
