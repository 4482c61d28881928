"""The cycles of a free-running core against its plan."""

import numpy as np

from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.integer import Integers
from qrnn_hw.hw.plan import Plan
from qrnn_hw.sim.judge import REPORT
from qrnn_hw.sim.recording import Recording


def check_pace(plan: Plan, sequences: list[Integers], recording: Recording) -> int | None:
    """Check the cycles of a recording without stalls, and return those a step took.

    The input of a step is taken when the step before no longer needs its own. A sequence's first
    steps do not tell, because their inputs wait for the readout of the sequence before. The time
    of a sequence runs from the last logit before it to its own last logit.

    Returns
    -------
    int or None
        Cycles a step; None if no sequence has more than two.

    Raises
    ------
    MismatchError
        If a step or a sequence took other than the plan's cycles.
    """
    accepted = np.split(
        recording.accepted.astype(np.int64), np.cumsum([x.size for x in sequences])[:-1]
    )
    steps = np.concatenate([np.diff(cycles)[1:] for cycles in accepted])
    wrong = steps[steps != plan.step_cycles]
    if wrong.size:
        raise MismatchError(
            f"a step must take {plan.step_cycles} cycles as planned, not {wrong[0]}", REPORT
        )
    ends = recording.outputs["cycle"][plan.model.classes - 1 :: plan.model.classes]
    for number, taken in enumerate(np.diff(ends.astype(np.int64)), 1):
        planned = plan.sequence_cycles(sequences[number].size)
        if taken != planned:
            raise MismatchError(
                f"sequence {number} must take {planned} cycles as planned, not {taken}", REPORT
            )
    return plan.step_cycles if steps.size else None
