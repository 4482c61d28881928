"""The transform between lanes against Sylvester's matrix, and sums of many words."""

import numpy as np
import pytest
from amaranth import Module

from qrnn_hw.export.halved import wrap
from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.hw.serial.lanes import AdderTree, LaneTransform, registers
from qrnn_hw.hw.serial.offsets import Offsets
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

GROUPS = [
    pytest.param(2, (1,), id="2-lanes"),
    pytest.param(4, (1, 2), id="4-lanes"),
    pytest.param(4, (2, 1), id="4-lanes-reversed"),
    pytest.param(8, (1, 2, 4), id="8-lanes"),
    pytest.param(32, (1, 2, 4, 8, 16), id="32-lanes"),
    pytest.param(8, (1,), id="8-lanes-in-blocks-of-2"),
    pytest.param(16, (1, 2), id="16-lanes-in-blocks-of-4"),
    pytest.param(4, (), id="4-lanes-side-by-side"),
]


def serial(words, length, gaps, whole=False):
    """Lay words, (words, lanes), out in time: one vector of lanes a cycle, and ``clear``."""
    bits, clear, begins = [0, 0], [1, 1], []
    for word, gap in zip(words, gaps):
        bits += [0b1010101 & (1 << len(word)) - 1] * gap  # what passes between words is not zero
        clear += [1] * gap
        begins.append(len(bits))
        for bit in range(length):
            bits.append(sum((int(value) >> bit & 1) << k for k, value in enumerate(word)))
        if not whole:
            bits[-1] = 0b1100101 & (1 << len(word)) - 1
        clear += [0] * (length - 1) + [1]
    return bits, clear, begins


def numbers(rows, begins, length, lanes):
    """Read unsigned words of ``length`` bits back from one vector of lanes a cycle."""
    return [
        [sum((rows[at + bit][0] >> k & 1) << bit for bit in range(length)) for k in range(lanes)]
        for at in begins
    ]


