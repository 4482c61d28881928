"""Products and signs of every lane, and the digits that products are built from."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth import Module, Signal

from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products, Signs, by_word
from qrnn_hw.hw.serial.timeline import Timeline
from random_model import random_model

LEAST_GAP = 2  # an input is taken two cycles before its pass; steps lie further apart


@pytest.mark.parametrize("words", [1, 2, 3, 4, 5, 6, 7, 8, 10, 12])
def test_every_lane_gets_the_choice_of_the_word(trace, words):
    rng = np.random.default_rng(words)
    bits, word = Signal(5), Signal(range(max(words, 2)))
    wanted = rng.integers(0, 5, (12, words))
    wanted[0] = 3  # the same in every word
    wanted[1] = wanted[2]  # the same as another lane
    sources = [bits[k] for k in range(5)]
    m = Module()
    chosen = Signal(12)
    m.d.comb += chosen.eq(by_word(m, [tuple(sources[k] for k in lane) for lane in wanted], word))
    given_bits, numbers = rng.integers(0, 32, 60).tolist(), rng.integers(0, words, 60).tolist()
    rows = trace(m, 60, [(bits, given_bits), (word, numbers)], [chosen])
    for (found,), now, number in zip(rows[1:], given_bits, numbers):
        assert found == sum((now >> k & 1) << lane for lane, k in enumerate(wanted[:, number]))


def with_inputs(model, u, **others):
    """Replace the coefficients of a model of one channel."""
    return replace(model, inputs=replace(model.inputs, u=np.reshape(u, (-1, 1))), **others)


def run(trace, model, lanes, inputs, gap, channel=0, rounds=True):
    """Let passes of steps 1, 2, ... run, and read the words of ``Products`` and ``Signs``.

    Returns
    -------
    list of (products, signs)
        A pass each: (d,) of numbers modulo 2 to the word's length, and (length, d) of bits.
    """
    plan = SerialPlan(model, lanes)
    m = Module()
    m.submodules.time = time = Timeline(plan.folds, plan.lengths[:1])
    m.submodules.products = products = Products(plan, time, channel, rounds=rounds)
    m.submodules.signs = signs = Signs(plan, time)
    span = plan.pass_cycles + gap
    cycles = span * len(inputs) + 8
    ahead, scaled, parity = [0] * cycles, [0] * cycles, [0] * cycles
    for step, x in enumerate(inputs, 1):
        at = (step - 1) * span + 1
        ahead[at] = 1
        scaled[at] = x
        parity[at + 1 : at + 1 + span] = [model.parity(step)] * span
    stimuli = [
        (products.take, [0, *ahead[:-1]]),
        (time.start, [0, *ahead[:-1]]),
        (products.scaled, [0, *scaled[:-1]]),
        (products.parity, parity),
    ]
    rows = trace(m, cycles, stimuli, [products.o, signs.o])
    results = []
    for number in range(len(inputs)):
        begin = number * span + 1 + 4  # the timeline begins 2 after `ahead`, the bits 2 later
        numbers, bits = np.zeros(model.hidden, object), []
        for word in range(plan.folds):
            units = slice(word * lanes, (word + 1) * lanes)
            for bit in range(plan.word):
                o, negative = rows[begin + word * plan.word + bit]
                numbers[units] += [(o >> lane & 1) << bit for lane in range(lanes)]
                bits.append([negative >> lane & 1 for lane in range(lanes)])
        bits = np.reshape(bits, (plan.folds, plan.word, lanes)).swapaxes(0, 1)
        results.append((numbers.tolist(), bits.reshape(plan.word, model.hidden)))
    return results


def check(trace, model, lanes, inputs, gap=LEAST_GAP, channel=0, rounds=True):
    results = run(trace, model, lanes, inputs, gap, channel, rounds)
    for step, (x, (products, signs)) in enumerate(zip(inputs, results), 1):
        half = (1 << model.shift(step) >> 1) * rounds
        modulus = 1 << SerialPlan(model, lanes).word
        assert products == [(int(u) * x + half) % modulus for u in model.inputs.u[:, channel]]
        assert (signs == (model.recurrence.signs < 0)).all()


def extremes(model):
    top = 1 << model.inputs.scaled_bits - 1
    return [top - 1, -top, 0, 1, -1]


def test_every_coefficient(trace):
    model = random_model(np.random.default_rng(6), 256, 4, input_bits=4, u_bits=8)
    model = with_inputs(model, np.arange(-128, 128))
    check(trace, model, 256, extremes(model))


@pytest.mark.parametrize("gap", [LEAST_GAP, 3, 6])
@pytest.mark.parametrize(
    ("hidden", "lanes"),
    [(16, 16), (16, 8), (16, 4), (16, 2), (8, 8), (8, 4), (8, 2), (8, 1), (4, 1)],
)
def test_every_word_has_its_coefficients_and_signs(trace, hidden, lanes, gap):
    rng = np.random.default_rng([7, hidden, lanes])
    model = random_model(rng, hidden, 5, u_bits=int(rng.integers(2, 9)), input_signed=True)
    top = 1 << model.inputs.scaled_bits - 1
    check(trace, model, lanes, [*extremes(model), *rng.integers(-top, top, 4).tolist()], gap)


@pytest.mark.parametrize("value", [0, 1, -8], ids=["zero", "one", "least"])
def test_equal_coefficients_in_all_lanes(trace, value):
    model = random_model(np.random.default_rng(8), 8, 5)
    recurrence = Hadamard(np.full(8, -1 if value else 1), 8)
    model = with_inputs(model, np.full(8, value), recurrence=recurrence)
    check(trace, model, 4, extremes(model))


@pytest.mark.parametrize("channel", [0, 2])
def test_a_channel_has_its_coefficients_and_may_leave_rounding_to_another(trace, channel):
    rng = np.random.default_rng([10, channel])
    model = random_model(rng, 24, 5, channels=3, block=2)
    check(trace, model, 4, extremes(model), channel=channel, rounds=channel == 0)


def test_a_wrong_coefficient_shows(trace):
    model = random_model(np.random.default_rng(9), 8, 5)
    wrong = with_inputs(model, model.inputs.u[:, 0] ^ [0, 0, 0, 0, 1, 0, 0, 0])
    (right, _), (other, _) = (run(trace, one, 4, [3], LEAST_GAP)[0] for one in (model, wrong))
    assert [a != b for a, b in zip(right, other)] == [0, 0, 0, 0, 1, 0, 0, 0]
