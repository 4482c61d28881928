"""The board in Python: the golden run, step by step, whatever it is asked in between."""

import numpy as np
import pytest

from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.host.stand_in import GoldenCore, stand_in
from qrnn_hw.export import golden
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

MODELS = {
    "odd": {"hidden": 8},
    "even": {"hidden": 16, "biased": True},
    "blocks": {"hidden": 16, "block": 8, "channels": 3},
    "binary": {"hidden": 9, "weights": "binary", "activation": "relu", "biased": True},
    "modrelu": {"hidden": 9, "weights": "levels", "activation": "modrelu"},
    "tokens": {"hidden": 8, "vocabulary": 5, "classes": 1},
    "wide": {"hidden": 16, "state_bits": 16, "input_bits": 16, "weights": "levels", "w_bits": 8},
}


@pytest.mark.parametrize("name", MODELS)
def test_the_core_is_golden_after_every_step(name):
    rng = np.random.default_rng(5)
    model = random_model(rng, **{"state_bits": 6, "every": True} | MODELS[name])
    core = GoldenCore(model)
    first, second = (random_sequence(rng, model, steps) for steps in (9, 12))
    # On, back, and to another sequence that is longer.
    for x, ends in ((first, range(1, 10)), (first, [4]), (second, [3, 12])):
        run = golden.run(model, x[None])
        for end in ends:
            answer = core(x[:end].tolist())
            assert answer == (run.classes[0, end - 1], run.logits[0, end - 1].tolist())


def test_a_board_that_waits_for_weights_gets_them():
    rng = np.random.default_rng(3)
    model = random_model(rng, 8, 6, weights="levels")
    words = list(range(100, 150))
    x = random_sequence(rng, model, 7)
    expected = Result.expected(model, x)
    host = Host(stand_in(model, words), weights=words)
    assert host.needs_weights()
    assert host.classify(x) == expected
    assert not host.needs_weights()
