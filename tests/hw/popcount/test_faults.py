# amaranth: UnusedElaboratable=no
"""Faults that are planted in a popcount core, its memories or its plan, and must be seen."""

from dataclasses import replace

import numpy as np
import pytest

from core_bench import check, draw, simulate
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.popcount import core as core_module
from qrnn_hw.hw.popcount.bounds import Bounds
from qrnn_hw.hw.popcount.finish import Finish
from qrnn_hw.hw.popcount.image import load_image
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model

FULL = {"weights": "hadamard"}
BINARY, TERNARY, LEVELS = ({"weights": kind} for kind in ("binary", "ternary", "levels"))


def flipped(image, bit):
    """Return a function that fills the weight memories with one bit changed."""

    def fill(plan):
        both, others = image(plan)
        return [both[0] ^ (1 << bit), *both[1:]], others

    return fill


@pytest.mark.parametrize(
    ("options", "bit"),
    [
        pytest.param(BINARY, 3, id="binary-weight"),
        pytest.param(TERNARY, 3, id="ternary-mask"),
        pytest.param(LEVELS, 3, id="plane-of-a-weight"),
    ],
)
def test_notices_a_weight_bit_that_is_wrong(monkeypatch, options, bit):
    rng = np.random.default_rng(36)
    model = random_model(rng, 8, 6, **options)
    sequences = draw(rng, model, [3, 2])
    wrong = flipped(core_module.weight_image, bit)
    monkeypatch.setattr(core_module, "weight_image", wrong)
    with pytest.raises(MismatchError):
        check(sequences, simulate(PopcountPlan(model, 8, 2), sequences))


def test_notices_a_correction_that_is_wrong(monkeypatch):
    rng = np.random.default_rng(37)
    model = random_model(rng, 8, 8, **FULL)
    sequences = draw(rng, model, [3, 2])
    right = Bounds.correction.func
    wrong = property(lambda bounds: right(bounds) + 4 * np.eye(8, dtype=int)[5])
    monkeypatch.setattr(Bounds, "correction", wrong)
    with pytest.raises(MismatchError):
        check(sequences, simulate(PopcountPlan(model, 8, 2), sequences))


@pytest.mark.parametrize(
    ("part", "name", "fault"),
    [
        pytest.param("recurrence", "fraction", lambda shift: shift + 1, id="shift"),
        pytest.param("recurrence", "guard", lambda guard: guard ^ 1, id="guard"),
        pytest.param("inputs", "u", lambda u: u ^ (np.arange(8) == 6)[:, None], id="u"),
        pytest.param("inputs", "gain", lambda gain: 2 * gain, id="gain"),
        pytest.param("readout", "v", lambda v: v ^ np.eye(3, 8, dtype=int), id="v"),
        pytest.param("readout", "class_bias", lambda bias: bias ^ 1, id="class-bias"),
        pytest.param("readout", "relu", lambda relu: not relu, id="relu"),
    ],
)
def test_the_bench_notices_a_model_that_is_wrong_in_one_place(part, name, fault):
    rng = np.random.default_rng(38)
    model = random_model(rng, 8, 8, **LEVELS, relu=False)
    sequences = draw(rng, model, [2, 3])
    seen = simulate(PopcountPlan(model, 4, 2), sequences)
    check(sequences, seen)
    held = getattr(model, part)
    wrong = replace(model, **{part: replace(held, **{name: fault(getattr(held, name))})})
    with pytest.raises(MismatchError):
        check(sequences, seen, wrong)


@pytest.mark.parametrize(
    ("kind", "name", "lanes", "rows"),
    [
        pytest.param(PopcountPlan, "drain_cycles", 8, 2, id="a-step-that-begins-a-cycle-early"),
        pytest.param(PopcountPlan, "row_latency", 4, 2, id="sums-that-are-taken-a-cycle-early"),
        pytest.param(Finish, "latency", 4, 2, id="states-that-are-taken-a-cycle-early"),
    ],
)
def test_what_is_a_cycle_short_fails(monkeypatch, kind, name, lanes, rows):
    rng = np.random.default_rng(39)
    model = random_model(rng, 8, 6, **BINARY)
    sequences = draw(rng, model, [6])
    planned = getattr(kind, name).fget
    monkeypatch.setattr(kind, name, property(lambda one: planned(one) - 1))
    with pytest.raises(MismatchError):
        check(sequences, simulate(PopcountPlan(model, lanes, rows), sequences))


def test_a_logit_that_never_comes_ends_at_the_deadline(monkeypatch):
    rng = np.random.default_rng(40)
    model = random_model(rng, 4, 4, **BINARY)
    monkeypatch.setattr(PopcountPlan, "drain_cycles", 1 << 20)
    monkeypatch.setattr(PopcountPlan, "sequence_cycles", lambda plan, steps: 500)
    with pytest.raises(TimeoutError, match=r"^0 logits of 3 in 2000 cycles$"):
        simulate(PopcountPlan(model, 4, 1), draw(rng, model, [1]))


def test_notices_a_loaded_word_that_is_wrong():
    rng = np.random.default_rng(42)
    model = random_model(rng, 8, 6, **LEVELS)
    plan = PopcountPlan(model, 8, 2, load=True)
    sequences = draw(rng, model, [3])
    right = load_image(plan)
    check(sequences, simulate(plan, sequences, weights=right))
    with pytest.raises(MismatchError):
        check(sequences, simulate(plan, sequences, weights=[right[0] ^ 2, *right[1:]]))
