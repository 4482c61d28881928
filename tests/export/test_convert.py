"""Every constant of an integer model is what docs/arithmetic.md, section 3, says."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qrnn_hw.export.convert import digest, integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.export.weights import DenseWeights, Levels, TokenInputs

HIDDEN = [pytest.param(16, id="even"), pytest.param(32, id="odd")]


def start_of(model):
    """Return the state before the first step in real units."""
    return model.offset(0) * model.state_step


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
    unit = 1 << int(model.origin.shift[1])
    found = model.origin.levels[1] * unit
    inside = abs(model.origin.levels[1] + 0.5) < (1 << model.origin.bits - 1) - 1
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


def test_without_an_origin_the_range_is_held_exactly(trained):
    for network in (trained(16, origin=False), trained(8, weights="levels")):
        for state_bits in (4, 12, 16):
            model = integer_model(network, state_bits)
            top = 1 << state_bits - 1
            assert model.state_step * top == pytest.approx(0.75 * network.state_range, rel=1e-15)


def test_the_range_of_a_width_is_the_calibrated_one(trained):
    ranges = {"8": 0.5, "12": 3.0}
    plain, network = trained(16, origin=False), trained(16, origin=False, ranges=ranges)
    for state_bits, reach in ((8, 0.5), (12, 3.0)):
        found = integer_model(network, state_bits).state_step * (1 << state_bits - 1)
        assert found == pytest.approx(reach, rel=1e-15)
    assert integer_model(network, 10).state_step == integer_model(plain, 10).state_step


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("state_bits", [6, 12])
def test_a_calibrated_range_is_exact_and_the_origin_is_rounded_again(trained, hidden, state_bits):
    reach = 0.05 * 100
    network = trained(hidden, ranges={str(state_bits): reach})
    model = integer_model(network, state_bits)
    assert model.state_step * (1 << state_bits - 1) == pytest.approx(reach, rel=1e-15)
    errors = abs(start_of(model) + network.origin.value)
    unit = model.state_step * (1 << int(model.origin.shift[0]))
    inside = abs(model.origin.levels[0] + 0.5) < (1 << model.origin.bits - 1) - 1
    assert inside.any()
    assert (errors[inside] <= unit / 2 * (1 + 1e-12)).all()
    # Other widths keep the rule.
    ratio = integer_model(network, 10).state_step / network.origin.step
    assert np.log2(ratio) == int(np.log2(ratio))


@pytest.mark.parametrize("state_bits", [8, 12, 16])
def test_every_constant_rounds_what_the_document_says(every_kind, state_bits):
    network = every_kind
    model = integer_model(network, state_bits)
    step, recurrence, inputs, readout = (
        model.state_step, model.recurrence, model.inputs, model.readout,
    )  # fmt: skip
    dense = isinstance(recurrence, Dense)
    for p in range(model.parities):
        c = np.sqrt(2) if p else 1.0
        if dense:
            unit = step * recurrence.multiplier / 2.0**recurrence.fraction
        else:
            unit = step / c / 2.0 ** model.shift(p)
        if isinstance(network.inputs, TokenInputs):
            found = inputs.table[p] * 2.0 ** inputs.table_shift[p]
            errors = abs(found - network.inputs.table.value / unit)
            assert errors.max() <= 2.0 ** inputs.table_shift[p] / 2 * (1 + 1e-9)
        else:
            gain = network.inputs.u.step * network.inputs.step / unit
            assert abs(inputs.gain[p] / 2.0**inputs.gain_frac - gain) <= 0.5 / 2.0**inputs.gain_frac
        assert abs(model.bias[p] - network.bias / unit).max() <= 0.5 * (1 + 1e-9)
        bias = network.readout.class_bias * c / (network.readout.v.step * step)
        assert abs(readout.class_bias[p] - bias).max() <= 0.5 * (1 + 1e-9)
        wanted = network.readout.v.step * step / c
        assert readout.logit_step[p] == pytest.approx(wanted, rel=1e-15)
    if dense:
        assert recurrence.weights.tolist() == network.recurrence.w.levels.tolist()
        assert recurrence.bits == network.recurrence.w.bits
        assert recurrence.activation == network.recurrence.activation
    else:
        assert recurrence.signs.tolist() == network.recurrence.signs.tolist()
        assert recurrence.block == network.recurrence.block
    if isinstance(network.inputs, TokenInputs):
        assert inputs.table_bits == max(8, network.inputs.table.bits + 2)
        assert inputs.vocabulary == len(network.inputs.table.levels)
    else:
        assert inputs.u.tolist() == network.inputs.u.levels.tolist()
        assert (inputs.u_bits, inputs.bits, inputs.signed, inputs.gain_frac) == (4, 8, False, 12)
    assert readout.v.tolist() == network.readout.v.levels.tolist()
    assert (readout.v_bits, readout.relu, readout.every) == (
        3, network.readout.relu, network.readout.every,
    )  # fmt: skip
    assert (model.origin is None) == (network.origin is None)
    assert (model.state_bits, model.source) == (state_bits, digest(network))


@given(st.floats(2.0**-25, 2.0**24, exclude_max=True))
@settings(deadline=None, max_examples=200, derandomize=True)
def test_the_multiplier_of_any_step_has_16_bits(every_trained, step):
    assume(step < 2.0**24 * (1 - 2.0**-17))  # else it rounds to a number of 17 bits
    network = every_trained
    recurrence = replace(network.recurrence, w=replace(network.recurrence.w, step=step))
    found = integer_model(replace(network, recurrence=recurrence), 4).recurrence
    assert 1 << 15 <= found.multiplier < 1 << 16
    scale = found.multiplier * 2.0 ** (found.guard - found.fraction)
    assert abs(scale / step - 1) <= 2.0**-16 * (1 + 1e-9)
    # A unit of the state is at least 32 of the sum, if guard bits can make it so, and no more
    # guard bits are spent than that takes.
    units = 2.0**found.guard / step
    assert units >= 32 * (1 - 1e-9) or found.guard == 8
    assert units < 64 * (1 + 1e-9) or found.guard == 0


@pytest.fixture(scope="module")
def every_trained(trained):
    """Return a small dense network that takes any step of its matrix."""
    network = trained(4, weights="binary")
    inputs = replace(network.inputs, step=1e-9)
    return replace(network, inputs=inputs, bias=np.zeros(4))


@pytest.mark.parametrize("step", [2.0**-25 * 0.999, 2.0**24, 1e300, 5e-324])
def test_a_step_that_is_no_scale_is_refused(trained, step):
    network = trained(8, weights="binary")
    recurrence = replace(network.recurrence, w=replace(network.recurrence.w, step=step))
    message = f"the step of w must be 2**-25 to 2**24, not {step}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        integer_model(replace(network, recurrence=recurrence), 8)
    assert caught.value.hint == "train again with another scale"


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_shift_of_a_table_is_the_least_that_fits(trained, hidden, bits):
    network = trained(hidden, vocabulary=5, origin=False, table_bits=bits)
    inputs = integer_model(network, 12).inputs
    bits = min(16, max(8, bits + 2))
    assert (inputs.table_bits, inputs.parities) == (bits, 1 + (hidden == 32))
    for p in range(inputs.parities):
        assert abs(inputs.table[p]).max() < 1 << bits - 1
        assert abs(inputs.table[p]).max() >= (1 << bits - 2) - 1 or inputs.table_shift[p] == 0


def test_the_constants_are_copies(trained):
    for network in (trained(16), trained(8, weights="levels")):
        integer_model(network)
        network.inputs.u.levels[0] = 0
        network.readout.v.levels[:] = 0
        if isinstance(network.recurrence, DenseWeights):
            network.recurrence.w.levels[:] = 0
        else:
            network.recurrence.signs[:] = 1


def test_an_origin_of_zeros_is_none(trained):
    network = trained(16)
    zeros = replace(network.origin, levels=np.zeros(16, int))
    assert integer_model(replace(network, origin=zeros), 8).origin is None


def test_a_bias_of_zeros_stays_zeros(trained):
    assert not integer_model(trained(32), 12).bias.any()
    assert integer_model(trained(32, bias=0.1), 12).bias.any(1).all()


def test_classes_without_names_are_numbered(trained):
    assert integer_model(trained(4)).labels == ("red", "green", "blue")
    assert integer_model(trained(4, task={})).labels == ("0", "1", "2")
    assert integer_model(trained(4, task={"classes": [7, 8, 9]})).labels == ("7", "8", "9")
    alone = trained(4, classes=1)
    assert integer_model(alone).labels == ("no", "yes")
    assert integer_model(replace(alone, task={"classes": ["sum"]})).labels == ("sum",)


@pytest.mark.parametrize("state_bits", [-1, 3, 17, 100])
def test_other_state_bits_are_refused(trained, state_bits):
    message = f"state_bits must be 4..16, not {state_bits}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        integer_model(trained(4), state_bits)
    assert caught.value.hint == "12 keeps float accuracy"


@pytest.mark.parametrize("size", [1e6, 1e30, 1e300])
def test_a_bias_beyond_its_range_is_refused(trained, size):
    network = trained(4)
    readout = replace(network.readout, class_bias=np.array([size, 0, 0]))
    with pytest.raises(ModelError, match=r"^class_bias must be within 16384, not \d+$"):
        integer_model(replace(network, readout=readout), 12)
    with pytest.raises(ModelError, match=r"^bias must be within 4294967296, not \d+$"):
        integer_model(replace(network, bias=np.array([-1e4 * size, 0, 0, 0])), 12)


def test_narrow_states_hold_a_wide_origin_in_fewer_bits(trained):
    origin = Levels(8, 0.01, np.array([-120, 120, 5, -6]))
    network = trained(4, state_range=1.4)
    network = replace(network, origin=origin)
    model = integer_model(network, 5)
    assert (model.origin.bits, model.origin.shift.tolist()) == (5, [0])
    assert (abs(start_of(model) + origin.value) <= model.state_step / 2 * (1 + 1e-12)).all()


def inner(network, part, **changes):
    """Return a network with fields of a part changed; of a tensor in it, by ``part.tensor``."""
    name, _, tensor = part.partition(".")
    whole = getattr(network, name)
    if tensor:
        whole = replace(whole, **{tensor: replace(getattr(whole, tensor), **changes)})
    else:
        whole = replace(whole, **changes)
    return replace(network, **{name: whole})


def test_the_digest_is_of_what_decides_the_outputs(trained):
    network = trained(8)
    same = replace(network, card={}, task={}, samples_x=network.samples_x[:1],
                   samples_lengths=network.samples_lengths[:1],
                   samples_y=network.samples_y[:1])  # fmt: skip
    assert digest(same) == digest(network)
    u, v = network.inputs.u, network.readout.v
    others = [
        inner(network, "recurrence", signs=-network.recurrence.signs),
        inner(replace(network, cell="Block-HadamRNN"), "recurrence", block=4),
        inner(network, "inputs.u", levels=u.levels ^ 1),
        inner(network, "inputs.u", step=0.04),
        inner(network, "inputs.u", bits=5),
        inner(network, "inputs", bits=9),
        inner(network, "inputs", signed=True),
        inner(network, "inputs", step=0.5),
        inner(network, "readout.v", levels=v.levels ^ 1),
        inner(network, "readout.v", step=0.04),
        inner(network, "readout.v", bits=4),
        inner(network, "readout", class_bias=network.readout.class_bias + 1e-9),
        inner(network, "readout", relu=False),
        inner(replace(network, samples_x=network.samples_x[:0], samples_y=np.zeros(0, int),
                      samples_lengths=np.zeros(0, int)), "readout", every=True),
        inner(network, "origin", bits=6),
        inner(network, "origin", step=0.04),
        inner(network, "origin", levels=network.origin.levels ^ 1),
        replace(network, origin=None),
        replace(network, bias=network.bias + 1e-9),
        replace(network, state_range=99.0),
        replace(network, ranges={"12": 99.0}),
    ]  # fmt: skip
    digests = {digest(other) for other in others}
    assert len(digests | {digest(network)}) == len(others) + 1


def test_the_digest_of_a_dense_network_of_tokens(trained):
    network = trained(8, weights="levels", vocabulary=4, activation="modrelu", bias=0.1)
    w, table = network.recurrence.w, network.inputs.table
    others = [
        inner(network, "recurrence.w", levels=w.levels ^ 1),
        inner(network, "recurrence.w", step=0.3),
        inner(network, "recurrence.w", bits=8),
        inner(network, "recurrence", activation="relu"),
        inner(network, "inputs.table", levels=table.levels ^ 1),
        inner(network, "inputs.table", step=0.3),
        inner(network, "inputs.table", bits=9),
        replace(network, bias=network.bias * 2),
    ]
    digests = {digest(other) for other in others}
    assert len(digests | {digest(network)}) == len(others) + 1


WILD = st.floats(5e-324, 1e308) | st.sampled_from([1e-300, 1e300, 1.0, 1e-9, 1e9])


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    data=st.data(), kind=st.sampled_from(["numbers", "tokens"]), state_bits=st.integers(4, 16)
)  # fmt: skip
def test_any_network_converts_or_is_refused(trained, data, kind, state_bits):
    wild = lambda: data.draw(WILD)  # noqa: E731
    if kind == "numbers":
        network = trained(8)
        network = inner(network, "origin", step=wild())
        network = inner(inner(network, "inputs.u", step=wild()), "inputs", step=wild())
    else:
        network = trained(8, weights="levels", vocabulary=4)
        network = inner(inner(network, "inputs.table", step=wild()), "recurrence.w", step=wild())
    network = inner(inner(network, "readout.v", step=wild()), "readout",
                    class_bias=np.array([wild(), -wild(), 0]))  # fmt: skip
    network = replace(network, bias=np.full(8, -wild()), state_range=wild())
    try:
        model = integer_model(network, state_bits)
    except ModelError as error:
        assert str(error)
    else:
        assert isinstance(model, IntegerModel)


def test_a_network_without_a_halved_transform_is_refused_by_name(trained):
    dense = trained(8, weights="ternary")
    with pytest.raises(ModelError, match="halved transform must be of a Hadamard recurrence"):
        integer_model(dense, 12, "halved")
    with pytest.raises(ModelError, match="blocks of 8 units or more"):
        integer_model(trained(4), 12, "halved")
    with pytest.raises(ModelError, match="the transform must be halved, or left out"):
        integer_model(trained(8), 12, "Halved")
    model = integer_model(trained(32), 12, "halved")
    assert (model.accumulator_bits, [model.shift(t) for t in (0, 1)]) == (14, [1, 0])
