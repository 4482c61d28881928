"""The golden run against a simulator in plain integers, written from docs/arithmetic.md alone."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export import golden
from qrnn_hw.export.errors import DataError
from qrnn_hw.sim.random_model import random_model


def entry(i, j):
    """Return S_ij of Sylvester's matrix: minus for each place where both indices have a one."""
    return -1 if bin(i & j).count("1") % 2 else 1


def simulate(model, inputs):
    """Compute one sequence as sections 1 and 2 of docs/arithmetic.md say.

    Returns
    -------
    states, logits, number of the class, saturated values, sums
        The sums are every ``v_i`` and every partial result of a dot product with a plane of V.
    """
    a = model.state_bits
    u, k = model.signs.tolist(), model.u.tolist()
    v, bias = model.v.tolist(), model.class_bias.tolist()
    gain, f = model.gain.tolist(), model.gain_frac
    origin, s = model.origin.tolist(), model.origin_shift.tolist()
    d = len(u)
    q = d.bit_length() - 1
    low, high = -(2 ** (a - 1)), 2 ** (a - 1) - 1

    def p(t):
        return t % 2 if q % 2 else 0

    def r(t):
        if q % 2 == 0:
            return q // 2
        return (q - 1) // 2 if t % 2 else (q + 1) // 2

    n = [m << s[0] for m in origin[0]]
    states, saturated, sums = [], 0, []
    t = 0
    for t, x in enumerate(inputs, 1):
        big_x = (x * gain[p(t)] + 2 ** (f - 1)) >> f
        following = []
        for i in range(d):
            dot = sum(entry(i, j) * n[j] for j in range(d))
            total = u[i] * dot + k[i] * big_x + 2 ** (r(t) - 1)
            sums += [dot, total]
            rounded = total >> r(t)
            following.append(min(max(rounded, low), high))
            saturated += following[-1] != rounded
        n = following
        states.append(n)
    z = [max(0, n[i] - (origin[p(t)][i] << s[p(t)])) for i in range(d)]
    logits = [sum(row[i] * z[i] for i in range(d)) + bias[p(t)][c] for c, row in enumerate(v)]
    for row in v:
        sums += [sum(z[i] for i in range(d) if row[i] >> b & 1) for b in range(model.v_bits)]
    best = max(range(len(logits)), key=lambda c: (logits[c], -c))
    return states, logits, best, saturated, sums


def fits(number, bits):
    return -(1 << bits - 1) <= number < 1 << bits - 1


def check(model, x):
    """Compare every state and logit of sequences ``x``, and the widths; return what saturated."""
    run = golden.run(model, x, states=True)
    saturated = 0
    for index, sequence in enumerate(x.tolist()):
        states, logits, best, clipped, sums = simulate(model, sequence)
        assert run.states[index].tolist() == states
        assert run.logits[index].tolist() == logits
        assert run.classes[index] == best
        assert all(fits(total, model.accumulator_bits) for total in sums)
        assert all(fits(logit, model.logit_bits) for logit in logits)
        saturated += clipped
    assert run.saturated == saturated
    return saturated


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 1 << 32),
    log2_hidden=st.integers(2, 5),
    state_bits=st.integers(4, 16),
    input_bits=st.integers(1, 16),
    input_signed=st.booleans(),
    u_bits=st.integers(2, 8),
    v_bits=st.integers(2, 8),
    origin_bits=st.integers(2, 16),
    classes=st.integers(2, 5),
)
def test_is_the_specification(seed, log2_hidden, state_bits, origin_bits, **options):
    rng = np.random.default_rng(seed)
    model = random_model(rng, 1 << log2_hidden, state_bits, origin_bits=origin_bits, **options)
    low, high = model.input_range
    x = rng.integers(low, high + 1, (2, int(rng.integers(1, 10))))
    x[0] = np.where(rng.integers(0, 2, x.shape[1]), low, high)
    check(model, x)


@pytest.mark.parametrize("input_bits", [1, 7, 16])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("state_bits", [4, 9, 16])
@pytest.mark.parametrize("hidden", [4, 8, 16, 32])
def test_is_the_specification_where_states_saturate(hidden, state_bits, signed, input_bits):
    rng = np.random.default_rng([40, hidden, state_bits, input_bits])
    model = random_model(
        rng, hidden, state_bits, input_bits=input_bits, input_signed=signed, u_bits=8
    )
    model = replace(model, gain=2 * model.gain)
    low, high = model.input_range
    assert check(model, rng.choice(np.array([low, high]), (2, 14))) > 0


@pytest.mark.parametrize("origin_shift", range(6))
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_every_shift_of_the_origin(hidden, origin_shift):
    rng = np.random.default_rng([41, origin_shift])
    model = random_model(rng, hidden, 8, origin_bits=3)
    shifts = np.full(model.parities, origin_shift)
    shifts[-1] = 5 - origin_shift if model.parities == 2 else origin_shift
    model = replace(model, origin_shift=shifts)
    for steps in (1, 2, 3):
        check(model, rng.integers(0, 256, (3, steps)))


