"""Random models are valid in every corner, and exercise their states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export import golden
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import WEIGHTS, random_model


@settings(deadline=None, max_examples=120, derandomize=True)
@given(
    seed=st.integers(0, 1 << 32),
    weights=st.sampled_from(WEIGHTS),
    log2_block=st.integers(1, 6),
    blocks=st.integers(2, 9),
    state_bits=st.integers(4, 16),
    w_bits=st.integers(2, 8),
    activation=st.sampled_from(["linear", "relu", "modrelu"]),
    channels=st.integers(1, 4),
    vocabulary=st.sampled_from([0, 2, 3, 256]),
    input_bits=st.integers(1, 16),
    input_signed=st.booleans(),
    u_bits=st.integers(2, 8),
    table_bits=st.integers(2, 16),
    v_bits=st.integers(2, 8),
    origin_bits=st.sampled_from([0, 2, 5, 8]),
    biased=st.booleans(),
    classes=st.integers(1, 12),
    relu=st.booleans(),
    every=st.booleans(),
)
def test_every_shape_is_valid(seed, log2_block, blocks, weights, activation, **options):
    rng = np.random.default_rng(seed)
    hidden, block = blocks << log2_block, 1 << log2_block
    model = random_model(
        rng, hidden, weights=weights, block=block, activation=activation, **options
    )  # fmt: skip
    recurrence, inputs, readout = model.recurrence, model.inputs, model.readout
    assert (model.hidden, model.state_bits) == (hidden, options["state_bits"])
    if weights == "hadamard":
        assert (recurrence.block, recurrence.activation) == (block, "linear")
        assert (model.origin is None) == (not options["origin_bits"])
        if model.origin is not None:
            assert model.origin.bits == min(options["origin_bits"], model.state_bits)
    else:
        assert recurrence.activation == activation
        assert recurrence.bits == (options["w_bits"] if weights == "levels" else 1)
        assert model.origin is None
    if options["vocabulary"]:
        assert isinstance(inputs, Tokens)
        assert (inputs.vocabulary, inputs.table_bits) == (
            options["vocabulary"], options["table_bits"],
        )  # fmt: skip
    else:
        assert (inputs.channels, inputs.bits, inputs.signed, inputs.u_bits) == (
            options["channels"], options["input_bits"], options["input_signed"], options["u_bits"],
        )  # fmt: skip
    assert (model.classes, readout.v_bits, readout.relu, readout.every) == (
        options["classes"], options["v_bits"], options["relu"], options["every"],
    )  # fmt: skip
    if not options["biased"] and (weights == "hadamard" or activation != "modrelu"):
        assert not model.bias.any()


@pytest.mark.parametrize("hidden", [8, 32, 256])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_kinds_of_weights_are_what_they_are_called(weights, hidden):
    model = random_model(np.random.default_rng(hidden), hidden, 8, weights=weights)
    assert model.recurrence.kind == weights


@pytest.mark.parametrize("hidden", [4, 32, 256])
@pytest.mark.parametrize("state_bits", [4, 8, 16])
def test_states_use_their_range_and_saturate_now_and_then(hidden, state_bits):
    rng = np.random.default_rng(6)
    model = random_model(rng, hidden, state_bits)
    run = golden.run(model, rng.integers(0, 256, (20, 40)), states=True)
    top = 1 << state_bits - 1
    assert run.states.min() < -top / 2
    assert run.states.max() > top / 2
    assert 0 < run.saturated < run.states.size / 2


@pytest.mark.parametrize("activation", ["linear", "relu", "modrelu"])
@pytest.mark.parametrize("weights", ["block hadamard", "binary", "ternary", "levels"])
@pytest.mark.parametrize("vocabulary", [0, 6], ids=["numbers", "tokens"])
@pytest.mark.parametrize("state_bits", [4, 8, 16])
def test_states_of_all_kinds_do_so_in_most_models(weights, activation, vocabulary, state_bits):
    loud, saturated = 0, []
    for seed in range(9):
        rng = np.random.default_rng([7, seed])
        kind = {"weights": "hadamard", "block": 4} if "block" in weights else {"weights": weights}
        model = random_model(
            rng, 16, state_bits, activation=activation, vocabulary=vocabulary, **kind
        )
        x = np.stack([random_sequence(rng, model, 40) for _ in range(8)])
        run = golden.run(model, x, states=True)
        loud += abs(run.states).max() > 1 << state_bits - 2
        saturated.append(run.saturated / run.states.size)
    assert loud >= 7
    assert max(saturated) > 0
    assert sorted(saturated)[4] < 0.5


@pytest.mark.parametrize("options", [{"channels": 3}, {"vocabulary": 5}], ids=str)
def test_sequences_fit_their_model(options):
    rng = np.random.default_rng(8)
    model = random_model(rng, 8, 8, **options)
    x = random_sequence(rng, model, 50)
    assert x.shape == (50, model.inputs.channels)
    assert (model.inputs.check(x[None])[0] == x).all()
    if "vocabulary" in options:
        assert set(x[:, 0].tolist()) == set(range(5))
