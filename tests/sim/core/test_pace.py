"""The cycles of a free-running core are the plan's."""

from dataclasses import replace

import pytest

from qrnn_hw.export.errors import MismatchError
from qrnn_hw.sim.core.pace import check_pace


def test_the_plan_holds(case):
    assert check_pace(case.plan, case.sequences, case.recording) == case.plan.step_cycles


def test_short_sequences_do_not_tell(case):
    outputs = case.recording.outputs[:3]
    recording = replace(case.recording, accepted=case.recording.accepted[:2], outputs=outputs)
    assert check_pace(case.plan, [case.sequences[0][:2]], recording) is None


def test_a_slow_step_is_found(case):
    accepted = case.recording.accepted.copy()
    accepted[4] += 1
    planned = case.plan.step_cycles
    message = f"a step must take {planned} cycles as planned, not {planned + 1}"
    with pytest.raises(MismatchError, match=message):
        check_pace(case.plan, case.sequences, replace(case.recording, accepted=accepted))


def test_a_slow_readout_is_found(case):
    outputs = case.recording.outputs.copy()
    outputs["cycle"][8] += 1
    planned = case.plan.sequence_cycles(3)
    message = f"sequence 2 must take {planned} cycles as planned, not {planned + 1}"
    with pytest.raises(MismatchError, match=message):
        check_pace(case.plan, case.sequences, replace(case.recording, outputs=outputs))
