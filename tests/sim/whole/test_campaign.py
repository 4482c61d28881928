"""A whole set is compared in a compiled simulation, and a fault in it is found and named."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.errors import DataError, MismatchError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.core.compare import Difference
from qrnn_hw.sim.core.counts import readouts
from qrnn_hw.sim.whole import batch, campaign
from qrnn_hw.sim.whole.campaign import verify_set
from qrnn_hw.sim.whole.compiled import Compiled
from random_model import random_model

MARK = 211  # an input that only one step of one sequence has
SEQUENCE, STEP = 17, 8


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("qrnn_hw.sim.whole.journal.cache_folder", lambda name: tmp_path / name)


@pytest.fixture(scope="module")
def plan():
    return SerialPlan(random_model(np.random.default_rng(7), 16, 6), 4)


@pytest.fixture(scope="module")
def text(plan):
    return core_verilog(plan)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Compile a core once for all tests."""
    known = {}

    def get(plan, verilog, folder, cycles):
        if verilog not in known:
            known[verilog] = Compiled(plan, verilog, tmp_path_factory.mktemp("compiled"), cycles)
        return known[verilog]

    return get


@pytest.fixture
def small(plan, compiled, monkeypatch):
    """Return 30 sequences, which take several batches."""
    monkeypatch.setattr(campaign, "Compiled", compiled)
    monkeypatch.setattr(batch, "CYCLES", 6 * plan.sequence_cycles(9))
    rng = np.random.default_rng(8)
    x = rng.integers(0, MARK, (30, 9, 1))
    x[SEQUENCE, STEP - 1] = MARK
    lengths = rng.integers(1, 10, 30)
    lengths[SEQUENCE] = 9
    return x, lengths


def test_all_of_a_set_is_compared(plan, text, small):
    x, lengths = small
    told = []
    result = verify_set(
        plan, x, lengths, text, jobs=2, progress=lambda pace: told.append(str(pace))
    )
    steps = int(lengths.sum())
    assert (result.counts.sequences, result.counts.steps) == (30, steps)
    assert result.counts.values == (steps + 30) * 16  # a readout writes differences
    assert result.counts.logits == 30 * plan.model.classes
    assert result.counts.saturated > 0
    assert result.cycles > sum(map(plan.sequence_cycles, lengths)) and result.earlier == 0
    assert told[0] == "0 of 30 sequences equal (0%)"
    assert told[-1] == "30 of 30 sequences equal (100%)"
    assert re.fullmatch(r"\d+ of 30 sequences equal \(\d+%\), \d+ s left", told[1])


def test_what_was_ended_goes_on(plan, text, small, monkeypatch):
    x, lengths = small

    def end(pace):
        if pace.done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_set(plan, x, lengths, text, jobs=1, progress=end)
    begun = []
    write = batch.write
    monkeypatch.setattr(campaign, "write", lambda *all: begun.append(len(all[1])) or write(*all))
    result = verify_set(plan, x, lengths, text, jobs=1)
    assert 10 <= result.earlier < 30 and sum(begun) == 30 - result.earlier
    assert result.counts.sequences == 30
    begun.clear()
    again = verify_set(plan, x, lengths, text, jobs=1)
    assert again.earlier == 0 and sum(begun) == 30
    assert (again.counts, again.digest) == (result.counts, result.digest)


def sign(plan):
    signs = plan.model.recurrence.signs.copy()
    signs[5] *= -1
    wrong = replace(plan.model, recurrence=replace(plan.model.recurrence, signs=signs))
    return core_verilog(replace(plan, model=wrong))


def late(text):
    """Make a core that takes one input of one sequence for another."""
    changed, count = re.subn(
        r"\.x__payload\(\{ x_last, x_data \}\)",
        f".x__payload({{x_last, x_data == 8'd{MARK} ? 8'd0 : x_data}})", text,
    )  # fmt: skip
    assert count == 1
    return changed


def test_a_weight_that_is_wrong_is_found(plan, small, monkeypatch):
    monkeypatch.setattr(campaign, "replay", lambda *_: None)
    found = r"^sequence 0, step 1, unit 5 must be -?\d+ as in the golden run, not -?\d+$"
    with pytest.raises(Difference, match=found):
        verify_set(plan, *small, sign(plan), jobs=2)


