"""A difference leaves a waveform: from a few steps before it, and a strip that ends with it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.sim.core.compare import Difference, Place
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running
from qrnn_hw.sim.core.vcd import read_vcd
from qrnn_hw.sim.core.waves import SHOWN, Scene, _bus, at_will, is_ours


@pytest.fixture(scope="module")
def order(case):
    return free_running(case.plan, case.sequences)


def scene(case, order, step, unit=None, sequence=0, output=None):
    place = Place(sequence, step, "", output)
    return Scene.of(case.plan, case.verilog, order, case.recording, place, unit)


def altered(case, write):
    """Return the recording with another word in one write."""
    trace = case.recording.trace.copy()
    trace["word"][write] ^= 1
    return replace(case.recording, trace=trace)


@pytest.mark.parametrize(("sequence", "step"), [(0, 1), (0, 5), (1, 1), (2, 2), (3, 2)])
def test_the_write_of_a_place_is_the_last_of_its_step(case, order, sequence, step):
    write = scene(case, order, step, 0, sequence).write
    with pytest.raises(Difference) as found:
        judge(case.plan, case.sequences, altered(case, write))
    assert (found.value.place.sequence, found.value.place.step) == (sequence, step)
    try:  # what follows belongs to something else
        judge(case.plan, case.sequences, altered(case, write + 1))
    except (Difference, IndexError) as other:
        assert not isinstance(other, Difference) or other.place != found.value.place


def test_a_window_begins_some_steps_before(case, order):
    taken = case.recording.accepted
    assert scene(case, order, 5).window[0] == taken[1]
    assert scene(case, order, 2).window[0] == taken[0]
    first, last = scene(case, order, 5).window
    ends = case.recording.outputs["cycle"][case.plan.model.classes - 1]
    assert first < taken[4] < ends < last


def test_a_wrong_logit_is_shown_to_its_cycle(case, order):
    outputs = case.recording.outputs.copy()
    outputs["data"][case.plan.model.classes + 1] += 1
    with pytest.raises(Difference, match=r"^sequence 1, logit 1 must") as found:
        judge(case.plan, case.sequences, replace(case.recording, outputs=outputs))
    place = found.value.place
    shown = Scene.of(case.plan, case.verilog, order, case.recording, place, None)
    assert shown.write is None and shown.cycle == outputs["cycle"][case.plan.model.classes + 1]
    assert shown.window[0] < shown.cycle < shown.window[1]


def test_values_of_a_bus_stand_where_they_change():
    assert _bus([1, 1, 1, 26, 26, 300, 7, 7]) == "|1 |1||7"
    assert _bus([None, None, 5, 5]) == "| |5"


@pytest.mark.slow
def test_a_waveform_is_written(case, order, tmp_path):
    found = scene(case, order, 4, unit=6)
    lines = found.draw(tmp_path / "w.vcd")
    wave = read_vcd(tmp_path / "w.vcd")
    assert is_ours(tmp_path / "w.vcd")
    assert any(name.startswith("bench.core.core.reader.") for name in wave.codes)
    cycles = wave.sampled("bench.clk", ["bench.cycle"])[0]
    assert found.window[0] <= cycles[0] <= found.window[0] + 1
    assert found.window[1] - 2 <= cycles[-1] <= found.window[1] + 1
    rows = {line[:7].strip(): line[9:] for line in lines}
    assert re.fullmatch(r"[\d,]+ to [\d,]+", rows["cycle"])
    assert len(rows["write"]) == SHOWN and rows["write"][-1] == "-"
    assert "unit 6" in rows and set(rows["unit 6"]) <= set(" -_")
    lines = scene(case, order, None, output=1).draw(tmp_path / "w.vcd")
    rows = {line[:7].strip(): line[9:] for line in lines}
    assert rows["y_valid"][-1] == "-" and len(rows["y_valid"]) == SHOWN
    free = at_will(case.plan, case.verilog, order)
    assert free.window[0] == 0 and free.draw(tmp_path / "w.vcd")


def test_other_files_are_not_ours(tmp_path):
    (tmp_path / "w.vcd").write_text("$version mine $end")
    assert not is_ours(tmp_path / "w.vcd")
    np.savez(tmp_path / "x.npz", x=np.zeros(1))
    assert not is_ours(tmp_path / "x.npz")
