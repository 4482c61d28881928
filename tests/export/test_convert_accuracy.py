"""The integer run follows the network in real units, within what rounding can do."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.recurrence import Dense, Hadamard
from qrnn_hw.export.weights import DenseWeights, HadamardWeights, TokenInputs
from qrnn_hw.sim.core.float_run import float_run

STEPS = 26  # even: there the origin that the readout subtracts is exact
SLACK = 1 + 1e-9  # of the real numbers' own rounding


def real_states(model, states):
    """Count integer states in real units: ``g_t = D n_t / c_t``."""
    steps = np.arange(1, states.shape[1] + 1)
    scale = np.sqrt(2.0) ** (steps % model.parities)
    return model.state_step * states / scale[:, None]


def float_states(network, x):
    """Run a Hadamard network of numbers as the paper does, in real units: g_t, (n, T, d)."""
    weights = network.recurrence
    w = Hadamard(weights.signs.copy(), weights.block).matrix() / np.sqrt(weights.block)
    g, states = np.tile(-network.origin.value, (len(x), 1)), []
    for t in range(x.shape[1]):
        g = g @ w.T + network.inputs.step * x[:, t] @ network.inputs.u.value.T + network.bias
        states.append(g)
    return np.stack(states, 1)


@pytest.mark.parametrize("bias", [0, 0.02], ids=["unbiased", "biased"])
@pytest.mark.parametrize("hidden", [16, 32], ids=["even", "odd"])
def test_more_state_bits_follow_the_network_closer(trained, hidden, bias):
    rng = np.random.default_rng(70)
    network = trained(hidden, bias=bias)
    x = rng.integers(0, 256, (8, STEPS, 1))
    g, logits = float_states(network, x), float_run(network, x)
    state_errors, logit_errors = [], []
    for state_bits in (6, 8, 10, 12, 14, 16):
        # The guard bits of the gain are made for the input's width; here the states have more.
        model = integer_model(network, state_bits)
        run = golden.run(model, x, states=True)
        assert run.saturated == 0
        errors = real_states(model, run.states) - g
        state_errors.append(np.sqrt(np.square(errors).mean()))
        real_logits = run.logits * model.readout.logit_step[model.parity(STEPS)]
        logit_errors.append(abs(real_logits - logits).max())
        # At most a rounding of half a unit a step enters, and W spreads it without gain.
        u = network.inputs.u
        inputs = 255 * u.step * abs(u.levels).max() * network.inputs.step
        drift = inputs * 2.0**-7 + np.sqrt(2) * model.state_step
        assert abs(errors).max() < STEPS * drift
    for errors in (state_errors, logit_errors):
        # Every two bits divide the error by about four, down to the precision of the gain.
        assert all(later < one for one, later in zip(errors[:3], errors[1:4]))
        assert errors[3] < errors[0] / 16
        assert errors[5] < errors[0] / 30


def unit_of_sum(model, p):
    """Return the real value of a unit of v at a step of parity p."""
    if isinstance(model.recurrence, Dense):
        return model.state_step * model.recurrence.multiplier / 2.0**model.recurrence.fraction
    return model.state_step / np.sqrt(2.0) ** p / 2.0 ** model.shift(p)


def term_error(network, model, x, p):
    """Bound how far the rounded input and bias of a step are from the real ones, (n, d)."""
    inputs, unit = model.inputs, unit_of_sum(model, p)
    if isinstance(network.inputs, TokenInputs):
        units = np.full((len(x), model.hidden), 2.0 ** inputs.table_shift[p] / 2)
    else:  # the gain is half a unit of its last place off, and so is the product
        each = 0.5 + abs(x) * 0.5 / 2.0**inputs.gain_frac
        units = each @ abs(inputs.u).T.astype(float)
    return unit * (units + (0.5 if model.bias.any() else 0))


def logit_bound(network, model, x, states):
    """Bound the error of the logits of every step, (n, T, classes), from section 3 of the document.

    With a norm of the matrix, the error e of the states obeys ``|e_t| <= |W| |e_{t-1}| + ...``,
    because no activation here is steeper than the identity. What adds up: the rounding of the
    state, half a unit each; that of the term; and the error of the multiplier.
    """
    if isinstance(network.recurrence, DenseWeights):
        w = network.recurrence.w
        norm, scale = np.linalg.norm(w.value, 2), model.recurrence
        off = abs(scale.multiplier * 2.0 ** (scale.guard - scale.fraction) / w.step - 1)
    else:
        norm, off = 1.0, 0.0
    d, step, root = model.hidden, model.state_step, np.sqrt(2.0)
    wanted = 0 if network.origin is None else -network.origin.value
    errors, bounds = np.linalg.norm(model.offset(0) * step - wanted) * np.ones(len(x)), []
    before = np.tile(model.offset(0) * step, (len(x), 1))
    for t in range(1, x.shape[1] + 1):
        p = model.parity(t)
        unit = step / root**p
        errors = norm * errors + off * norm * np.linalg.norm(before, axis=1)
        errors = errors + np.linalg.norm(term_error(network, model, x[:, t - 1], p), axis=1)
        errors = errors + np.sqrt(d) * unit / 2
        before = states[:, t - 1] * unit
        zero = np.linalg.norm(model.offset(p) * unit - wanted)
        rows = np.linalg.norm(network.readout.v.value, axis=1)
        bounds.append(np.outer(errors + zero, rows) + model.readout.logit_step[p] / 2)
    return np.stack(bounds, 1)


def compared(network, model, x):
    """Return the errors of the logits of a sequence's every step, their bounds, the logits."""
    answers = replace(network.readout, every=True)
    none = {"samples_x": network.samples_x[:0], "samples_y": np.zeros(0, int),
            "samples_lengths": np.zeros(0, int)}  # fmt: skip
    network = replace(network, readout=answers, **none)
    model = replace(model, readout=replace(model.readout, every=True))
    run = golden.run(model, x, states=True)
    assert run.saturated == 0
    parity = np.arange(1, x.shape[1] + 1) % model.parities
    logits = run.logits * model.readout.logit_step[parity][:, None]
    real = float_run(network, x)
    return abs(logits - real), logit_bound(network, model, x, run.states), real