def test_the_wide_path_is_the_narrow_path(monkeypatch):
    rng = np.random.default_rng(42)
    model = random_model(rng, 32, 12)
    x = rng.integers(0, 256, (20, 30))
    narrow = golden.run(model, x, states=True)
    assert model.accumulator_bits <= 24
    monkeypatch.setattr(type(model), "accumulator_bits", 25)
    wide = golden.run(model, x, states=True)
    np.testing.assert_array_equal(narrow.states, wide.states)
    np.testing.assert_array_equal(narrow.logits, wide.logits)
    assert narrow.saturated == wide.saturated > 0


@pytest.mark.parametrize("hidden", [256, 512])
def test_sums_of_24_bits_are_exact_in_both_paths(hidden):
    # The largest states at which float32 is still used, and the smallest at which it is not.
    rng = np.random.default_rng(43)
    bits = 24 - hidden.bit_length()
    for state_bits in (bits, bits + 1):
        model = replace(random_model(rng, hidden, state_bits, input_bits=2), u=np.ones(hidden, int))
        assert model.accumulator_bits == 24 + state_bits - bits
        top = 1 << state_bits - 1
        signs = golden.sylvester(hidden)[[0, 1, -1]].astype(int)
        extremes = np.where(signs > 0, top - 1, -top)
        for dtype in [np.float64] + [np.float32] * (state_bits == bits):
            product = golden._transform_in(dtype, hidden)(extremes).astype(int)
            wanted = extremes.astype(object) @ golden.sylvester(hidden).astype(int).astype(object)
            assert (product == wanted).all()


def test_more_sequences_than_a_chunk_are_each_their_own():
    rng = np.random.default_rng(44)
    model = random_model(rng, 8, 6)
    count = 2 * golden.CHUNK + 3
    x = rng.integers(0, 256, (count, 5))
    finished = []
    run = golden.run(model, x, states=True, progress=finished.append)
    assert finished == [golden.CHUNK, golden.CHUNK, 3]
    assert run.states.shape == (count, 5, 8)
    alone = [golden.run(model, row[None], states=True) for row in x]
    np.testing.assert_array_equal(run.logits, np.concatenate([one.logits for one in alone]))
    np.testing.assert_array_equal(run.states, np.concatenate([one.states for one in alone]))
    np.testing.assert_array_equal(run.classes, np.concatenate([one.classes for one in alone]))
    assert run.saturated == sum(one.saturated for one in alone)


