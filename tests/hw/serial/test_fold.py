"""The transform between words, one stage and a chain of them, against Sylvester's matrix."""

import numpy as np
import pytest
from amaranth import Module, Signal

from qrnn_hw.export.halved import wrap
from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.hw.gates import delayed
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
    i, start, o, early = ports
    rows = trace(dut, cycles, [(i, bits), (start, begin)], [o, early])
    for start, one in zip(starts, wanted):
        found = numbers(rows, start + 1 + latency, words, length)
        assert found == (one % (1 << length)).tolist()
    # `early` comes two cycles before the output timeline, which is two before the output.
    assert [c for c, (_, mark) in enumerate(rows) if mark] == [s + latency - 3 for s in starts]


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(
    ("words", "distance", "length"),
    [(2, 1, 6), (4, 1, 9), (4, 2, 7), (8, 2, 8), (8, 4, 5), (6, 1, 7), (12, 2, 6), (10, 1, 4)],
)
def test_a_stage_adds_and_subtracts_words_that_far_apart(trace, words, distance, length, gaps):
    rng = np.random.default_rng([words, distance])
    drawn = passes(rng, words, length)
    pairs = drawn.reshape(len(drawn), -1, 2, distance, LANES)
    first, second = pairs[:, :, 0], pairs[:, :, 1]
    wanted = np.stack([first + second, first - second], 2).reshape(drawn.shape)
    dut = FoldStage(LANES, words, distance, (length,))
    latency = distance * length + 1
    ports = dut.i, dut.start, dut.o, dut.early
    check(trace, dut, ports, latency, wanted, words, length, gaps, drawn)


@pytest.mark.parametrize("gaps", GAPS[::3])
@pytest.mark.parametrize(("words", "distance", "length"), [(4, 1, 9), (8, 4, 5), (12, 2, 6)])
def test_a_stage_that_is_still_delays_words(trace, words, distance, length, gaps):
    drawn = passes(np.random.default_rng([words, distance]), words, length)
    dut = FoldStage(LANES, words, distance, (length,))
    bits, starts = serial(drawn, length, gaps)
    latency = distance * length + dut.latency
    begin = [cycle in starts for cycle in range(len(bits) + latency + 4)]
    inputs = [(dut.i, bits), (dut.start, begin), (dut.still, [1])]
    rows = trace(dut, len(begin), inputs, [dut.o])
    found = [numbers(rows, start + 1 + latency, words, length) for start in starts]
    assert found == (drawn % (1 << length)).tolist()


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(("words", "distance", "length"), [(4, 1, 9), (4, 2, 7), (6, 1, 7)])
def test_a_stage_that_halves_drops_the_low_bit(trace, words, distance, length, gaps):
    drawn = passes(np.random.default_rng([words, distance]), words, length)
    pairs = drawn.reshape(len(drawn), -1, 2, distance, LANES)
    first, second = pairs[:, :, 0], pairs[:, :, 1]
    sums = np.stack([first + second, first - second], 2).reshape(drawn.shape)
    dut = FoldStage(LANES, words, distance, (length,), halved=True)
    bits, starts = serial(drawn, length, gaps)
    latency = distance * length + dut.latency
    begin = [cycle in starts for cycle in range(len(bits) + latency + 4)]
    rows = trace(dut, len(begin), [(dut.i, bits), (dut.start, begin)], [dut.o])
    wanted = wrap(sums, length) >> 1
    found = [numbers(rows, start + 1 + latency, words, length) for start in starts]
    assert dut.latency == 2
    assert found == (wanted % (1 << length)).tolist()


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize(
    ("groups", "group", "length"),
    [(1, 2, 10), (1, 4, 6), (1, 8, 7), (3, 2, 8), (3, 4, 5), (2, 8, 6)],
)
def test_a_chain_of_stages_is_sylvesters_matrix_of_every_group(trace, groups, group, length, gaps):
    words = groups * group
    rng = np.random.default_rng(words)
    drawn = passes(rng, words, length)
    matrix = np.kron(np.eye(groups), sylvester(group)).astype(np.int64)
    wanted = np.einsum("fw,pwk->pfk", matrix, drawn)

    chain = Module()
    i, start = Signal(LANES), Signal()
    bits, begin = i, start
    distances = [1 << k for k in reversed(range(group.bit_length() - 1))]
    for distance in distances:
        fold = FoldStage(LANES, words, distance, (length,))
        chain.submodules[f"fold_{distance}"] = fold
        chain.d.comb += [fold.i.eq(bits), fold.start.eq(begin)]
        bits, begin = fold.o, delayed(chain, fold.early, 3, f"past_{distance}")
    latency = (group - 1) * length + len(distances)
    check(trace, chain, (i, start, bits, fold.early), latency, wanted, words, length, gaps, drawn)


@pytest.mark.parametrize("lead", [0, 1, 3])
def test_early_comes_as_early_as_asked(trace, lead):
    dut = FoldStage(LANES, 4, 1, (7,), lead)
    rows = trace(dut, 40, [(dut.start, [1, 0])], [dut.early, dut.output.active])
    (early,) = [cycle for cycle, (mark, _) in enumerate(rows) if mark]
    begin = next(cycle for cycle, (_, active) in enumerate(rows) if active)
    assert begin == early + 2 + lead
    assert begin == 1 + 7 + 1 - 2  # a word and a cycle after bit 0, less the two ahead


@pytest.mark.parametrize("distance", [1, 2])
@pytest.mark.parametrize("kinds", [[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0]], ids=str)
def test_passes_of_longer_words_among_others(trace, distance, kinds):
    lengths, words = (6, 9), 4
    rng = np.random.default_rng([distance, *kinds])
    dut = FoldStage(LANES, words, distance, lengths)
    bits, starts, wanted = [0], [], []
    for kind in kinds:
        length = lengths[kind]
        drawn = rng.integers(0, 1 << length, (1, words, LANES))
        one, _ = serial(drawn, length, [])
        # A pass of shorter words must not catch up with what still leaves.
        bits += [5] * (distance * (lengths[1] - lengths[0]))
        starts.append(len(bits) - 1)
        bits += one[1:]
        first, second = np.moveaxis(drawn.reshape(-1, 2, distance, LANES), 1, 0)
        wanted.append(np.stack([first + second, first - second], 1).reshape(words, LANES))
    cycles = len(bits) + 30
    chosen = [kinds[max(0, sum(start <= c for start in starts) - 1)] for c in range(cycles)]
    begin = [cycle in starts for cycle in range(cycles)]
    rows = trace(dut, cycles, [(dut.i, bits), (dut.start, begin), (dut.kind, chosen)], [dut.o])
    for start, kind, one in zip(starts, kinds, wanted):
        length = lengths[kind]
        found = numbers(rows, start + 2 + distance * length, words, length)
        assert found == (one % (1 << length)).tolist()
