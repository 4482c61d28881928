"""The golden run against a simulator in plain loops, the document's."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model
from simulator import Simulator


def simulator(model):
    return Simulator(json.dumps(model.to_dict()))


def fits(number, bits):
    return -(1 << bits - 1) <= number < 1 << bits - 1


def check(model, x, lengths=None):
    """Compare all states and logits of sequences ``x``, and the widths; return what saturated."""
    run = golden.run(model, x, lengths, states=True)
    every = model.readout.every
    total = wrapped = 0
    for index, sequence in enumerate(x.tolist()):
        length = len(sequence) if lengths is None else int(lengths[index])
        naive = simulator(model)
        states, logits, classes = naive.run(sequence[:length])
        assert run.states[index, :length].tolist() == states
        assert not run.states[index, length:].any()
        if every:
            assert run.logits[index, :length].tolist() == logits
            assert run.classes[index, :length].tolist() == classes
            assert not run.logits[index, length:].any()
            assert (run.classes[index, length:] == -1).all()
        else:
            assert run.logits[index].tolist() == logits[0]
            assert run.classes[index] == classes[0]
        assert all(fits(value, model.accumulator_bits) for value in naive.sums)
        assert all(fits(value, model.feature_bits) for value in naive.features)
        assert all(fits(value, model.pool_bits) for value in naive.pooled)
        assert all(fits(value, model.sum_bits) for value in naive.layer_sums)
        assert all(fits(value, model.logit_bits) for row in logits for value in row)
        total, wrapped = total + naive.saturated, wrapped + naive.wrapped
    assert (run.saturated, run.wrapped) == (total, wrapped)
    return total


KINDS = {
    "hadamard": st.fixed_dictionaries({"weights": st.just("hadamard"), "block": st.just(None)}),
    "block hadamard": st.fixed_dictionaries(
        {"weights": st.just("hadamard"), "block": st.sampled_from([2, 4, 8])}
    ),
    "dense": st.fixed_dictionaries(
        {
            "weights": st.sampled_from(["binary", "ternary", "levels"]),
            "w_bits": st.integers(2, 8),
            "activation": st.sampled_from(["linear", "relu", "modrelu"]),
        }
    ),
}
OPTIONS = {
    "vocabulary": st.sampled_from([0, 0, 2, 5]),
    "channels": st.integers(1, 3),
    "input_bits": st.integers(1, 16),
    "input_signed": st.booleans(),
    "u_bits": st.integers(2, 8),
    "table_bits": st.integers(2, 16),
    "v_bits": st.integers(2, 8),
    "origin_bits": st.sampled_from([0, 2, 5, 16]),
    "biased": st.booleans(),
    "classes": st.integers(1, 5),
    "relu": st.booleans(),
    "every": st.booleans(),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=120, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1 << 32), state_bits=st.integers(4, 16))
def test_is_the_specification(kind, data, seed, state_bits):
    chosen = data.draw(KINDS[kind])
    options = data.draw(st.fixed_dictionaries(OPTIONS))
    if kind == "hadamard":
        hidden = 1 << data.draw(st.integers(2, 5))
    else:
        block = chosen.get("block") or 1
        hidden = max(4, block * data.draw(st.integers(1, 18 // block)))
    rng = np.random.default_rng(seed)
    model = random_model(rng, hidden, state_bits, **chosen, **options)
    low, high = model.input_range
    steps = int(rng.integers(1, 8))
    x = np.stack([random_sequence(rng, model, steps) for _ in range(3)])
    x[0] = np.where(rng.integers(0, 2, x[0].shape), low, high)
    lengths = rng.integers(1, steps + 1, 3) if data.draw(st.booleans()) else None
    check(model, x, lengths)


LOUD = {  # models whose states saturate
    "hadamard-4": {"hidden": 4},
    "hadamard-32-channels": {"hidden": 32, "channels": 2},
    "block-8-of-24": {"hidden": 24, "block": 8, "biased": True},
    "binary": {"hidden": 9, "weights": "binary"},
    "ternary-relu": {"hidden": 8, "weights": "ternary", "activation": "relu"},
    "levels-modrelu": {"hidden": 11, "weights": "levels", "activation": "modrelu"},
}


@pytest.mark.parametrize("input_bits", [1, 7, 16])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("state_bits", [4, 9, 16])
@pytest.mark.parametrize("options", LOUD.values(), ids=LOUD)
def test_is_the_specification_where_states_saturate(options, state_bits, signed, input_bits):
    rng = np.random.default_rng([40, options["hidden"], state_bits, input_bits])
    model = random_model(
        rng, state_bits=state_bits, input_bits=input_bits, input_signed=signed, u_bits=8, **options
    )
    model = replace(model, inputs=replace(model.inputs, gain=8 * model.inputs.gain))
    low, high = model.input_range
    x = rng.choice(np.array([low, high]), (2, 14, model.inputs.channels))
    assert check(model, x) > 0


@pytest.mark.parametrize("activation", ["linear", "relu", "modrelu"])
@pytest.mark.parametrize(
    ("multiplier", "fraction", "guard"),
    [(1, 0, 0), (1, 0, 8), (1, 3, 0), (1, 1, 2), (2, 1, 0), (65535, 16, 0), (65535, 40, 8),
     (3, 0, 0), (32768, 17, 2)],
)  # fmt: skip
def test_every_scale_of_a_dense_sum(activation, multiplier, fraction, guard):
    rng = np.random.default_rng([53, multiplier, fraction])
    model = random_model(rng, 6, 7, weights="levels", w_bits=3, activation=activation, biased=True)
    scale = {"multiplier": multiplier, "fraction": fraction, "guard": guard}
    model = replace(model, recurrence=replace(model.recurrence, **scale))
    check(model, rng.integers(0, 256, (3, 6, 1)))


def test_the_sign_of_zero_is_plus():
    rng = np.random.default_rng(54)
    model = random_model(rng, 5, 8, weights="ternary", activation="modrelu", input_signed=True)
    recurrence = replace(model.recurrence, multiplier=1, fraction=0)
    model = replace(model, recurrence=recurrence, bias=np.array([[3, -3, 0, 1, 200]]))
    states = golden.run(model, np.zeros((1, 1), int), states=True).states
    assert states.tolist() == [[[3, 0, 0, 1, 127]]]
    check(model, np.zeros((1, 4, 1), int))


@pytest.mark.parametrize("origin_shift", range(6))
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_every_shift_of_the_origin(hidden, origin_shift):
    rng = np.random.default_rng([41, origin_shift])
    model = random_model(rng, hidden, 8, origin_bits=3)
    shifts = np.full(model.parities, origin_shift)
    shifts[-1] = 5 - origin_shift if model.parities == 2 else origin_shift
    model = replace(model, origin=replace(model.origin, shift=shifts))
    for steps in (1, 2, 3):
        check(model, rng.integers(0, 256, (3, steps, 1)))


DECAYS = st.fixed_dictionaries(
    {
        "halves": st.integers(0, 5),
        "decays": st.sampled_from([(), (1,), (0, 3), (5, 3, 15), (2, 0, 7, 1)]),
    }
)
POOLED = st.none() | st.builds(
    Pool, st.sampled_from(["mean", "count"]), st.just(0), st.integers(1, 15)
) | st.builds(Pool, st.sampled_from(["mean", "count"]), st.integers(1, 9), st.just(0))  # fmt: skip


@settings(deadline=None, max_examples=200, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1 << 32), state_bits=st.integers(4, 16))
def test_is_the_specification_of_contract_3(data, seed, state_bits):
    options = data.draw(st.fixed_dictionaries(OPTIONS)) | data.draw(DECAYS)
    block, hidden = data.draw(st.sampled_from([(2, 6), (4, 8), (4, 12), (8, 8), (16, 32)]))
    options |= {"block": block, "zero": data.draw(st.booleans())}
    options["layer"] = data.draw(st.sampled_from([0, 0, 1, 3]))
    if (block.bit_length() - 1 + options["halves"]) % 2 == 0:
        options["pool"] = data.draw(POOLED)
        options["relu"] |= options["pool"] is not None
    rng = np.random.default_rng(seed)
    model = random_model(rng, hidden, state_bits, **options)
    lengths = rng.integers(1, 12, 3)
    low, high = model.input_range
    x = rng.integers(low, high, (3, 11, model.inputs.channels), endpoint=True)
    check(model, x, lengths)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1 << 32), state_bits=st.integers(5, 16))
def test_is_the_specification_of_a_halved_transform(data, seed, state_bits):
    options = data.draw(st.fixed_dictionaries(OPTIONS)) | data.draw(DECAYS)
    block, hidden = data.draw(st.sampled_from([(8, 8), (16, 32), (32, 32), (64, 64), (128, 128)]))
    options |= {"block": block, "transform": "halved", "input_bits": 6, "u_bits": 2}
    rng = np.random.default_rng(seed)
    model = random_model(rng, hidden, state_bits, **options)
    assert model.accumulator_bits <= state_bits + 4 + options["halves"] // 2
    low, high = model.input_range
    check(model, rng.integers(low, high, (2, 5, model.inputs.channels), endpoint=True))


def test_sums_that_wrap_are_counted():
    rng = np.random.default_rng(41)
    model = random_model(rng, 16, 8, transform="halved")
    _, wrapped = golden.products(model)(np.array([[-128] * 16, [127] * 16, [64] * 16]))
    assert wrapped.tolist() == [1, 1, 1]  # 16 n / 2 needs a bit more, the other sums are 0
    inputs = replace(model.inputs, gain=4 * model.inputs.gain)
    x = rng.choice(np.array([0, 255]), (4, 40, 1))
    check(replace(model, inputs=inputs), x)


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(46)
    model = random_model(rng, 4, 6, classes=4)
    equal = replace(
        model.readout, v=np.tile(model.readout.v[:1], (4, 1)), class_bias=np.array([[-1, 6, 6, 6]])
    )
    x = rng.integers(0, 256, (9, 3, 1))
    assert golden.run(replace(model, readout=equal), x).classes.tolist() == [1] * 9
    check(replace(model, readout=equal), x)


def test_a_decision_of_zero_is_no():
    rng = np.random.default_rng(55)
    model = random_model(rng, 4, 6, classes=1)
    for bias, answer in ((0, 0), (1, 1), (-1, 0)):
        silent = replace(model.readout, v=np.zeros((1, 4), int), class_bias=np.array([[bias]]))
        run = golden.run(replace(model, readout=silent), np.zeros((1, 2), int))
        assert (run.logits.tolist(), run.classes.tolist()) == ([[bias]], [answer])


HADAMARD_FAULTS = [
    pytest.param("recurrence.signs", lambda signs: signs * [1, -1, 1, 1, 1, 1, 1, 1], id="sign"),
    pytest.param("recurrence.block", lambda block: block // 4, id="block"),
    pytest.param("inputs.u", lambda u: u ^ [[1]] + [[0]] * 7, id="input-coefficient"),
    pytest.param("inputs.gain", lambda gain: gain[::-1], id="gains-exchanged"),
    pytest.param("bias", lambda bias: bias + [[8] * 8] * 2, id="bias"),
    pytest.param("origin.levels", lambda levels: levels ^ [[1], [0]], id="start"),
    pytest.param("readout.v", lambda v: v ^ 1, id="weights"),
    pytest.param("readout.class_bias", lambda bias: bias + 1, id="class-bias"),
    pytest.param("readout.relu", lambda relu: not relu, id="relu"),
]


DENSE_FAULTS = [
    pytest.param("recurrence.weights", lambda w: w ^ [[1, 0, 0, 0, 0]] * 5, id="matrix"),
    pytest.param("recurrence.multiplier", lambda m: m + m // 8, id="multiplier"),
    pytest.param("recurrence.fraction", lambda s: s + 1, id="fraction"),
    pytest.param("recurrence.guard", lambda g: g + 1, id="guard"),
    pytest.param("recurrence.activation", lambda _: "relu", id="activation"),
    pytest.param("inputs.table", lambda table: table[:, ::-1], id="tokens-turned"),
    pytest.param("inputs.table_shift", lambda shift: shift + 1, id="shift"),
    pytest.param("bias", lambda bias: -bias, id="threshold"),
    pytest.param("readout.every", lambda _: False, id="every"),
]


def differs(model, path, fault):
    """Say whether a change of one field of the model changes states or logits."""
    rng = np.random.default_rng(59)
    x = random_sequence(rng, model, 5)[None]
    check(model, x)
    part, _, name = path.partition(".")
    if name:
        value = getattr(getattr(model, part), name)
        wrong = replace(getattr(model, part), **{name: fault(value)})
    else:
        wrong = fault(getattr(model, part))
    states, logits, _ = simulator(replace(model, **{part: wrong})).run(x[0].tolist())
    run = golden.run(model, x, states=True)
    right = run.logits[0].tolist() if model.readout.every else run.logits.tolist()
    return (states, logits) != (run.states[0].tolist(), right)


@pytest.mark.parametrize(("path", "fault"), HADAMARD_FAULTS)
def test_a_hadamard_model_that_is_wrong_in_one_place_shows(path, fault):
    model = random_model(np.random.default_rng(49), 8, 8)
    assert not differs(model, "recurrence.signs", np.copy)
    assert differs(model, path, fault)


@pytest.mark.parametrize(("path", "fault"), DENSE_FAULTS)
def test_a_dense_model_that_is_wrong_in_one_place_shows(path, fault):
    model = random_model(
        np.random.default_rng(50), 5, 8, weights="levels", activation="modrelu", vocabulary=4,
        every=True,
    )  # fmt: skip
    assert not differs(model, "recurrence.weights", np.copy)
    assert differs(model, path, fault)


LENGTHS = [
    pytest.param([3, 0], "lengths must be 1..4, not 0..3", id="0"),
    pytest.param([3, 5], "lengths must be 1..4, not 3..5", id="5"),
    pytest.param([3], "lengths must be 2 integers, not int64 of (1,)", id="one"),
    pytest.param([3.0, 1], "lengths must be 2 integers, not float64 of (2,)", id="floats"),
    pytest.param([[3, 1]], "lengths must be 2 integers, not int64 of (1, 2)", id="matrix"),
]


@pytest.mark.parametrize(("lengths", "message"), LENGTHS)
def test_lengths_that_do_not_fit_say_why(lengths, message):
    model = random_model(np.random.default_rng(50), 4, 8)
    with pytest.raises(DataError, match=f"^{re.escape(message)}$") as caught:
        golden.run(model, np.zeros((2, 4), int), lengths)
    assert caught.value.hint


def test_sequences_that_do_not_fit_are_refused():
    model = random_model(np.random.default_rng(50), 4, 8, input_bits=4)
    with pytest.raises(DataError, match=r"^inputs must be 0\.\.15, not 0\.\.16$"):
        golden.run(model, [[0, 16]])
    words = random_model(np.random.default_rng(50), 4, 8, vocabulary=3)
    with pytest.raises(DataError, match=r"^tokens must be 0\.\.2, not 0\.\.3$"):
        golden.run(words, [[0, 3]])
