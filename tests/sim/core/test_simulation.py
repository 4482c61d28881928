"""The compiled bench: what it records, how it ends, and how it fails."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running, stalling
from qrnn_hw.sim.core.pace import check_pace
from qrnn_hw.sim.core.simulation import simulation
from random_model import random_model


def test_the_recording_is_complete(case):
    recording = case.recording
    assert (recording.finished, recording.unstable, recording.busy) == (True, 0, False)
    assert len(recording.accepted) == 11
    assert len(recording.outputs) == 12
    writes = case.plan.trace
    assert len(recording.trace) == 11 * len(writes.step) + 4 * len(writes.readout)
    assert (np.diff(recording.outputs["cycle"].astype(int)) > 0).all()


def test_one_build_runs_again_and_stalls_take_time(case):
    rng = np.random.default_rng(1)
    with simulation(case.plan, case.verilog) as bench:
        folder = bench.folder
        stalled = bench.run(stalling(case.plan, case.sequences, rng))
        free = bench.run(free_running(case.plan, case.sequences))
    assert not folder.exists()
    assert judge(case.plan, case.sequences, stalled) == judge(case.plan, case.sequences, free)
    assert stalled.outputs["cycle"][-1] > free.outputs["cycle"][-1]
    assert np.array_equal(free.outputs, case.recording.outputs)


def test_a_core_that_hangs_meets_the_deadline(case):
    text, count = re.subn(r"\.x__valid\(x_valid\)", ".x__valid(1'h0)", case.verilog)
    assert count == 1
    with simulation(case.plan, text) as bench:
        recording = bench.run(free_running(case.plan, case.sequences))
    assert not recording.finished
    with pytest.raises(MismatchError, match=r"sequence 0, step 1 must give 28 planes .* gave 0"):
        judge(case.plan, case.sequences, recording)


FLICKER = """  wire y_last;
  wire steady;
  reg odd = 0;
  always @(posedge clk) odd <= ~odd;
  assign y_last = steady ^ odd;
"""


def test_an_output_that_changes_while_it_waits_is_seen(case):
    text, count = re.subn(r"assign y_last = ", "assign steady = ", case.verilog)
    assert count == 1
    text = text.replace("  wire y_last;\n", FLICKER, 1)
    with simulation(case.plan, text) as bench:
        recording = bench.run(stalling(case.plan, case.sequences, np.random.default_rng(1)))
    assert recording.unstable > 0


def test_verilog_that_does_not_compile_is_a_tool_error(case):
    broken = case.verilog.replace("endmodule", "", 1)
    message = r"^compiling the simulation must end with status 0, not 1; it said: %Error.*core\.v:"
    with pytest.raises(ToolError, match=message) as caught, simulation(case.plan, broken):
        pass
    hint, _, log = caught.value.hint.partition("; its log is ")
    assert hint == "run `qrnn-hw doctor`"
    assert "%Error" in Path(log).read_text()
    Path(log).unlink()


def test_a_simulator_that_breaks_off_is_a_tool_error(case):
    with simulation(case.plan, case.verilog) as bench:
        order = replace(free_running(case.plan, case.sequences), resets=(-1,))
        with pytest.raises(ToolError, match=r"^the simulation must finish, .*: .*Error") as caught:
            bench.run(order)
    Path(caught.value.hint.partition("; its log is ")[2]).unlink()


def test_weights_are_loaded_after_every_reset_and_a_wrong_one_is_found():
    rng = np.random.default_rng(5)
    model = random_model(rng, 10, 6, weights="levels", channels=2)
    plan = PopcountPlan(model, 6, 3, 2, load=True)
    sequences = [random_sequence(rng, model, steps) for steps in (4, 1, 3)]
    free, stalled = free_running(plan, sequences), stalling(plan, sequences, rng)
    assert len(stalled.resets) == 2 and stalled.resets[0] <= len(free.weights)
    with simulation(plan, core_verilog(plan)) as bench:
        recording = bench.run(free)
        judge(plan, sequences, recording)
        assert recording.accepted[0] > plan.load_cycles == len(free.weights)
        assert check_pace(plan, sequences, recording) == plan.step_cycles
        judge(plan, sequences, bench.run(stalled))

        # A bit of the first row.
        wrong = free.weights.copy()
        wrong[0] ^= 1
        recording = bench.run(replace(free, weights=wrong))
        with pytest.raises(MismatchError, match=r"^sequence 0, step \d, unit 0 must be"):
            judge(plan, sequences, recording)
        recording = bench.run(replace(free, weights=free.weights[:-1], waits=free.waits[:-1]))
        with pytest.raises(MismatchError, match=r"^sequence 0, step 1 must give 10 states, "):
            judge(plan, sequences, recording)
