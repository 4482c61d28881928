# amaranth: UnusedElaboratable=no
"""Sums and logits of the graph engine, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.graph import network
from qrnn_hw.hw.graph.network import AdderNetwork
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.readout import GraphReadout
from qrnn_hw.hw.graph.update import GraphUpdate
from qrnn_hw.sim.formal import adders as adding
from qrnn_hw.sim.formal import graph_readout as gathering
from qrnn_hw.sim.formal import graph_update as rounding
from qrnn_hw.sim.formal.multiples import rescaling
from random_model import random_model


def plan(weights="binary", hidden=5, cycle=3, **options):
    model = random_model(np.random.default_rng(1), hidden, 6, weights=weights, **options)
    return GraphPlan(model, cycle)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"weights": "levels", "channels": 2, "biased": True}, {"weights": "ternary",
                                                               "vocabulary": 5, "cycle": 1}],
    ids=["binary", "levels-biased", "ternary-tokens"],
)  # fmt: skip
def test_sums_of_the_graph_do_not_overflow(proven, options):
    for proof in adding.adding(plan(**options)):
        proven(proof)


@pytest.mark.slow
def test_adders_are_proven_a_few_at_a_time(proven, monkeypatch):
    monkeypatch.setattr(adding, "AT_A_TIME", 5)
    one = plan()
    proofs = list(adding.adding(one))
    assert len(proofs) == -(-len(one.stages.graph.adders) // 5) > 1
    for proof in proofs:
        proven(proof)


@pytest.mark.slow
def test_a_word_of_the_graph_that_is_too_narrow_is_refuted(refuted, monkeypatch):
    one = plan()
    bits = max(bound.bit_length() for bound in adding.row_bounds(one))  # and no sign
    monkeypatch.setattr(GraphPlan, "word", bits)
    (proof,) = adding.adding(one)
    refuted(proof)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("carry.eq(kept & ~clears[stage].replicate(lanes))", "carry.eq(kept)",
                     id="carries-kept"),
        pytest.param("stages.wait(term, stage)) for term", "stages.wait(term, stage) + 1) for term",
                     id="too-late"),
    ],
)  # fmt: skip
def test_an_adder_that_adds_wrongly_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(adding, "AdderNetwork", mutant(AdderNetwork, right, wrong))
    (proof,) = adding.adding(plan())
    refuted(proof)


@pytest.mark.slow
def test_a_pause_that_is_too_short_is_refuted(refuted, monkeypatch):
    monkeypatch.setattr(adding, "pause", lambda *given: network.pause(*given) - 1)
    (proof,) = adding.adding(plan())
    refuted(proof)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"weights": "ternary", "vocabulary": 5, "cycle": 1}])
def test_products_and_states_do_not_overflow(proven, options):
    proven(rescaling(plan(**options)))
    proven(rounding.rounding(plan(**options)))


@pytest.mark.slow
@pytest.mark.parametrize("prove", [rescaling, rounding.rounding])
def test_a_product_that_is_a_bit_too_narrow_is_refuted(refuted, narrow, prove):
    narrow(GraphPlan, "word")
    refuted(prove(plan()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("overflow.eq(overflow | (total ^ rounded))", "overflow.eq(overflow)",
                     id="no-flag"),
        pytest.param("carry.eq(self.products & carry)", "carry.eq(0)", id="no-carry"),
    ],
)  # fmt: skip
def test_a_state_that_is_rounded_wrongly_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(rounding, "GraphUpdate", mutant(GraphUpdate, right, wrong))
    refuted(rounding.rounding(plan()))


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"relu": False, "classes": 1}])
def test_logits_do_not_overflow(proven, options):
    proven(gathering.gathering(plan(**options)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [(GraphPlan, "read_word"), (IntegerModel, "logit_bits")])
def test_a_logit_or_its_plane_that_is_a_bit_too_narrow_is_refuted(refuted, narrow, kind, name):
    narrow(kind, name)
    refuted(gathering.gathering(plan()))


@pytest.mark.slow
def test_a_readout_that_does_not_hold_a_logit_is_refuted(refuted, monkeypatch, mutant):
    wrong = mutant(GraphReadout, "with m.Elif(taken):", "with m.Elif(self.y.valid):")
    monkeypatch.setattr(gathering, "GraphReadout", wrong)
    refuted(gathering.gathering(plan()))
