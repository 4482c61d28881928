"""Small trained networks of every kind, drawn at random."""

import numpy as np
import pytest

from qrnn_hw.export.recurrence import Hadamard, sylvester
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)

CLASSES = 3
INPUT_STEP = 1 / 255
STEP = 0.05
MARGIN = 2  # of the range, so that no state of the tests' sequences comes near its end


def signed_levels(rng, bits, *shape, step=STEP):
    return Levels(bits, step, rng.integers(-(1 << bits - 1), 1 << bits - 1, shape))


def nearly_orthogonal(rng, hidden, weights, bits=5):
    """Draw levels of a matrix whose columns have unit length, nearly or exactly, and their step."""
    if weights == "levels":
        matrix = np.linalg.qr(rng.standard_normal((hidden, hidden)))[0]
        step = float(abs(matrix).max() / ((1 << bits - 1) - 1))
        return Levels(bits, step, np.rint(matrix / step).astype(np.int64))
    block = hidden if weights == "binary" else 4
    matrix = np.kron(np.eye(hidden // block), sylvester(block)).astype(np.int64)
    matrix = matrix[rng.permutation(hidden)] * rng.choice(np.array([-1, 1]), hidden)
    return Levels(1, float(1 / np.sqrt(block)), matrix)


def largest_state(model, rng):
    """Run the network in real units on one long random sequence."""
    if isinstance(model.recurrence, HadamardWeights):
        block = model.recurrence.block
        matrix = Hadamard(model.recurrence.signs.copy(), block).matrix() / np.sqrt(block)
    else:
        matrix = model.recurrence.w.value
    state = np.zeros(model.hidden) if model.origin is None else -model.origin.value
    largest = 0.1
    for _ in range(500):
        largest = max(largest, abs(state).max())
        if isinstance(model.inputs, NumberInputs):
            low = -(1 << model.inputs.bits - 1) if model.inputs.signed else 0
            x = rng.integers(low, low + (1 << model.inputs.bits), model.inputs.channels)
            term = model.inputs.u.value @ x * model.inputs.step
        else:
            term = model.inputs.table.value[rng.integers(len(model.inputs.table.levels))]
        z = matrix @ state + term
        if model.recurrence.activation == "modrelu":
            state = np.where(z < 0, -1, 1) * np.maximum(0, abs(z) + model.bias)
        elif model.recurrence.activation == "relu":
            state = np.maximum(0, z + model.bias)
        else:
            state = z + model.bias
        norm = np.linalg.norm(state)
        state *= min(1, 3 * np.sqrt(model.hidden) / max(norm, 1e-9))  # a bias may add up
    return float(largest)


def draw(
    hidden,
    seed=0,
    *,
    weights="hadamard",
    block=None,
    activation="linear",
    channels=1,
    vocabulary=0,
    table_bits=8,
    origin=True,
    bias=0.0,
    classes=CLASSES,
    relu=True,
    every=False,
    **changes,
):
    """Draw a network; only a Hadamard one has an ``origin``; ``bias`` scales what biases it has."""
    rng = np.random.default_rng([seed, hidden])
    if weights == "hadamard":
        block = block or hidden
        half = rng.permutation(np.repeat([1, -1], (hidden + 1) // 2)[:hidden])
        recurrence = HadamardWeights(half, block)
        cell = "HadamRNN" if block == hidden else "Block-HadamRNN"
    else:
        recurrence = DenseWeights(nearly_orthogonal(rng, hidden, weights), activation)
        cell = "QORNN"
    if vocabulary:
        inputs = TokenInputs(signed_levels(rng, table_bits, vocabulary, hidden, step=0.01))
        x = rng.integers(0, vocabulary, (2, 5, 1))
    else:
        inputs = NumberInputs(signed_levels(rng, 4, hidden, channels), 8, False, INPUT_STEP)
        x = rng.integers(0, 256, (2, 5, channels))
    has_origin = origin and weights == "hadamard"
    biases = bias * rng.uniform(-1, 1, hidden)
    fields = {
        "cell": cell,
        "recurrence": recurrence,
        "inputs": inputs,
        "readout": RealReadout(
            signed_levels(rng, 3, classes, hidden), rng.uniform(-0.2, 0.2, classes), relu, every
        ),
        # Thresholds that only shrink: one that grows jumps where a sum changes its sign.
        "bias": -abs(biases) if activation == "modrelu" else biases,
        # The integer model holds the opposite of the origin, and the least level has none.
        "origin": Levels(5, STEP, rng.integers(-15, 16, hidden)) if has_origin else None,
        "state_range": 1.0,
        "task": {"name": "made up"},
        "samples_x": x,
        "samples_lengths": np.array([5, 3]),
        "samples_y": rng.integers(0, max(2, classes), (2, 5) if every else 2),
        "card": {"seed": seed},
    }
    if classes == CLASSES:
        fields["task"]["classes"] = ["red", "green", "blue"]
    model = TrainedModel(**fields)
    fields["state_range"] = MARGIN * largest_state(model, rng)
    return TrainedModel(**{**fields, **changes})


@pytest.fixture(scope="session")
def trained():
    """Return a function that draws a trained network of so many units."""
    return draw


KINDS = {  # what `draw` takes: a network of each kind that a model file may hold
    "hadamard-even": {"hidden": 16},
    "hadamard-odd": {"hidden": 32},
    "hadamard-channels-bias": {"hidden": 8, "channels": 3, "bias": 0.1, "origin": False},
    "hadamard-origin-and-bias": {"hidden": 16, "bias": 0.02},
    "hadamard-tokens": {"hidden": 32, "vocabulary": 7, "origin": False},
    "block-of-8-of-24": {"hidden": 24, "block": 8, "channels": 2},
    "block-of-4-of-20": {"hidden": 20, "block": 4, "every": True, "bias": 0.05},
    "block-of-2-tokens": {"hidden": 6, "block": 2, "vocabulary": 3, "relu": False},
    "binary-linear": {"hidden": 16, "weights": "binary", "bias": 0.03},
    "binary-relu-every": {
        "hidden": 8, "weights": "binary", "activation": "relu", "every": True, "bias": 0.1,
    },
    "ternary-modrelu-tokens": {
        "hidden": 12, "weights": "ternary", "activation": "modrelu", "vocabulary": 5, "bias": 0.02,
    },
    "levels-modrelu-channels": {
        "hidden": 11, "weights": "levels", "activation": "modrelu", "channels": 2, "bias": 0.02,
        "relu": False,
    },
    "levels-decision": {
        "hidden": 9, "weights": "levels", "classes": 1, "vocabulary": 4, "relu": False,
        "every": True,
    },
}  # fmt: skip


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def every_kind(request):
    """Draw a network of each kind in turn."""
    return draw(**request.param)
