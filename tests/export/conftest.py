"""Small trained networks, drawn at random."""

import numpy as np
import pytest

from qrnn_hw.export.golden import sylvester
from qrnn_hw.export.trained import Levels, TrainedModel

CLASSES = 3
INPUT_STEP = 1 / 255


def drawn(hidden, seed=0, *, biased=True, **changes):
    rng = np.random.default_rng([seed, hidden])

    def levels(bits, *shape):
        return Levels(bits, 0.05, rng.integers(-(1 << bits - 1), 1 << bits - 1, shape))

    signs = rng.permutation(np.repeat([1, -1], hidden // 2))
    u = levels(4, hidden, 1)
    v = levels(3, CLASSES, hidden)
    # The integer model holds the opposite of the origin, and the least level has none.
    origin = Levels(5, 0.05, rng.integers(-15, 16, hidden) * biased)
    # A range that no state of the tests' sequences comes near.
    matrix = signs[:, None] * sylvester(hidden) / np.sqrt(hidden)
    state, largest = -origin.value, abs(origin.value).max()
    for x in rng.integers(0, 256, 500):
        state = matrix @ state + u.value[:, 0] * x * INPUT_STEP
        largest = max(largest, abs(state).max())
    fields = {
        "signs": signs,
        "u": u,
        "v": v,
        "origin": origin,
        "class_bias": rng.uniform(-0.2, 0.2, CLASSES),
        "input_bits": 8,
        "input_signed": False,
        "input_step": INPUT_STEP,
        "state_range": float(largest),
        "task": {"name": "made up", "classes": ["red", "green", "blue"]},
        "samples_x": rng.integers(0, 256, (2, 5)),
        "samples_y": rng.integers(0, CLASSES, 2),
        "card": {"seed": seed},
    }
    return TrainedModel(**{**fields, **changes})


@pytest.fixture
def trained():
    """Return a function that draws a trained network of so many units."""
    return drawn
