"""The transform between words, one stage and a chain of them, against Sylvester's matrix."""

import numpy as np
import pytest
from amaranth import Module, Signal

from qrnn_hw.export import golden
from qrnn_hw.hw.delay import delayed
from qrnn_hw.hw.serial.fold import FoldStage

LANES = 3
GAPS = [
    pytest.param([0, 0, 0, 0], id="back-to-back"),
    pytest.param([1, 1, 1, 1], id="gaps-of-1"),
    pytest.param([7, 7, 7, 7], id="gaps-of-7"),
    pytest.param([0, 3, 25, 1], id="mixed-gaps"),
    pytest.param([2, 0, 61, 0], id="a-long-gap"),
]


def passes(rng, words, length):
    """Draw words of 5 passes, (passes, words, lanes), the first all extremes."""
    top = 1 << length - 1
    drawn = rng.integers(-top, top, (5, words, LANES))
    drawn[0] = np.where(rng.integers(0, 2, (words, LANES)), -top, top - 1)
    return drawn


def serial(drawn, length, gaps):
    """Lay passes out in time: one vector of lanes a cycle, and the cycles before they begin."""
    bits, starts = [0], []
    for words, gap in zip(drawn, [0, *gaps]):
        bits += [5] * gap  # what passes between passes is not zero
        starts.append(len(bits) - 1)
        for word in words:
            for bit in range(length):
                bits.append(sum((int(value) >> bit & 1) << k for k, value in enumerate(word)))
    return bits, starts


def numbers(rows, begin, words, length):
    return [
        [
            sum((rows[begin + word * length + bit][0] >> k & 1) << bit for bit in range(length))
            for k in range(LANES)
        ]
        for word in range(words)
    ]


def check(trace, dut, ports, latency, wanted, words, length, gaps, drawn):
    bits, starts = serial(drawn, length, gaps)
    cycles = len(bits) + latency + 4
    begin = [cycle in starts for cycle in range(cycles)]
    i, start, o, ahead = ports
    rows = trace(dut, cycles, [(i, bits), (start, begin)], [o, ahead])
    for start, one in zip(starts, wanted):
        found = numbers(rows, start + 1 + latency, words, length)
        assert found == (one % (1 << length)).tolist()
    # `ahead` comes two cycles before the output timeline, which is two before the output.
    assert [c for c, (_, mark) in enumerate(rows) if mark] == [s + latency - 3 for s in starts]


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(
    ("words", "distance", "length"), [(2, 1, 6), (4, 1, 9), (4, 2, 7), (8, 2, 8), (8, 4, 5)]
)
def test_a_stage_adds_and_subtracts_words_that_far_apart(trace, words, distance, length, gaps):
    rng = np.random.default_rng([words, distance])
    drawn = passes(rng, words, length)
    pairs = drawn.reshape(len(drawn), -1, 2, distance, LANES)
    first, second = pairs[:, :, 0], pairs[:, :, 1]
    wanted = np.stack([first + second, first - second], 2).reshape(drawn.shape)
    dut = FoldStage(LANES, words, distance, length)
    latency = distance * length + 1
    ports = dut.i, dut.start, dut.o, dut.ahead
    check(trace, dut, ports, latency, wanted, words, length, gaps, drawn)


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(("words", "length"), [(2, 10), (4, 6), (8, 7)])
def test_a_chain_of_stages_is_sylvesters_matrix(trace, words, length, gaps):
    rng = np.random.default_rng(words)
    drawn = passes(rng, words, length)
    wanted = np.einsum("fw,pwk->pfk", golden.sylvester(words).astype(np.int64), drawn)

    chain = Module()
    i, start = Signal(LANES), Signal()
    bits, begin = i, start
    distances = [1 << k for k in reversed(range(words.bit_length() - 1))]
    for distance in distances:
        fold = FoldStage(LANES, words, distance, length)
        chain.submodules[f"fold_{distance}"] = fold
        chain.d.comb += [fold.i.eq(bits), fold.start.eq(begin)]
        bits, begin = fold.o, delayed(chain, fold.ahead, 3, f"past_{distance}")
    latency = (words - 1) * length + len(distances)
    check(trace, chain, (i, start, bits, fold.ahead), latency, wanted, words, length, gaps, drawn)
