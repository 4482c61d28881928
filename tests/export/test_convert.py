"""The integer model of a trained network follows the network in real units."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import digest, integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import Levels

HIDDEN = [pytest.param(16, id="even"), pytest.param(32, id="odd")]
STEPS = 26  # even: there the origin that the readout subtracts is exact


def float_run(trained, x):
    """Run the recurrence of docs/arithmetic.md, section 3, in real units.

    Returns
    -------
    g, (n, T, d), and logits, (n, classes)
    """
    d = trained.hidden
    w = trained.signs[:, None] * golden.sylvester(d) / np.sqrt(d)
    c = trained.origin.value
    g, states = np.tile(-c, (len(x), 1)), []
    for column in x.T:
        g = g @ w.T + trained.input_step * column[:, None] * trained.u.value[:, 0]
        states.append(g)
    logits = np.maximum(g + c, 0) @ trained.v.value.T + trained.class_bias
    return np.stack(states, 1), logits


def real_states(model, states):
    """Count integer states in real units: ``g_t = D n_t / c_t``."""
    steps = np.arange(1, states.shape[1] + 1)
    scale = np.sqrt(2.0) ** (steps % model.parities)
    return model.state_step * states / scale[:, None]


@pytest.mark.parametrize("biased", [True, False], ids=["biased", "unbiased"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_more_state_bits_follow_the_network_closer(trained, hidden, biased):
    rng = np.random.default_rng(70)
    network = trained(hidden, biased=biased)
    x = rng.integers(0, 256, (8, STEPS))
    g, logits = float_run(network, x)
    state_errors, logit_errors = [], []
    for state_bits in (6, 8, 10, 12, 14, 16):
        # The guard bits of the gain are made for the input's width; here the states have more.
        model = integer_model(network, state_bits)
        run = golden.run(model, x, states=True)
        assert run.saturated == 0
        errors = real_states(model, run.states) - g
        state_errors.append(np.sqrt(np.square(errors).mean()))
        real_logits = run.logits * model.logit_step[model.parity(STEPS)]
        logit_errors.append(abs(real_logits - logits).max())
        # At most a rounding of half a unit a step enters, and W spreads it without gain.
        inputs = 255 * network.u.step * abs(network.u.levels).max() * network.input_step
        drift = inputs * 2.0**-7 + np.sqrt(2) * model.state_step
        assert abs(errors).max() < STEPS * drift
    for errors in (state_errors, logit_errors):
        # Every two bits divide the error by about four, down to the precision of the gain.
        assert all(later < one for one, later in zip(errors[:3], errors[1:4]))
        assert errors[3] < errors[0] / 16
        assert errors[5] < errors[0] / 30


def start_of(model):
    """Return the state before the first step in real units."""
    return (model.origin[0] << model.origin_shift[0]) * model.state_step


@pytest.mark.parametrize("state_bits", range(4, 17))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_origin_is_exact_at_even_steps_where_the_state_is_fine_enough(
    trained, hidden, state_bits
):
    network = trained(hidden)
    model = integer_model(network, state_bits)
    errors = abs(start_of(model) + network.origin.value)
    assert (errors <= model.state_step / 2 * (1 + 1e-12)).all()
    if model.state_step <= network.origin.step:
        np.testing.assert_allclose(start_of(model), -network.origin.value, rtol=1e-15)


def test_some_of_these_origins_are_exact_and_some_are_not(trained):
    ratios = {integer_model(trained(16), a).state_step / 0.05 for a in range(4, 17)}
    assert min(ratios) < 1 < max(ratios)


def test_the_least_level_of_the_origin_is_at_most_a_level_off(trained):
    network = trained(16)
    levels = network.origin.levels.copy()
    levels[3] = -16
    origin = replace(network.origin, levels=levels)
    errors = abs(start_of(integer_model(replace(network, origin=origin), 12)) + origin.value)
    assert errors[3] <= origin.step * (1 + 1e-12)
    assert np.delete(errors, 3).max() < 1e-12


def test_the_origin_at_odd_steps_is_the_nearest_on_its_grid(trained):
    network = trained(32)
    model = integer_model(network, 12)
    wanted = -network.origin.value * np.sqrt(2) / model.state_step
    unit = 1 << int(model.origin_shift[1])
    found = model.origin[1] * unit
    inside = abs(model.origin[1] + 0.5) < (1 << model.origin_bits - 1) - 1
    assert inside.any()
    assert (abs(found - wanted)[inside] <= unit / 2).all()


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("state_bits", range(4, 17))
def test_the_state_step_is_the_least_that_holds_the_range(trained, hidden, state_bits):
    network = trained(hidden)
    model = integer_model(network, state_bits)
    ratio = model.state_step / network.origin.step
    assert np.log2(ratio) == int(np.log2(ratio))
    top = 1 << state_bits - 1
    needed = 0.75 * network.state_range
    assert model.state_step * top >= needed > model.state_step / 2 * top


@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_constant_rounds_what_the_document_says(trained, hidden):
    network = trained(hidden)
    model = integer_model(network, 12)
    parities = range(model.parities)
    c = [1.0, np.sqrt(2)][: model.parities]
    step = model.state_step
    for p in parities:
        shift = model.shift(p)
        gain = network.u.step * network.input_step / step * c[p] * 2.0**shift
        assert abs(model.gain[p] / 2.0**model.gain_frac - gain) <= 0.5 / 2.0**model.gain_frac
        bias = network.class_bias * c[p] / (network.v.step * step)
        assert (abs(model.class_bias[p] - bias) <= 0.5).all()
        assert model.logit_step[p] == pytest.approx(network.v.step * step / c[p], rel=1e-15)
    assert model.u.tolist() == network.u.levels[:, 0].tolist()
    assert model.v.tolist() == network.v.levels.tolist()
    assert model.signs.tolist() == network.signs.tolist()
    assert (model.u_bits, model.v_bits, model.origin_bits) == (4, 3, 5)
    assert (model.input_bits, model.input_signed, model.gain_frac) == (8, False, 12)
    assert model.labels == ("red", "green", "blue")
    assert model.source == digest(network)


def test_the_constants_are_copies(trained):
    network = trained(16)
    integer_model(network)
    network.u.levels[0] = 0
    network.signs[:] = 1
    network.v.levels[:] = 0


def test_no_bias_means_no_origin(trained):
    for hidden in (16, 32):
        model = integer_model(trained(hidden, biased=False), 8)
        assert not model.origin.any()
        assert not model.origin_shift.any()


def test_classes_without_names_are_numbered(trained):
    assert integer_model(trained(4, task={})).labels == ("0", "1", "2")
    assert integer_model(trained(4, task={"classes": [7, 8, 9]})).labels == ("7", "8", "9")


@pytest.mark.parametrize("state_bits", [-1, 3, 17, 100])
def test_other_state_bits_are_refused(trained, state_bits):
    message = f"state_bits must be 4..16, not {state_bits}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        integer_model(trained(4), state_bits)
    assert caught.value.hint == "12 keeps float accuracy"


def test_a_bias_beyond_the_logits_is_refused(trained):
    network = trained(4, class_bias=np.array([1e6, 0, 0]))
    with pytest.raises(ModelError, match=r"^class_bias must be within 8192, not \d+$"):
        integer_model(network, 12)


def test_narrow_states_hold_a_wide_origin_in_fewer_bits(trained):
    origin = Levels(8, 0.01, np.array([-120, 120, 5, -6]))
    network = trained(4, origin=origin, state_range=1.4)
    model = integer_model(network, 5)
    assert (model.origin_bits, model.origin_shift.tolist()) == (5, [0])
    start = model.origin[0] * model.state_step
    assert (abs(start + origin.value) <= model.state_step / 2 * (1 + 1e-12)).all()


def test_the_digest_is_of_what_decides_the_outputs(trained):
    network = trained(8)
    same = replace(network, card={}, task={}, samples_x=network.samples_x[:1],
                   samples_y=network.samples_y[:1])  # fmt: skip
    assert digest(same) == digest(network)
    others = [
        {"signs": -network.signs},
        {"u": replace(network.u, levels=network.u.levels ^ 1)},
        {"v": replace(network.v, step=0.04)},
        {"origin": replace(network.origin, bits=6)},
        {"class_bias": network.class_bias + 1e-9},
        {"input_bits": 9},
        {"input_signed": True},
        {"input_step": 0.5},
        {"state_range": 99.0},
    ]
    digests = {digest(replace(network, **change)) for change in others}
    assert len(digests | {digest(network)}) == len(others) + 1


def test_a_network_with_one_sign_flipped_is_not_followed(trained):
    network = trained(32)
    x = np.random.default_rng(71).integers(0, 256, (4, 6))
    signs = network.signs.copy()
    signs[5] *= -1
    model = integer_model(replace(network, signs=signs), 12)
    errors = real_states(model, golden.run(model, x, states=True).states) - float_run(network, x)[0]
    assert abs(errors).max() > 100 * model.state_step