@pytest.mark.parametrize(("lanes", "stages"), GROUPS)
@pytest.mark.parametrize("length", [5, 14])
def test_is_sylvesters_matrix_of_every_block_modulo_a_word(trace, lanes, stages, length):
    rng = np.random.default_rng([lanes, length])
    top = 1 << length - 3
    words = np.concatenate(
        [
            np.full((1, lanes), -top),
            np.full((1, lanes), top - 1),
            np.where(sylvester(lanes)[-1:] > 0, top - 1, -top),
            rng.integers(-top, top, (12, lanes)),
        ]
    ).astype(np.int64)
    dut = LaneTransform(lanes, stages)
    bits, clear, begins = serial(words, length, rng.choice([0, 0, 1, 5], len(words)))
    rows = trace(dut, len(bits) + dut.latency + 1, [(dut.i, bits), (dut.clear, clear)], [dut.o])

    # Exactly the latency that is declared: each word leaves so many cycles after it came.
    assert dut.latency == max(1, len(stages))
    found = numbers(rows, [at + dut.latency for at in begins], length, lanes)
    block = 1 << len(stages)
    matrix = np.kron(np.eye(lanes // block), sylvester(block)).astype(np.int64)
    assert found == (words @ matrix % (1 << length)).tolist()


@pytest.mark.parametrize("dropped", [(), (2,)], ids=["whole", "halved"])
def test_words_pass_a_transform_that_is_still(trace, dropped):
    rng = np.random.default_rng(4)
    words = rng.integers(-16, 16, (6, 8)) << len(dropped)
    dut = LaneTransform(8, (1, 2, 4), dropped)
    bits, clear, begins = serial(words, 9, rng.choice([0, 0, 3], len(words)))
    inputs = [(dut.i, bits), (dut.clear, clear), (dut.still, [1])]
    rows = trace(dut, len(bits) + dut.latency + 1, inputs, [dut.o])
    found = numbers(rows, [at + dut.latency for at in begins], 9, 8)
    assert found == ((words >> len(dropped)) % (1 << 9)).tolist()


def halved(words, stages, dropped, length):
    """Transform rows of words, and drop the low bit after some stages, in words that wrap."""
    words = words.copy()
    for stride in stages:
        lanes = np.arange(words.shape[1])
        sign = np.where(lanes & stride, -1, 1)
        words = words[:, lanes & ~stride] + sign * words[:, lanes | stride]
        if stride in dropped:
            words = wrap(words, length) >> 1
    return words % (1 << length)


@pytest.mark.parametrize(
    ("lanes", "stages", "dropped"),
    [(2, (1,), (1,)), (4, (1, 2), (2,)), (4, (1, 2), (1, 2)), (16, (1, 2, 4, 8), (2, 8))],
)
@pytest.mark.parametrize("length", [5, 14])
def test_stages_that_halve_drop_the_low_bit_of_words_that_wrap(
    trace, lanes, stages, dropped, length
):
    rng = np.random.default_rng([lanes, length, *dropped])
    top = 1 << length - 1
    words = np.concatenate([np.full((1, lanes), -top), rng.integers(-top, top, (12, lanes))])
    dut = LaneTransform(lanes, stages, dropped, range(lanes))
    gaps = rng.choice([0, 0, 1, 5], len(words))
    bits, clear, begins = serial(words, length, gaps, whole=True)
    rows = trace(dut, len(bits) + dut.latency + 1, [(dut.i, bits), (dut.clear, clear)], [dut.o])
    assert dut.latency == len(stages) + len(dropped)
    found = numbers(rows, [at + dut.latency for at in begins], length, lanes)
    assert found == halved(words, stages, dropped, length).tolist()
    for fault in dropped:  # a halving left out would show
        fewer = tuple(stride for stride in dropped if stride != fault)
        assert found != halved(words, stages, fewer, length).tolist()


@pytest.mark.parametrize("state", [31, -32])
def test_a_halved_sum_of_the_largest_states_keeps_its_sign(trace, state):
    model = random_model(np.random.default_rng(1), 256, 6, transform="halved")
    plan = SerialPlan(model, 64)
    length = plan.word
    assert length == 8
    assert plan.offset_bits == 2
    m = Module()
    m.submodules.offsets = offsets = Offsets(plan)
    dropped = tuple(filter(plan.halves, plan.lane_stages))
    dut = LaneTransform(64, plan.lane_stages, dropped, plan.whole_lanes)
    m.submodules.transform = dut
    m.d.comb += [dut.i.eq(offsets.o), dut.clear.eq(offsets.clear)]
    words = np.full((2, 64), state)
    bits, clear, begins = serial(words, length, [0, 0])
    ones = [0] * len(bits)
    for at in begins:
        ones[at : at + 2] = [1, 2]
    inputs = [(offsets.i, bits), (offsets.clear, clear), (offsets.ones, ones)]
    rows = trace(m, len(bits) + dut.latency + 1, inputs, [dut.o])
    found = numbers(rows, [at + dut.latency for at in begins], length, 64)
    added = [3 if lane == 0 else int(lane % 16 == 0) for lane in range(64)]
    assert found == halved(words + added, plan.lane_stages, dropped, length).tolist()


def test_a_carry_that_is_not_cleared_shows(trace):
    words = np.array([[-1, -1], [0, 0]])
    dut = LaneTransform(2, (1,))
    bits, _, begins = serial(words, 4, [0, 0])
    rows = trace(dut, len(bits) + 2, [(dut.i, bits), (dut.clear, [1, 1, 0])], [dut.o])
    assert numbers(rows, [at + 1 for at in begins], 4, 2) == [[6, 8], [9, 8]]


WIDE = 3


def add(trace, words, gaps, clears=True):
    """Add words, (passes, length, count, lanes) of bits; return the sums."""
    length, count = words.shape[1:3]
    dut = AdderTree(count, WIDE)
    rows_in, clear, begins = [], [], []
    for bits, gap in zip(words, gaps):
        rows_in += [0b1011011] * gap  # what passes between words is not zero
        clear += [1] * gap
        begins.append(len(rows_in) + dut.latency)
        rows_in += [sum(int(b) << k for k, b in enumerate(row.ravel())) for row in bits]
        clear += [0] * (length - 1) + [int(clears)]
    inputs = [(dut.i, rows_in), (dut.clear, clear)]
    rows = trace(dut, len(rows_in) + dut.latency + 1, inputs, [dut.o])
    return [
        [
            sum((rows[at + bit][0] >> lane & 1) << bit for bit in range(length))
            for lane in range(WIDE)
        ]
        for at in begins
    ]


LATENCIES = [(2, 1), (3, 1), (4, 2), (9, 2), (10, 3), (17, 3)]


@pytest.mark.parametrize(("count", "latency"), LATENCIES)
def test_adds_words_modulo_their_length(trace, count, latency):
    rng = np.random.default_rng(count)
    assert registers(count) == latency
    length = 9
    words = rng.integers(0, 2, (8, length, count, WIDE))
    words[0] = 1
    weights = 1 << np.arange(length)
    wanted = np.einsum("pbcl,b->pl", words, weights) % (1 << length)
    assert add(trace, words, [4, 0, 0, 1, 5, 0, 2, 0]) == wanted.tolist()


def test_a_carry_of_a_sum_that_is_not_cleared_shows(trace):
    words = np.ones((2, 4, 2, WIDE), int)
    assert add(trace, words, [2, 0]) == [[14] * WIDE] * 2
    assert add(trace, words, [2, 0], clears=False)[1] == [15] * WIDE