@pytest.mark.parametrize("replayed", [True, False])
def test_a_late_step_that_is_wrong_is_found(plan, text, small, monkeypatch, replayed):
    if not replayed:  # what the bench in C++ says alone
        monkeypatch.setattr(campaign, "replay", lambda *_: None)
    found = r"^sequence 17, step 8, unit \d+ must be -?\d+ as in the golden run, not -?\d+"
    with pytest.raises(Difference, match=found + "(, without stalls, 4 lanes)?$") as caught:
        verify_set(plan, *small, late(text), jobs=2)
    assert ("without stalls" in str(caught.value)) == replayed
    assert (caught.value.place.sequence, caught.value.place.step) == (SEQUENCE, STEP)
    assert caught.value.exit_code == 4
    if not replayed:  # what was equal before is not compared again; what differs is
        with pytest.raises(Difference, match=r"^sequence 17, step 8"):
            verify_set(plan, *small, late(text), jobs=1)


def test_nothing_compared_fails(plan, text, small, monkeypatch):
    x, lengths = small
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        verify_set(plan, x[:0], lengths[:0], text)
    told = Compiled.told
    monkeypatch.setattr(
        Compiled, "told", staticmethod(lambda process: told(process) | {"values": 0})
    )
    with pytest.raises(MismatchError, match="must be compared in"):
        verify_set(plan, x, lengths, text, jobs=1)


def test_cycles_that_are_not_planned_are_a_difference(plan, text, small, monkeypatch):
    cycles = batch._cycles
    monkeypatch.setattr(batch, "_cycles", lambda *all: cycles(*all) + 1)
    monkeypatch.setattr(campaign, "replay", lambda *_: None)
    with pytest.raises(Difference, match=r"^sequence 1 must take \d+ cycles as planned, not \d+"):
        verify_set(plan, *small, text, jobs=1)


def test_an_input_out_of_range_is_refused(plan, text):
    with pytest.raises(DataError, match=r"inputs must be 0\.\.255"):
        verify_set(plan, np.full((1, 2, 1), 256), None, text)


slow = pytest.mark.slow
ROWS = {"vocabulary": 300, "classes": 1, "every": True, "fetches": True}
LAYER = {"layer": 5, "every": True, "channels": 9}
KINDS = [
    pytest.param(PopcountPlan, (4, 2, 1, 0, True), {"weights": "levels"}, id="loaded"),
    pytest.param(SerialPlan, (4,), ROWS, id="rows", marks=slow),
    pytest.param(SerialPlan, (4,), {"block": 4, "pool": Pool("mean", 9, 0), "origin_bits": 0},
                 id="pool", marks=slow),
    pytest.param(SerialPlan, (4,), LAYER, id="layer", marks=slow),
    pytest.param(SerialPlan, (1,), {"relu": False}, id="one-lane", marks=slow),
    pytest.param(WordPlan, (4,), {"channels": 2}, id="word", marks=slow),
    pytest.param(GraphPlan, (), {"weights": "binary", "activation": "relu", "every": True},
                 id="graph", marks=slow),
    pytest.param(PopcountPlan, (4, 2), {"weights": "ternary", "activation": "modrelu"},
                 id="popcount", marks=slow),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "numbers", "options"), KINDS)
def test_every_engine_is_compared(kind, numbers, options):
    rng = np.random.default_rng(81)
    more = {"fetches": True} if (options := dict(options)).pop("fetches", None) else {}
    model = random_model(rng, 16, 6, **options)
    plan = kind(model, *numbers, **more)
    lengths = rng.integers(1, 8, 12)
    x = np.stack([random_sequence(rng, model, 7) for _ in lengths])
    result = verify_set(plan, x, lengths, core_verilog(plan), jobs=1)
    answers = sum(readouts(model, one[:steps]) for one, steps in zip(x, lengths))
    steps = int(lengths.sum())
    assert (result.counts.steps, result.counts.logits) == (steps, answers * model.classes)
    traced = steps + answers * bool(getattr(plan.trace, "readout", ()))
    assert result.counts.values == traced * 16
    assert result.counts.pools == steps * 16 * bool(getattr(plan.trace, "pool", ()))
