# amaranth: UnusedElaboratable=no
"""Sums, states and logits of the word engine, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.word import source
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.readout import WordReadout
from qrnn_hw.hw.word.transform import Butterfly
from qrnn_hw.hw.word.writer import Writer
from qrnn_hw.sim.formal import word_butterflies, word_logits, word_rows, word_states
from qrnn_hw.sim.formal.word_engine import word_engine
from random_model import random_model

pytestmark = pytest.mark.slow


def plan(radix=4, **options):
    return WordPlan(random_model(np.random.default_rng(1), 8, 6, **options), radix)


@pytest.mark.parametrize(
    "options",
    [
        {"radix": 8},
        {"classes": 1, "u_bits": 6, "v_bits": 8, "relu": False},
        {"vocabulary": 5, "decays": (2, 1)},
        {"pool": Pool("count", 5, 0), "origin_bits": 0, "halves": 1},
        {"pool": Pool("mean", 0, 2), "origin_bits": 0, "halves": 1},
        {"layer": 3},
    ],
    ids=["radix-8", "decision", "tokens", "count", "leak", "layer"],
)
def test_every_proof_holds(proven, options):
    for proof in word_engine(plan(**options)):
        proven(proof)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("self.o.eq(kept - self.i)", "self.o.eq(kept + self.i)", id="sum"),
        pytest.param("waiting[0].eq(kept + self.i)", "waiting[0].eq(kept)", id="difference"),
        pytest.param("signed(self.bits), name", "signed(self.bits - 1), name", id="narrow"),
    ],
)
def test_a_wrong_butterfly_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(word_butterflies, "Butterfly", mutant(Butterfly, right, wrong))
    refuted(word_butterflies.combining(plan(), 0))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("self.total << 2", "self.total << 1", id="plane"),
        pytest.param("carry.eq(digit.negative & ~drop)", "carry.eq(digit.negative)", id="carry"),
        pytest.param("(cut & (value < 0))", "0", id="not-cut"),
        pytest.param("Mux(first, 0,", "Mux(0, 0,", id="not-anew"),
        pytest.param("value_bits + 1", "value_bits", id="narrow"),
    ],
)
def test_a_wrong_sum_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(word_rows, "Product", mutant(Product, right, wrong))
    refuted(word_rows.weighing(plan()))


def test_a_wrong_digit_is_refuted(refuted, monkeypatch):
    right = source.digits
    monkeypatch.setattr(word_rows, "digits", lambda weight, planes: right(weight >> 1, planes))
    refuted(word_rows.recoding(4, 2))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("rounded[top:] !=", "rounded[top + 1:] !=", id="not-saturated"),
        pytest.param("| negative) | ~sign)", "| negative) | sign)", id="wrong-end"),
        pytest.param("numbers.advance()", "numbers.restart()", id="not-in-order"),
    ],
)
def test_a_wrong_state_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(word_states, "Writer", mutant(Writer, right, wrong))
    refuted(word_states.writing(plan()))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("cut & ~digit.zero", "cut", id="counts-what-is-over"),
        pytest.param("drop | cut", "drop", id="counts-its-size"),
    ],
)
def test_a_wrong_count_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(word_rows, "Product", mutant(Product, right, wrong))
    counted = plan(pool=Pool("count", 5, 0), origin_bits=0, halves=1)
    refuted(word_rows.weighing(counted))


def test_a_unit_of_a_layer_that_is_negative_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Writer, "sign & ~negative", "sign")
    monkeypatch.setattr(word_states, "Writer", wrong)
    refuted(word_states.writing(plan(layer=3)))


def test_a_pool_that_is_rounded_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Writer, "~self.pooling & (rounded", "(rounded")
    monkeypatch.setattr(word_states, "Writer", wrong)
    refuted(word_states.writing(plan(pool=Pool("mean", 5, 0), origin_bits=0, halves=1)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("logit + inverted >= 0", "logit + inverted >= -1", id="not-the-lowest"),
        pytest.param("self.row == units)", "0)", id="not-anew"),
        pytest.param(
            "y.payload.user.eq(self.row - units)", "y.payload.user.eq(0)", id="wrong-class"
        ),
    ],
)
def test_a_wrong_class_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(word_logits, "WordReadout", mutant(WordReadout, right, wrong))
    refuted(word_logits.deciding(plan(classes=3)))
