"""Which networks go on for ever, and for how many steps the others do."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.outputs import Pool
from random_model import random_model

ONE_SCALE = {"block": 4, "origin_bits": 0}


def horizon(trained=0, **options):
    return Horizon.of(random_model(np.random.default_rng(1), 8, 6, **options), trained)


@pytest.mark.parametrize(
    "options",
    [
        {"decays": (5, 3)},
        {"halves": 1},
        {"halves": 2, "vocabulary": 5, "every": True},
        {"decays": (2,), "pool": Pool("count", 0, 4), **ONE_SCALE},
    ],
    ids=str,
)
def test_what_forgets_is_endless(options):
    assert horizon(7, **options) == Horizon(True)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"decays": (5, 0)},
        {"pool": Pool("mean", 0, 4), **ONE_SCALE},
        {"weights": "binary"},
        {"weights": "levels", "activation": "relu"},
    ],
    ids=str,
)
def test_what_does_not_forget_ends_where_training_did(options):
    found = horizon(1784, **options)
    assert (found.endless, found.steps) == (False, 1784)
    assert found.reason == "does not forget, and was trained on sequences of 1,784 steps"
    assert horizon(**options).steps == 0


def test_a_pool_ends_where_it_is_full():
    found = horizon(5, decays=(5, 3), pool=Pool("mean", 2000, 0), **ONE_SCALE)
    assert found == Horizon(False, 2000, "sums 2,000 steps at most")


def test_a_trained_network_knows_its_steps(trained):
    network = replace(trained(16), task={"steps": 9})
    assert Horizon.of(network).steps == 9
    assert Horizon.of(network, 8).steps == 8
    assert Horizon.of(replace(network, task={})).steps == 0