@pytest.mark.parametrize("count", [0, golden.CHUNK - 1, golden.CHUNK, golden.CHUNK + 1])
def test_counts_around_a_chunk(count):
    rng = np.random.default_rng(45)
    model = random_model(rng, 4, 6)
    x = rng.integers(0, 256, (count, 2))
    run = golden.run(model, x)
    assert run.logits.shape == (count, 3)
    assert run.states is None
    for index in {0, count // 2, count - 1} if count else ():
        assert run.logits[index].tolist() == simulate(model, x[index].tolist())[1]


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(46)
    model = random_model(rng, 4, 6, classes=4)
    equal = replace(model, v=np.tile(model.v[:1], (4, 1)), class_bias=np.array([[-1, 6, 6, 6]]))
    x = rng.integers(0, 256, (9, 3))
    assert golden.run(equal, x).classes.tolist() == [1] * 9
    check(equal, x)


def test_the_transform_is_sylvesters_matrix():
    for hidden in (4, 8, 16, 32):
        naive = [[entry(i, j) for j in range(hidden)] for i in range(hidden)]
        assert golden.sylvester(hidden).tolist() == naive
        assert golden.transform(np.eye(hidden, dtype=int)).tolist() == naive


@pytest.mark.parametrize("state_bits", [4, 5])
@pytest.mark.parametrize("input_bits", [1, 16])
def test_no_state_and_input_leave_the_accumulator(state_bits, input_bits):
    # d = 4: every state at its extremes, every sign, every extreme input and coefficient.
    rng = np.random.default_rng(47)
    model = random_model(rng, 4, state_bits, input_bits=input_bits, input_signed=True, u_bits=8)
    model = replace(model, u=np.array([-128, 127, -128, 0]), gain=8 * model.gain)
    top = 1 << state_bits - 1
    scaled = [int(golden.scale_input(model, np.int64(x), 1)) for x in model.input_range]
    assert all(fits(x, model.scaled_input_bits) for x in scaled)
    half = 1 << model.shift(1) - 1
    widest = 0
    for state in product((-top, -1, 0, top - 1), repeat=4):
        for i in range(4):
            dot = sum(entry(i, j) * state[j] for j in range(4))
            for sign, k, x in product((-1, 1), (-128, 127), scaled):
                total = sign * dot + k * x + half
                assert fits(total, model.accumulator_bits)
                widest = max(widest, abs(total))
    # The width is not needlessly large either: at most one bit of the bound is slack.
    assert widest.bit_length() + 1 >= model.accumulator_bits - 1


@pytest.mark.parametrize("hidden", [4, 8, 16, 32])
def test_the_accumulator_holds_extremes_and_has_no_bit_too_many(hidden):
    rng = np.random.default_rng(52)
    drawn = random_model(rng, hidden, 4, input_bits=4, input_signed=True, u_bits=8)
    spare = set()
    for m, k in product(range(1, 8), range(1, 129)):
        # Inputs of -8 that are scaled to -(2**m - 1), the largest magnitude of their width.
        gain = np.full(drawn.parities, (2**m - 1) << drawn.gain_frac - 3)
        model = replace(drawn, gain=gain, u=np.full(hidden, -k))
        scaled = int(golden.scale_input(model, np.int64(-8), 1))
        assert scaled == -(2**m - 1)
        # Row 0 of S, all ones, on states of -8, in a unit whose sign is -1.
        half = 1 << max(model.shift(1), model.shift(2)) - 1
        largest = hidden * 8 - k * scaled + half
        assert fits(largest, model.accumulator_bits)
        if k * scaled < -8 * hidden:
            spare.add(model.accumulator_bits - 1 - largest.bit_length())
    assert spare == {0}


@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_the_largest_logits_need_their_last_bit(hidden):
    rng = np.random.default_rng(48)
    model = random_model(rng, hidden, 6, v_bits=3)
    # The row of largest weights on states at the top, with the bias of the same sign.
    row = np.full((1, hidden), -4)
    bias = np.full((model.parities, 1), -(1 << 6 + model.log2_hidden - 1) + 1)
    model = replace(
        model,
        v=np.concatenate([row, model.v[1:]]),
        class_bias=np.concatenate([bias, model.class_bias[:, 1:]], axis=1),
    )
    top = np.full((1, hidden), 31)
    logits = np.concatenate([golden.readout(model, top, step)[0] for step in (1, 2)])
    assert all(fits(int(logit), model.logit_bits) for logit in logits)
    assert int(abs(logits).max()).bit_length() + 1 == model.logit_bits


FAULTS = [
    pytest.param("signs", lambda model: model.signs * [1, -1, 1, 1, 1, 1, 1, 1], id="sign"),
    pytest.param("u", lambda model: model.u ^ [1, 0, 0, 0, 0, 0, 0, 0], id="input-coefficient"),
    pytest.param("origin", lambda model: model.origin ^ [[1], [0]], id="start"),
    pytest.param("gain", lambda model: model.gain[::-1], id="gains-exchanged"),
    pytest.param("v", lambda model: model.v ^ 1, id="weights"),
    pytest.param("class_bias", lambda model: model.class_bias + 1, id="bias"),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_model_that_is_wrong_in_one_place_shows(name, fault):
    rng = np.random.default_rng(49)
    model = random_model(rng, 8, 8)
    x = rng.integers(0, 256, (1, 4))
    check(model, x)
    states, logits, *_ = simulate(replace(model, **{name: fault(model)}), x[0].tolist())
    run = golden.run(model, x, states=True)
    assert (states, logits) != (run.states[0].tolist(), run.logits[0].tolist())


INPUTS = [
    pytest.param([1, 2], "inputs must be integers of shape (n, T), not int64 of (2,)", id="vector"),
    pytest.param(
        np.zeros((2, 3, 1), int),
        "inputs must be integers of shape (n, T), not int64 of (2, 3, 1)",
        id="cube",
    ),
    pytest.param(
        np.zeros((2, 0), int),
        "inputs must be integers of shape (n, T), not int64 of (2, 0)",
        id="no-steps",
    ),
    pytest.param(
        [[0.5]], "inputs must be integers of shape (n, T), not float64 of (1, 1)", id="floats"
    ),
    pytest.param(
        [[True]], "inputs must be integers of shape (n, T), not bool of (1, 1)", id="booleans"
    ),
    pytest.param([["1"]], "inputs must be integers of shape (n, T), not <U1 of (1, 1)", id="text"),
    pytest.param([[0, 16]], "inputs must be 0..15, not 0..16", id="too-large"),
    pytest.param([[-1, 3]], "inputs must be 0..15, not -1..3", id="negative"),
]


@pytest.mark.parametrize(("x", "message"), INPUTS)
def test_inputs_that_do_not_fit_say_why(x, message):
    model = random_model(np.random.default_rng(50), 4, 8, input_bits=4)
    with pytest.raises(DataError, match=f"^{re.escape(message)}$") as caught:
        golden.run(model, x)
    assert caught.value.hint


def test_signed_inputs_have_their_own_range():
    model = random_model(np.random.default_rng(51), 4, 8, input_bits=4, input_signed=True)
    assert golden.check_inputs(model, np.array([[-8, 7]], np.int8)).dtype == np.int64
    with pytest.raises(DataError, match=r"^inputs must be -8\.\.7, not -9\.\.8$"):
        golden.check_inputs(model, [[-9, 8]])
    assert golden.check_inputs(model, np.array([[7]], np.uint64)).tolist() == [[7]]
