"""Random models are valid in every corner, and exercise their states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export import golden
from qrnn_hw.sim.random_model import random_model


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1 << 32),
    log2_hidden=st.integers(2, 10),
    state_bits=st.integers(4, 16),
    input_bits=st.integers(1, 16),
    input_signed=st.booleans(),
    u_bits=st.integers(2, 8),
    v_bits=st.integers(2, 8),
    origin_bits=st.integers(2, 8),
    classes=st.integers(2, 12),
)
def test_every_shape_is_valid(seed, log2_hidden, state_bits, origin_bits, **options):
    rng = np.random.default_rng(seed)
    model = random_model(rng, 1 << log2_hidden, state_bits, origin_bits=origin_bits, **options)
    assert model.origin_bits == min(origin_bits, state_bits)
    for name, value in options.items():
        assert getattr(model, name) == value


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
