"""Plans: what they refuse, and their figures."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.graph.plan import GraphPlan
from random_model import random_model


def drawn(hidden=8, state_bits=8, seed=80, **options):
    options = {"weights": "binary", **options}
    return random_model(np.random.default_rng(seed), hidden, state_bits, **options)


def scaled(model, multiplier, fraction):
    old = model.recurrence
    new = Dense(old.weights.copy(), old.bits, multiplier, fraction, old.guard, old.activation)
    return replace(model, recurrence=new)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"weights": "hadamard"}, "hadamard weights, which another computes faster"),
        ({"activation": "modrelu"}, "modrelu"),
        ({"hidden": 129}, "more than 128 units"),
    ],
)
def test_refuses_by_name(options, what):
    with pytest.raises(ModelError, match=f"must do without {what}, and the model has it"):
        GraphPlan(drawn(**options))


def test_refuses_a_scale_without_a_fraction():
    with pytest.raises(ModelError, match="a scale of the sums that is an even integer"):
        GraphPlan(scaled(drawn(), 6, 0))
    with pytest.raises(ModelError, match="a scale that makes eight of a state and more"):
        GraphPlan(scaled(replace(drawn(), recurrence=replace(drawn().recurrence, guard=8)), 3, 4))
    with pytest.raises(ModelError, match="adders between registers must be 1 or more, not 0"):
        GraphPlan(drawn(), 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [((40960, 17), (5, 4)), ((3, 7), (3, 7)), ((96, 5), (3, 0)), ((1, 0), (1, 0))],
)
def test_divides_out_the_twos_of_the_scale(given, kept):
    plan = GraphPlan(scaled(drawn(), *given))
    assert (plan.multiplier, plan.fraction) == kept


def test_a_power_of_two_saves_cycles_and_adders():
    plain, odd = (GraphPlan(scaled(drawn(32), m, 17)) for m in (1 << 14, 46341))
    assert not plain.rescale.graph.adders
    assert odd.rescale.graph.adders
    assert plain.step_cycles + 14 <= odd.step_cycles


def test_no_sum_leaves_the_word():
    model = drawn(16, weights="levels", w_bits=8, channels=3, biased=True, seed=81)
    plan = GraphPlan(model)
    top = 1 << model.state_bits - 1
    rng = np.random.default_rng(82)
    n = np.sign(model.recurrence.weights) * -top  # the worst state of every row
    x = rng.choice(np.array(model.input_range), (16, 3))
    sums = (n @ model.recurrence.weights.T << model.recurrence.guard) + model.bias
    sums += model.inputs.terms(x, 0)
    product = sums * plan.multiplier + (1 << plan.fraction >> 1)
    assert np.abs(product).max() < 1 << plan.word - 1


def test_lists_what_was_decided():
    listed = GraphPlan(drawn()).to_dict()
    assert listed["engine"] == "graph"
    assert listed["lanes"] == 8
    assert all(isinstance(value, int | str) for value in listed.values())


def test_the_memory_holds_the_planes_of_v():
    plan = GraphPlan(drawn(classes=2, v_bits=3))
    image = plan.memory_image()
    assert len(image) == plan.memory_depth == 9 + 6
    v = plan.model.readout.v
    for row in range(2):
        for lane in range(8):
            bits = [image[9 + 3 * row + bit] >> lane & 1 for bit in range(3)]
            assert bits[0] + 2 * bits[1] - 4 * bits[2] == v[row, lane]
