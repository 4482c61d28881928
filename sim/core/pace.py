"""The cycles of a free-running core against its plan."""

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.serial.row import BYTE_CYCLES, FETCH_CYCLES
from qrnn_hw.sim.core.compare import REPORT
from qrnn_hw.sim.core.counts import readouts
from qrnn_hw.sim.core.recording import Recording
from qrnn_hw.sim.core.turns import Turns, planned


def sequence_cycles(plan: Plan, x: Integers) -> int:
    """Count the cycles of a sequence x, (T, channels), with the delays of steps that saturate."""
    return plan.sequence_cycles(len(x)) + int(_delays(plan, x).sum())


def _delays(plan: Plan, x: Integers) -> Integers:
    """Count the cycles more from each step to the next, (T,)."""
    if plan.most_step_cycles == plan.step_cycles:
        return np.zeros(len(x), np.int64)
    return plan.delays(golden.run(plan.model, x[None]).overflows[0])


def starts(plan: Plan, turns: Turns) -> Integers:
    """Count when each step of two sequences at once starts while nothing stalls, (steps,)."""
    readout = plan.sequence_cycles(1) // 2
    other = np.diff(turns.side) != 0
    apart = np.where(other, plan.step_cycles, plan.alone_cycles)
    return np.cumsum([0, *np.where(turns.ends[:-1], readout, apart)])


def _check_turns(plan: Plan, sequences: list[Integers], recording: Recording) -> int | None:
    """Check every step, and every sequence, of a core of two sequences at once."""
    turns = planned([len(x) for x in sequences], plan.at_once)
    begun, ahead = starts(plan, turns), plan.taken_ahead
    # An input is taken when the step before, or the one before that, has taken its own; the first
    # ones as soon as they can be scaled, which may be faster.
    taken = np.diff(recording.accepted.astype(np.int64))[ahead + 1 :]
    wanted = np.diff(begun)[1 : 1 + len(taken)]
    steady = np.logical_or.accumulate(taken == wanted)
    if (wrong := np.flatnonzero((taken > wanted) | (steady & (taken != wanted)))).size:
        at = wrong[0]
        raise MismatchError(
            f"a step must take {wanted[at]} cycles as planned, not {taken[at]}", REPORT
        )
    ends = recording.outputs["cycle"].astype(np.int64)[plan.model.classes - 1 :: plan.model.classes]
    spans = zip(turns.number[turns.ends][1:], np.diff(begun[turns.ends]), np.diff(ends))
    for number, planned_cycles, cycles in spans:
        if cycles != planned_cycles:
            raise MismatchError(
                f"sequence {number} must end {planned_cycles} cycles after the one before it, as "
                f"planned, not {cycles}",
                REPORT,
            )
    told = (np.diff(turns.side) != 0) & ~turns.ends[:-1]
    return plan.step_cycles if (told[1 : 1 + len(taken)] & steady).any() else None


def check_pace(plan: Plan, sequences: list[Integers], recording: Recording) -> int | None:
    """Check the cycles of a recording without stalls, and return those a step took.

    The input of a step is taken when the step before no longer needs its own. A sequence's first
    steps do not tell, because their inputs wait for the readout of the sequence before. The time
    of a sequence runs from the last logit before it to its own last logit.

    Returns
    -------
    int or None
        Cycles a step; None if no sequence has more than two, or logits follow every step.

    Raises
    ------
    MismatchError
        If a step or a sequence took other than the plan's cycles.
    """
    if plan.at_once > 1:
        return _check_turns(plan, sequences, recording)
    accepted = np.split(
        recording.accepted.astype(np.int64), np.cumsum([len(x) for x in sequences])[:-1]
    )
    # Rows are fetched as fast as they come at first; then only the sequences tell exactly.
    least = plan.step_cycles
    if plan.row_bytes:
        least = FETCH_CYCLES + BYTE_CYCLES * plan.row_bytes
    # An input is taken when the step before, or the one before that, has begun; the first of those
    # as soon as it can be scaled.
    ahead = plan.taken_ahead
    delays = [_delays(plan, x) for x in sequences]
    steps = np.concatenate(
        [
            (np.diff(cycles)[ahead:] - more[: max(0, len(more) - 1 - ahead)])[ahead - 1 :]
            for cycles, more in zip(accepted, delays, strict=True)
        ]
    )
    if plan.model.readout.every:
        steps = steps[:0]  # each waits for a readout
    wrong = steps[(steps < least) | (steps > plan.step_cycles)]
    if wrong.size:
        raise MismatchError(
            f"a step must take {plan.step_cycles} cycles as planned, not {wrong[0]}", REPORT
        )
    logits = np.cumsum([readouts(plan.model, x) * plan.model.classes for x in sequences])
    ends = recording.outputs["cycle"][logits - 1]
    for number, taken in enumerate(np.diff(ends.astype(np.int64)), 1):
        planned = plan.sequence_cycles(len(sequences[number])) + int(delays[number].sum())
        if taken != planned:
            raise MismatchError(
                f"sequence {number} must take {planned} cycles as planned, not {taken}", REPORT
            )
    return plan.step_cycles if steps.size else None
