"""Parameters, widths, memories."""

import re

import numpy as np
import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model


def plan_of(hidden, lanes, rows, bits=1, readout_rows=0, **options):
    return PopcountPlan(
        random_model(np.random.default_rng(1), hidden, 8, **options),
        lanes,
        rows,
        bits,
        readout_rows,
    )


@pytest.mark.parametrize(
    ("lanes", "rows", "bits", "readout_rows", "message"),
    [
        pytest.param(0, 1, 1, 0, "lanes must be 1..8, not 0", id="no-lane"),
        pytest.param(9, 1, 1, 0, "lanes must be 1..8, not 9", id="more-lanes-than-units"),
        pytest.param(6, 4, 1, 0, "rows must divide the 6 lanes, and 4 do not", id="rows"),
        pytest.param(6, 0, 1, 0, "rows must divide the 6 lanes, and 0 do not", id="no-row"),
        pytest.param(6, 3, 1, 4, "readout_rows must be 0..3, not 4", id="rows-of-v"),
        pytest.param(6, 3, 0, 0, "bits must be 1..8, not 0", id="no-bit"),
        pytest.param(6, 3, 9, 0, "bits must be 1..8, not 9", id="more-bits-than-a-state"),
    ],
)
def test_refuses_what_cannot_be(lanes, rows, bits, readout_rows, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        plan_of(8, lanes, rows, bits, readout_rows)
    assert caught.value.hint == "leave --lanes and --rows out to let the planner choose"


def test_v_takes_one_row_where_more_would_take_block_ram():
    whole = plan_of(128, 32, 8, weights="levels", w_bits=4, classes=10)
    assert whole.recurrent_depth == 256
    assert whole.readout_rows == 1
    assert plan_of(128, 32, 8, weights="binary", classes=10).readout_rows == 8


@pytest.mark.parametrize(
    ("options", "kind", "planes"),
    [
        pytest.param({"weights": "hadamard"}, "binary", 1, id="hadamard"),
        pytest.param({"weights": "hadamard", "block": 4}, "ternary", 1, id="block"),
        pytest.param({"weights": "binary"}, "binary", 1, id="binary"),
        pytest.param({"weights": "ternary"}, "ternary", 1, id="ternary"),
        pytest.param({"weights": "levels", "w_bits": 5}, "levels", 5, id="levels"),
    ],
)
def test_stores_each_kind_of_weights_its_way(options, kind, planes):
    plan = plan_of(16, 8, 4, **options)
    assert (plan.kind, plan.planes) == (kind, planes)
    assert plan.row_bits == 8 * (1 + (kind == "ternary"))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("activation", ["linear", "relu", "modrelu"])
def test_no_value_leaves_its_bounds(seed, activation):
    rng = np.random.default_rng([2, seed])
    options = {"channels": 3, "input_signed": True} if seed % 2 else {"vocabulary": 6}
    model = random_model(
        rng, 8, 6, weights="levels", activation=activation, biased=True, relu=seed < 3, **options
    )
    bounds = PopcountPlan(model, 8, 2).bounds
    low, high = model.input_range
    x = rng.integers(low, high + 1, (300, model.inputs.channels))
    n = rng.choice([-32, 31], (300, 8))
    terms = model.inputs.terms(x, 0)
    bias = 0 if activation == "modrelu" else model.bias[0]
    values = ((n @ model.recurrence.matrix().T) << model.recurrence.guard) + terms + bias
    features = np.maximum(n, 0) if model.readout.relu else n
    logits = features @ model.readout.v.T + model.readout.class_bias[0]
    found = {"values": values, "features": features, "logits": logits, "terms": terms + bias}
    for name, array in found.items():
        size = getattr(bounds, name)
        assert size.low <= array.min() and array.max() <= size.high, name
    # The bounds are reached, or nearly: they are no guesses.
    assert bounds.logits.signed <= model.logit_bits
    assert bounds.features.high == (31 if model.readout.relu or features.max() == 31 else 0)


def test_tables_hold_what_the_model_says():
    rng = np.random.default_rng(3)
    for vocabulary in (0, 5):
        model = random_model(rng, 12, 8, weights="hadamard", block=2, vocabulary=vocabulary)
        plan = PopcountPlan(model, 4, 2)
        assert isinstance(model.inputs, Tokens) == bool(vocabulary)
        assert plan.table_depth == 2 * (12 + 3)
