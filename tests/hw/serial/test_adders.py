"""Sums of serial words, with the latency that is declared."""

import numpy as np
import pytest

from qrnn_hw.hw.serial.adders import AdderTree, registers

LANES = 3


def run(trace, words, gaps, clears=True):
    """Add words, (passes, length, count, lanes) of bits; return the sums."""
    length, count = words.shape[1:3]
    dut = AdderTree(count, LANES)
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
            for lane in range(LANES)
        ]
        for at in begins
    ]


LATENCIES = [(2, 1), (3, 1), (4, 2), (9, 2), (10, 3), (17, 3)]


@pytest.mark.parametrize(("count", "latency"), LATENCIES)
def test_adds_words_modulo_their_length(trace, count, latency):
    rng = np.random.default_rng(count)
    assert registers(count) == latency
    length = 9
    words = rng.integers(0, 2, (8, length, count, LANES))
    words[0] = 1
    weights = 1 << np.arange(length)
    wanted = np.einsum("pbcl,b->pl", words, weights) % (1 << length)
    assert run(trace, words, [4, 0, 0, 1, 5, 0, 2, 0]) == wanted.tolist()


def test_a_carry_that_is_not_cleared_shows(trace):
    words = np.ones((2, 4, 2, LANES), int)
    assert run(trace, words, [2, 0]) == [[14] * LANES] * 2
    assert run(trace, words, [2, 0], clears=False)[1] == [15] * LANES
