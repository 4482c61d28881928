"""The golden run keeps every bit: wide and narrow sums, chunks of sequences, derived widths."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.recurrence import Dense, Hadamard
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model


def fits(number, bits):
    return -(1 << bits - 1) <= number < 1 << bits - 1


NARROW = [
    {"hidden": 32},
    {"hidden": 24, "block": 4, "biased": True, "channels": 2},
    {"hidden": 20, "weights": "levels", "activation": "modrelu"},
    {"hidden": 20, "weights": "ternary", "activation": "relu", "vocabulary": 5, "every": True},
]


@pytest.mark.parametrize("options", NARROW, ids=str)
def test_the_wide_path_is_the_narrow_path(monkeypatch, options):
    rng = np.random.default_rng(42)
    model = random_model(rng, state_bits=10, **options)
    x = np.stack([random_sequence(rng, model, 30) for _ in range(20)])
    narrow = golden.run(model, x, states=True)
    assert model.accumulator_bits <= golden.EXACT32
    monkeypatch.setattr(type(model), "accumulator_bits", golden.EXACT32 + 1)
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
        model = random_model(rng, hidden, state_bits, input_bits=2)
        model = replace(model, inputs=replace(model.inputs, u=np.ones((hidden, 1), int)))
        assert model.accumulator_bits == 24 + state_bits - bits
        top = 1 << state_bits - 1
        matrix = model.recurrence.matrix()
        extremes = np.where(matrix[[0, 1, -1]] > 0, top - 1, -top)
        wanted = extremes.astype(object) @ matrix.T.astype(object)
        for dtype in [np.float64] + [np.float32] * (state_bits == bits):
            assert (model.recurrence.product(dtype)(extremes).astype(int) == wanted).all()


@pytest.mark.parametrize("guard", [0, 3])
def test_dense_sums_of_24_bits_are_exact_in_float32(guard):
    # Rows of 127 on states at their ends: as large as a sum of so many bits can be.
    state_bits, hidden = 10, 60 >> guard
    recurrence = Dense(np.full((hidden, hidden), 127), 8, 3, 20, guard, "linear")
    assert recurrence.row_sum << state_bits - 1 < 1 << 23
    top = 1 << state_bits - 1
    for n in (np.full((1, hidden), -top), np.full((1, hidden), top - 1)):
        wanted = int(n[0, 0]) * hidden * 127 << guard
        assert set(recurrence.product(np.float32)(n).astype(int)[0].tolist()) == {wanted}


def test_the_largest_products_with_a_multiplier_are_exact():
    # Sums of 39 bits times 65535 have more bits than a float64.
    rng = np.random.default_rng(56)
    model = random_model(rng, 4, 16, weights="levels", w_bits=8, input_bits=16, biased=True)
    recurrence = replace(model.recurrence, multiplier=65535, fraction=40, guard=8)
    inputs = replace(model.inputs, gain=np.array([(1 << 40) - 12345]))
    wide = replace(model, recurrence=recurrence, inputs=inputs)
    assert wide.accumulator_bits == 39
    x = np.array([[65535], [0], [40000]])
    weights, n = wide.recurrence.matrix().tolist(), [0] * 4
    run = golden.run(wide, x[None], states=True)
    for t, value in enumerate(x[:, 0].tolist()):
        scaled = (value * ((1 << 40) - 12345) + (1 << inputs.gain_frac - 1)) >> inputs.gain_frac
        sums = [
            (sum(w * s for w, s in zip(row, n)) << 8) + int(k) * scaled + int(b)
            for row, k, b in zip(weights, inputs.u[:, 0], wide.bias[0])
        ]
        n = [min(max((v * 65535 + (1 << 39)) >> 40, -32768), 32767) for v in sums]
        assert run.states[0, t].tolist() == n


@pytest.mark.parametrize("options", [{}, {"every": True}], ids=["last", "every"])
def test_more_sequences_than_a_chunk_are_each_their_own(options):
    rng = np.random.default_rng(44)
    model = random_model(rng, 8, 6, **options)
    count = 2 * golden.CHUNK + 3
    x = rng.integers(0, 256, (count, 5))
    lengths = rng.integers(1, 6, count)
    finished = []
    run = golden.run(model, x, lengths, states=True, progress=finished.append)
    assert finished == [golden.CHUNK, golden.CHUNK, 3]
    assert run.states.shape == (count, 5, 8)
    alone = [golden.run(model, row[None], [n], states=True) for row, n in zip(x, lengths)]
    for name in ("logits", "states", "classes"):
        together = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_array_equal(getattr(run, name), together)
    assert run.saturated == sum(one.saturated for one in alone)


@pytest.mark.parametrize("count", [0, golden.CHUNK - 1, golden.CHUNK, golden.CHUNK + 1])
def test_counts_around_a_chunk(count):
    rng = np.random.default_rng(45)
    model = random_model(rng, 4, 6)
    x = rng.integers(0, 256, (count, 2))
    run = golden.run(model, x)
    assert run.logits.shape == (count, 3)
    assert run.states.shape == (count, 0, 4)
    for index in {0, count // 2, count - 1} if count else ():
        alone = golden.run(model, x[index : index + 1])
        assert run.logits[index].tolist() == alone.logits[0].tolist()


def test_what_follows_the_end_of_a_sequence_changes_nothing():
    rng = np.random.default_rng(57)
    model = random_model(rng, 16, 8, every=True, classes=1)
    x = rng.integers(0, 256, (4, 9))
    lengths = np.array([9, 1, 4, 4])
    other = np.where(np.arange(9) < lengths[:, None], x, 255 - x)
    first, second = (golden.run(model, each, lengths, states=True) for each in (x, other))
    for name in ("logits", "states", "classes", "saturated"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("state_bits", [4, 5])
@pytest.mark.parametrize("input_bits", [1, 16])
def test_no_state_and_input_leave_the_accumulator(state_bits, input_bits):
    # d = 4: every state at its extremes, every sign, every extreme input and coefficient.
    rng = np.random.default_rng(47)
    model = random_model(rng, 4, state_bits, input_bits=input_bits, input_signed=True, u_bits=8)
    inputs = replace(model.inputs, u=np.array([[-128], [127], [-128], [0]]),
                     gain=8 * model.inputs.gain)  # fmt: skip
    model = replace(model, inputs=inputs)
    top = 1 << state_bits - 1
    scaled = [int(inputs.scaled(np.int64(x), 0)) for x in model.input_range]
    assert all(fits(x, inputs.scaled_bits) for x in scaled)
    rows = np.abs(model.recurrence.signs) * Hadamard(np.ones(4, int), 4).matrix()
    half = 1 << model.shift(1) - 1
    widest = 0
    for state in product((-top, -1, 0, top - 1), repeat=4):
        for dot in (rows @ np.array(state)).tolist():
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
        gain = np.full(drawn.parities, (2**m - 1) << drawn.inputs.gain_frac - 3)
        inputs = replace(drawn.inputs, gain=gain, u=np.full((hidden, 1), -k))
        model = replace(drawn, inputs=inputs)
        scaled = int(inputs.scaled(np.int64(-8), 0))
        assert scaled == -(2**m - 1)
        # Row 0 of S, all ones, on states of -8, in a unit whose sign is -1.
        half = 1 << max(model.shift(1), model.shift(2)) - 1
        largest = hidden * 8 - k * scaled + half
        assert fits(largest, model.accumulator_bits)
        if k * scaled < -8 * hidden:
            spare.add(model.accumulator_bits - 1 - largest.bit_length())
    assert spare == {0}


@pytest.mark.parametrize("activation", ["linear", "relu", "modrelu"])
def test_the_accumulator_of_a_dense_recurrence_holds_its_extremes(activation):
    # One row of -8, states of -8, the largest entry of the table, the largest bias: all add up.
    rng = np.random.default_rng(58)
    drawn = random_model(rng, 4, 4, weights="levels", activation=activation, vocabulary=2)
    for shift, bias, guard in product(range(5), (0, 1, 255, 3000), (0, 2)):
        recurrence = replace(drawn.recurrence, weights=np.full((4, 4), -8), guard=guard)
        inputs = replace(drawn.inputs, table=np.full((1, 2, 4), -128),
                         table_shift=np.array([shift]))  # fmt: skip
        model = replace(drawn, recurrence=recurrence, inputs=inputs, bias=np.full((1, 4), bias))
        largest = (4 * 8 * 8 << guard) + (128 << shift) + bias
        assert fits(largest, model.accumulator_bits)
        assert largest.bit_length() + 1 == model.accumulator_bits
        halved = replace(model, recurrence=replace(recurrence, multiplier=1, fraction=12))
        assert fits(largest + 2048, halved.accumulator_bits)
        assert (largest + 2048).bit_length() + 1 == halved.accumulator_bits


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("hidden", [4, 8], ids=["even", "odd"])
def test_the_largest_logits_need_their_last_bit(hidden, relu):
    rng = np.random.default_rng(48)
    model = random_model(rng, hidden, 6, v_bits=3, relu=relu)
    # The row of largest weights on the states furthest from the origin, with a bias of that sign.
    row = np.full((1, hidden), -4)
    limit = hidden << 6
    for sign in (-1, 1) if not relu else (1,):
        bias = np.full((model.parities, 1), -sign * (limit - 1))
        readout = replace(
            model.readout,
            v=np.concatenate([row, model.readout.v[1:]]),
            class_bias=np.concatenate([bias, model.readout.class_bias[:, 1:]], axis=1),
        )
        wide = replace(model, readout=readout)
        ends = np.full((1, hidden), 31 if sign > 0 else -32)
        reading, found = golden.Reading(wide, 1), []
        for step in (1, 2):
            reading.take(ends, step)
            found.append(reading.logits(step)[0])
        logits = np.concatenate(found)
        assert all(fits(int(logit), wide.logit_bits) for logit in logits)
        assert int(abs(logits).max()).bit_length() + 1 >= wide.logit_bits - (not relu)
