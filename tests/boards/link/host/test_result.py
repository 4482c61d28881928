"""Results against golden ones: every place where they can differ is told."""

import numpy as np
import pytest

from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.export import golden
from random_model import random_model

GOLDEN = Result((1, 0), ((0, 3), (4, 1)))


@pytest.mark.parametrize(
    ("given", "difference"),
    [
        (GOLDEN, None),
        (Result((1,), ((0, 3),)), "there must be 2 readouts, not 1"),
        (Result((1, 0), ((0, 3),)), "there must be 2 readouts, not 1"),
        (Result((1, 0), ()), "there must be 2 readouts, not 0"),
        (Result((1, 0), ((0, 3), (4,))), "readout 2 must have 2 logits, not 1"),
        (Result((1, 1), ((0, 3), (5, 1))), "logit 0 of readout 2 must be 4, not 5"),
        (Result((0, 0), ((0, 3), (4, 1))), "the class of readout 1 must be 1, not 0"),
    ],
)
def test_the_first_difference_is_told(given, difference):
    assert GOLDEN.difference(given) == difference


@pytest.mark.parametrize("every", [False, True])
def test_a_golden_run_tells_what_each_sequence_must_answer(every):
    rng = np.random.default_rng(1)
    model = random_model(rng, 8, 6, every=every)
    x = rng.integers(0, 256, (2, 5, 1))
    run = golden.run(model, x, [5, 3])
    short = golden.run(model, x[1:, :3])
    for index, length, alone in ((0, 5, golden.run(model, x[:1])), (1, 3, short)):
        result = Result.of(run, index, length)
        assert len(result.classes) == (length if every else 1)
        assert np.array_equal(result.logits, alone.logits.reshape(-1, 3))
        assert np.array_equal(result.classes, np.ravel(alone.classes))