def sequences(network, steps):
    rng = np.random.default_rng(72)
    if isinstance(network.inputs, TokenInputs):
        return rng.integers(0, len(network.inputs.table.levels), (6, steps, 1))
    return rng.integers(0, 256, (6, steps, network.inputs.channels))


@pytest.mark.parametrize("state_bits", [12, 13, 14, 15, 16])
def test_logits_are_within_the_rounding_of_the_float_networks(every_kind, state_bits):
    x = sequences(every_kind, 12)
    errors, bounds, _ = compared(every_kind, integer_model(every_kind, state_bits), x)
    assert (errors <= bounds * SLACK).all()


def test_the_bound_is_tight_enough_to_mean_something(every_kind):
    network = every_kind
    x = sequences(network, 12)
    _, bounds, logits = compared(network, integer_model(network, 16), x)
    # A table of 8 bits is rounded again, and the origin at odd steps has 5 bits.
    coarse = isinstance(network.inputs, TokenInputs)
    assert bounds.max() < abs(logits).max() / (1 if coarse else 3)


FAULTS = {
    "multiplier": lambda model: {
        "recurrence": replace(model.recurrence, multiplier=model.recurrence.multiplier * 7 // 8)
    },
    "sign": lambda model: {
        "recurrence": replace(model.recurrence, signs=model.recurrence.signs * ([-1] + [1] * 31))
    },
    "gain": lambda model: {
        "inputs": replace(model.inputs, gain=model.inputs.gain * 15 // 16)
    },
    "gains-exchanged": lambda model: {
        "inputs": replace(model.inputs, gain=model.inputs.gain[::-1])
    },
    "origin": lambda model: {"origin": None},
    "threshold": lambda model: {"bias": model.bias * 7 // 8},
    "class-bias": lambda model: {
        "readout": replace(model.readout, class_bias=model.readout.class_bias * 0)
    },
}  # fmt: skip
DENSE = {"weights": "binary", "activation": "modrelu", "bias": 0.3}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        *[({"hidden": 32}, name) for name in ("sign", "gain", "gains-exchanged", "origin",
                                              "class-bias")],
        *[({"hidden": 16, **DENSE}, name) for name in ("multiplier", "threshold", "gain")],
    ],
)  # fmt: skip
def test_a_wrong_constant_breaks_the_bound(trained, options, fault):
    network = trained(**options)
    model, x = integer_model(network, 14), sequences(network, 12)
    errors, bounds, _ = compared(network, model, x)
    assert (errors <= bounds * SLACK).all()
    wrong = replace(model, **FAULTS[fault](model))
    errors, _, _ = compared(network, wrong, x)
    assert (errors > bounds).any()


def test_hadamard_networks_in_these_tests_are_what_they_say(every_kind):
    weights = every_kind.recurrence
    if isinstance(weights, HadamardWeights):
        assert every_kind.cell == ("HadamRNN" if weights.block == every_kind.hidden
                                   else "Block-HadamRNN")  # fmt: skip
    else:
        spread = np.linalg.svd(weights.w.value, compute_uv=False)
        assert 0.8 < spread.min() <= spread.max() < 1.2


def test_a_network_with_one_sign_flipped_is_not_followed(trained):
    network = trained(32)
    x = np.random.default_rng(71).integers(0, 256, (4, 6, 1))
    weights = replace(network.recurrence, signs=network.recurrence.signs * ([1] * 5 + [-1] * 27))
    model = integer_model(replace(network, recurrence=weights), 12)
    errors = real_states(model, golden.run(model, x, states=True).states) - float_states(network, x)
    assert abs(errors).max() > 100 * model.state_step


def test_an_input_that_is_zero_starts_a_modrelu_at_its_threshold(trained):
    # modReLU jumps at zero: a threshold above zero must take the same side in both.
    network = trained(8, weights="levels", activation="modrelu", relu=False)
    network = replace(network, bias=np.full(8, 0.25))
    model = integer_model(network, 14)
    x = np.zeros((1, 1, 1), int)
    logits = golden.run(model, x).logits * model.readout.logit_step[0]
    np.testing.assert_allclose(logits, float_run(network, x), atol=0.02)
    assert golden.run(model, x, states=True).states.min() > 0
