"""Every entry of docs/support.md, simulated; and what is not there, refused by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core_bench import record
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.sim.core.adversarial import adversarial, random_sequence
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running, stalling
from qrnn_hw.sim.core.pace import check_pace
from qrnn_hw.sim.core.rtl import verify_rtl
from support import (
    ENGINES,
    IN_TURN,
    INPUTS,
    PAPER,
    PAPER_BITS,
    SMALL,
    SMALL_BITS,
    Case,
    cases,
    page,
    refusal,
)

PAGE = Path(__file__).parents[3] / "docs" / "support.md"
TAKEN = [case for case in cases() if not refusal(case)]
REFUSED = [case for case in cases() if refusal(case)]


def name(case):
    return "-".join(vars(case).values()).replace(", ", "-").replace(" ", "_")


@pytest.fixture(scope="module")
def passed(request):
    """Collect what passes; with --write-support, make the page of it at the end."""
    found = set()
    yield found
    if request.config.getoption("--write-support"):
        PAGE.write_text(page(found))


def _level(case, number):
    """Of cores that differ least a sixth by default; of others a third."""
    return pytest.mark.slow if number % (6 if case.engine in ("word", IN_TURN) else 3) else ()


@pytest.mark.parametrize(
    "case",
    [pytest.param(one, marks=_level(one, at), id=name(one)) for at, one in enumerate(TAKEN)],
)
def test_a_small_core_computes_the_golden_run(case, passed):
    plan = case.plan(SMALL, SMALL_BITS)
    rng = np.random.default_rng(len(name(case)))
    sequences = [random_sequence(rng, plan.model, steps) for steps in (2, 1)]
    recording = record(free_running(plan, sequences))
    counts = judge(plan, sequences, recording)
    check_pace(plan, sequences, recording)
    assert counts.values >= 3 * plan.model.hidden
    passed.add(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", TAKEN, ids=name)
def test_a_core_of_paper_size_computes_the_golden_run(case):
    plan = case.plan(PAPER, PAPER_BITS)
    rng = np.random.default_rng(len(name(case)))
    assert verify_rtl(plan, adversarial(plan.model, rng)).counts.values > 0


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_is_not_there_is_refused_by_name(case):
    message = refusal(case)
    assert message.startswith(f"the {case.engine.split()[0]} engine must "), message
    model = case.model(SMALL, SMALL_BITS)
    every = ["after every step"] * model.readout.every
    assert any(word in message for word in (*model.cell.split(", "), *model.needs, *every)), message


def test_the_page_lists_what_is_tested():
    assert PAGE.read_text() == page(set(TAKEN)), (
        "run pytest -n 0 tests/sim/core/test_support.py --write-support"
    )


def wrong(model, part):
    """Change one bit of one constant of a model."""

    def flipped(values):
        values = values.copy()
        values.flat[values.size // 2] ^= 1
        return values

    inputs, readout, recurrence = model.inputs, model.readout, model.recurrence
    match part:
        case "inputs" if hasattr(inputs, "u"):
            return replace(model, inputs=replace(inputs, u=flipped(inputs.u)))
        case "inputs":
            # Any of the tokens, so that the sequence has it.
            return replace(model, inputs=replace(inputs, table=inputs.table ^ 1))
        case "readout":
            return replace(model, readout=replace(readout, v=readout.v ^ 1))
        case "recurrence" if hasattr(recurrence, "signs"):
            signs = recurrence.signs * np.where(np.arange(model.hidden) == 3, -1, 1)
            return replace(model, recurrence=replace(recurrence, signs=signs))
        case _:
            weights = recurrence.weights.copy()
            weights[2] = -weights[2]
            return replace(model, recurrence=replace(recurrence, weights=weights))


@pytest.mark.parametrize("part", ["recurrence", "inputs", "readout"])
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_wrong_constant_is_found(engine, inputs, part):
    cell = "HadamRNN" if engine in ("serial", IN_TURN, "word") else "QORNN, ternary, linear"
    case = Case(cell, inputs, "last step" if engine == IN_TURN else "every step", engine)
    plan = case.plan(SMALL, SMALL_BITS)
    faulty = replace(plan, model=wrong(plan.model, part))
    sequences = [random_sequence(np.random.default_rng(1), plan.model, 4)]
    with pytest.raises(MismatchError, match=r"as in the golden run|must give"):
        judge(plan, sequences, record(free_running(faulty, sequences)))


@pytest.mark.parametrize("engine", sorted({case.engine for case in TAKEN}))
def test_stalls_change_nothing(engine):
    case = [case for case in TAKEN if case.engine == engine][-1]
    plan = case.plan(SMALL, SMALL_BITS)
    rng = np.random.default_rng(2)
    sequences = [random_sequence(rng, plan.model, steps) for steps in (3, 1)]
    counts = judge(plan, sequences, record(free_running(plan, sequences)))
    assert judge(plan, sequences, record(stalling(plan, sequences, rng))) == counts
