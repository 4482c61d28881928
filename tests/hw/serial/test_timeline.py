"""The clock of words, cycle by cycle."""

import pytest
from amaranth import Module, Signal

from qrnn_hw.hw.serial.timeline import Timeline

IDLE = (0, 0, 1)  # active, last, clear


def one_pass(words, length):
    """List (active, bit, word, last, clear) of every cycle of a pass."""
    return [
        (1, bit, word, bit == length - 1, bit == length - 1)
        for word in range(words)
        for bit in range(length)
    ]


def run(trace, dut, cycles, starts, kinds=(0,)):
    inputs = [(dut.start, [cycle in starts for cycle in range(cycles)])]
    if len(dut.lengths) > 1:
        inputs.append((dut.kind, kinds))
    return trace(dut, cycles, inputs, [dut.active, dut.bit, dut.word, dut.last, dut.clear])


def without_counts(rows):
    return [(active, last, clear) for active, _, _, last, clear in rows]


@pytest.mark.parametrize("words", [1, 2, 5, 8])
@pytest.mark.parametrize("length", [4, 7, 16])
def test_counts_the_bits_of_every_word_and_rests(trace, words, length):
    span = words * length
    rows = run(trace, Timeline(words, (length,)), span + 9, {3})
    assert without_counts(rows[:4]) == [IDLE] * 4
    assert rows[4 : 4 + span] == one_pass(words, length)
    assert without_counts(rows[4 + span :]) == [IDLE] * 5


@pytest.mark.parametrize("words", [1, 2, 3])
def test_a_start_in_the_last_cycle_leaves_no_gap(trace, words):
    span = 5 * words
    rows = run(trace, Timeline(words, (5,)), 3 * span + 4, {0, span, 2 * span})
    assert rows[1 : 1 + 3 * span] == 3 * one_pass(words, 5)
    assert without_counts(rows[1 + 3 * span :]) == [IDLE] * 3


@pytest.mark.parametrize("gap", [1, 2, 6])
def test_passes_with_a_gap_are_whole(trace, gap):
    later = 10 + gap
    rows = run(trace, Timeline(2, (5,)), later + 12, {0, later})
    assert rows[1:11] == one_pass(2, 5)
    assert without_counts(rows[11 : 1 + later]) == [IDLE] * gap
    assert rows[1 + later : 11 + later] == one_pass(2, 5)


@pytest.mark.parametrize("long", [4, 5, 6, 9, 12])
def test_words_of_another_kind_take_longer_or_shorter(trace, long):
    normal, other, third = 3 * 6, 3 * long, 3 * 7
    starts = {0, normal, normal + other, normal + other + third}
    kinds = [0] * (1 + normal) + [1] * other + [2] * third + [0]
    dut = Timeline(3, (6, long, 7))
    rows = run(trace, dut, 2 * normal + other + third + 3, starts, kinds)
    assert rows[1:-2] == [*one_pass(3, 6), *one_pass(3, long), *one_pass(3, 7), *one_pass(3, 6)]
    assert without_counts(rows[-2:]) == [IDLE] * 2


@pytest.mark.parametrize("cycles", [0, 1, 3])
def test_an_end_is_found_cycles_ahead(trace, cycles):
    dut = Timeline(2, (4, 6))
    m = Module()
    m.submodules.dut = dut
    found = Signal()
    m.d.comb += found.eq(dut.active & dut.at_end(cycles))
    starts = [cycle in (0, 8) for cycle in range(24)]
    kinds = [cycle > 8 for cycle in range(24)]
    rows = trace(m, 24, [(dut.start, starts), (dut.kind, kinds)], [found])
    wanted = [4 - cycles, 8 - cycles, 14 - cycles, 20 - cycles]
    assert [cycle for cycle, (mark,) in enumerate(rows) if mark] == wanted


def test_a_start_in_the_middle_begins_anew(trace):
    rows = run(trace, Timeline(2, (5,)), 22, {0, 7})
    assert rows[1:8] == one_pass(2, 5)[:7]
    assert rows[8:18] == one_pass(2, 5)
    assert without_counts(rows[18:]) == [IDLE] * 4
