# amaranth: UnusedElaboratable=no
"""Sums, states and streams of the popcount engine, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.popcount.bounds import Range
from qrnn_hw.hw.popcount.counter import Counter
from qrnn_hw.hw.popcount.finish import Finish
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.readout import PopcountReadout
from qrnn_hw.hw.popcount.rows import Rows
from qrnn_hw.hw.popcount.scale import Scale
from qrnn_hw.sim.formal import counter as counting
from qrnn_hw.sim.formal import finish as finishing
from qrnn_hw.sim.formal import input_stream as taking
from qrnn_hw.sim.formal import logit_stream as offering
from qrnn_hw.sim.formal import rows as tallying
from qrnn_hw.sim.formal.accumulator import accumulating_terms
from random_model import random_model

ONE_SLICE = {"bits": 6, "origin_bits": 0}
RELU, MODRELU = {"activation": "relu"}, {"activation": "modrelu", "biased": True}


def plan(weights="binary", hidden=7, lanes=4, rows=2, bits=1, **options):
    model = random_model(np.random.default_rng(1), hidden, 6, weights=weights, **options)
    return PopcountPlan(model, lanes, rows, bits)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 10, 32])
def test_counts_are_exact(proven, bits):
    proven(counting.counting(bits))


@pytest.mark.slow
def test_a_count_that_is_a_bit_too_narrow_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Counter, "[: len(bits).bit_length()], level",
                   "[: len(bits).bit_length() - 1], level")  # fmt: skip
    monkeypatch.setattr(counting, "Counter", wrong)
    refuted(counting.counting(8))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"weights": "levels", "w_bits": 3, "bits": 2}, {"weights": "ternary", "lanes": 7,
                                                         "rows": 7, "bits": 3}, ONE_SLICE],
    ids=["binary", "levels", "one-word", "one-slice"],
)  # fmt: skip
def test_sums_of_rows_do_not_overflow(proven, options):
    proven(tallying.tallying(plan(**options)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [(PopcountPlan, "sum_bits"), (Range, "signed")])
def test_a_sum_of_rows_that_is_a_bit_too_narrow_is_refuted(refuted, narrow, kind, name):
    narrow(kind, name)
    refuted(tallying.tallying(plan()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("counts[0] ^ top.replicate(size), top", "counts[0], top", id="no-complement"),
        pytest.param("_stage(old), _stage(level)", "0, 0", id="no-register"),
        pytest.param(": size + planes]", ": size + planes - 1]", id="too-narrow"),
    ],
)
def test_planes_of_a_slice_that_are_weighed_wrongly_are_refuted(
    refuted, monkeypatch, mutant, right, wrong
):
    monkeypatch.setattr(tallying, "Rows", mutant(Rows, right, wrong))
    refuted(tallying.tallying(plan(**ONE_SLICE)))


@pytest.mark.slow
def test_rows_that_do_not_start_anew_are_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Rows, "with m.If(self.clear):", "with m.If(0):")
    monkeypatch.setattr(tallying, "Rows", wrong)
    refuted(tallying.tallying(plan()))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, RELU, MODRELU, {"weights": "hadamard", "hidden": 8}],
                         ids=["linear", "relu", "modrelu", "hadamard"])  # fmt: skip
def test_states_and_logits_do_not_overflow(proven, options):
    proven(finishing.finishing(plan(**options)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [(Range, "signed"), (IntegerModel, "logit_bits")])
def test_a_value_or_logit_that_is_a_bit_too_narrow_is_refuted(refuted, narrow, kind, name):
    narrow(kind, name)
    refuted(finishing.finishing(plan()))


@pytest.mark.slow
def test_a_state_that_does_not_saturate_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Finish, "saturate(rounded, model.state_bits)", "rounded")
    monkeypatch.setattr(finishing, "Finish", wrong)
    refuted(finishing.finishing(plan()))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"channels": 3}, {"vocabulary": 5}],
                         ids=["channel", "channels", "tokens"])  # fmt: skip
def test_input_terms_do_not_overflow(proven, options):
    proven(accumulating_terms(plan(**options)))


@pytest.mark.slow
def test_an_input_term_that_is_a_bit_too_narrow_is_refuted(refuted, monkeypatch):
    class Narrow(Range):
        @property
        def signed(self):
            return super().signed - 1

    one = plan(channels=3)
    terms = one.bounds.terms
    monkeypatch.setitem(vars(one.bounds), "terms", Narrow(terms.low, terms.high))
    refuted(accumulating_terms(one))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"channels": 3}, {"vocabulary": 5}, {"vocabulary": 5, "hidden": 8}],
    ids=["channel", "channels", "tokens", "tokens-side-by-side"],
)
def test_every_time_step_is_taken_once(proven, options):
    proven(taking.taking(Scale(plan(**options))))


@pytest.mark.slow
def test_an_input_that_takes_a_step_too_soon_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(Scale, "idle & ~self.valid", "idle")
    monkeypatch.setattr(taking, "Scale", wrong)
    refuted(taking.taking(wrong(plan())))


@pytest.mark.slow
@pytest.mark.parametrize("classes", [1, 2, 5])
def test_every_logit_is_offered_once(proven, classes):
    proven(offering.offering(plan(classes=classes)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("with m.Elif(y.ready):", "with m.Elif(1):", id="not-held"),
        pytest.param("index.eq(index + 1)", "index.eq(index)", id="not-counted"),
        pytest.param("self.request.eq(self.loaded |", "self.request.eq(self.loaded | y.valid |",
                     id="asked-twice"),
    ],
)  # fmt: skip
def test_a_readout_that_loses_or_repeats_a_logit_is_refuted(
    refuted, monkeypatch, mutant, right, wrong
):
    monkeypatch.setattr(offering, "PopcountReadout", mutant(PopcountReadout, right, wrong))
    refuted(offering.offering(plan(classes=5)))
