"""Networks that are like others, but smaller."""

import numpy as np
import pytest

from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.choice import candidates
from qrnn_hw.models import open_model
from qrnn_hw.smaller import fewer_units, halves, narrower
from random_model import random_model

KINDS = {
    "one-matrix": {},
    "blocks": {"block": 8, "decays": (5, 3)},
    "tokens": {"vocabulary": 9, "biased": True},
    "layer": {"layer": 20},
    "pool": {"block": 16, "origin_bits": 0, "pool": Pool("mean", 64, 0)},
    "dense": {"weights": "ternary", "channels": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_smaller_network_takes_as_much_as_one_of_that_size(kind):
    def drawn(hidden):
        return random_model(np.random.default_rng(4), hidden, 8, **KINDS[kind])

    found, expected = fewer_units(drawn(64), 16), drawn(16)
    if kind == "layer":
        expected = random_model(np.random.default_rng(4), 16, 8, layer=16)
    taken, wanted = (
        {(*one.plan.sizes.items(), one.plan.way): one.cost.cells for one in candidates(each)[0]}
        for each in (found, expected)
    )
    assert taken == pytest.approx(wanted, rel=0.1)


def test_halves_of_a_network_whose_scale_alternates_or_not():
    model = random_model(np.random.default_rng(5), 64, 8)
    assert [(one.hidden, one.parities) for one in halves(model)] == [(32, 2), (16, 1)]


def test_fewer_bits_are_those_of_the_trained_network():
    opened = open_model("examples/digits.pt", 7)
    assert [one.state_bits for one in narrower(opened)] == [6, 5, 4]
    assert not list(narrower(open_model(opened.model)))
