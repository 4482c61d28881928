"""Twins of cores against the golden run: every state, pool, logit and class."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.twin.kernel import twin_module
from qrnn_hw.sim.twin.machine import verify_twin
from random_model import random_model


class Case(NamedTuple):
    """A small core, and sequences."""

    model: IntegerModel
    plan: SerialPlan
    verilog: str
    sequences: list


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(7)
    model = random_model(rng, 16, 6)
    plan = SerialPlan(model, 4, trusts=False)
    sequences = [random_sequence(rng, model, steps) for steps in (5, 1, 3, 2)]
    return Case(model, plan, core_verilog(plan), sequences)


@pytest.fixture(scope="module")
def module(case):
    return twin_module(case.plan, case.verilog)


def test_a_twin_computes_what_the_golden_run_does(case, module):
    counts = verify_twin(case.plan, module, case.sequences)
    assert (counts.sequences, counts.steps) == (4, 11)
    assert counts.values == 16 * 11 + 16 * 4  # states, and differences from the origin
    assert counts.logits == 4 * case.model.classes


def test_a_sign_that_is_read_while_it_is_written_again():
    """Steps that trust each other do so at some sizes, of which this is one."""
    rng = np.random.default_rng(5)
    model = random_model(rng, 64, 8)
    plan = SerialPlan(model, 32)
    assert plan.trusts
    sequences = [random_sequence(rng, model, 30)]
    assert verify_twin(plan, twin_module(plan, core_verilog(plan)), sequences).steps == 30


def test_equal_cores_are_equal_modules(case, module):
    assert twin_module(case.plan, case.verilog) == module


def test_a_flipped_weight_is_found(case):
    v = case.model.readout.v.copy()
    v[2, 5] ^= 1
    other = replace(case.model, readout=replace(case.model.readout, v=v))
    core = core_verilog(SerialPlan(other, case.plan.lanes, trusts=False))
    with pytest.raises(MismatchError, match=r"^sequence \d, logit 2 must be"):
        verify_twin(case.plan, twin_module(case.plan, core), case.sequences)


def test_a_core_that_needs_a_table_beside_it_is_refused():
    model = random_model(np.random.default_rng(3), 16, 6, vocabulary=300)
    plan = next(each.plan for each in candidates(model, "serial")[0] if each.plan.row_bytes)
    with pytest.raises(ToolError, match=r"^a twin must hold its whole table, and"):
        twin_module(plan, "")


def test_a_core_of_two_sequences_at_once_is_refused(case):
    with pytest.raises(ToolError, match=r"^a twin must be of a core of one sequence at a time"):
        twin_module(case.plan.together(2), "")


def test_a_text_that_is_no_core_is_refused(case):
    with pytest.raises(ToolError, match=r"^a core must have rst, and this text has not$"):
        twin_module(case.plan, "module qrnn_core; endmodule")


KINDS = {
    "word": ("word", {}),
    "word-every-step": ("word", {"every": True, "channels": 3, "input_bits": 12,
                                 "input_signed": True}),
    "word-layer": ("word", {"layer": 4}),
    "every-step": ("serial", {"every": True, "channels": 3, "input_bits": 12,
                              "input_signed": True}),
    "tokens": ("serial", {"vocabulary": 10, "every": True}),
    "graph": ("graph", {"weights": "ternary", "activation": "relu"}),
    "popcount": ("popcount", {"weights": "levels", "activation": "modrelu", "channels": 2}),
    "popcount-binary": ("popcount", {"weights": "binary", "activation": "relu"}),
    "halved": ("serial", {"transform": "halved"}),
    "decays": ("serial", {"decays": (3, 5), "zero": True}),
    "mean": ("serial", {"pool": Pool("mean", 8, 0), "origin_bits": 0}),
    "count-that-leaks": ("serial", {"pool": Pool("count", 0, 4), "origin_bits": 0,
                                    "every": True}),
    "layer": ("serial", {"layer": 4}),
    "many-channels": ("serial", {"channels": 20}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_twins_of_every_engine(kind):
    engine, options = KINDS[kind]
    rng = np.random.default_rng(3)
    model = random_model(rng, 16, 6, **options)
    found = [each.plan for each in candidates(model, engine)[0] if not each.plan.row_bytes]
    for plan in {each.lanes: each for each in (found[0], found[-1])}.values():
        sequences = [random_sequence(rng, model, steps) for steps in (5, 1, 3, 2)]
        counts = verify_twin(plan, twin_module(plan, core_verilog(plan)), sequences)
        assert counts.steps == 11


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "copy128", "pmnist512"])
def test_twins_of_the_examples(examples, name):
    opened = open_model(examples / f"{name}.pt")
    plan = next(
        each.plan for each in candidates(opened.model, "serial")[0] if not each.plan.row_bytes
    )
    module = twin_module(plan, core_verilog(plan))
    count = {"digits": 200}.get(name, 2)
    sequences = opened.samples.cut(count)
    assert verify_twin(plan, module, sequences).sequences == count
