"""A place between two streams: every order of waiting, and no path through it."""

import numpy as np

from qrnn_hw.hw.wrap.bus import Slice


def outputs(dut):
    return [dut.i.ready, dut.o.valid, dut.o.payload]


def test_a_transfer_every_two_cycles_a_cycle_late(trace):
    dut = Slice(4)
    inputs = [(dut.i.valid, [1]), (dut.i.payload, [1, 2, 2, 3, 3, 4, 4]), (dut.o.ready, [1])]
    rows = trace(dut, 7, inputs, outputs(dut))
    assert [ready for ready, _, _ in rows] == [1, 0, 1, 0, 1, 0, 1]
    assert [value for _, valid, value in rows if valid] == [1, 2, 3]
    assert [valid for _, valid, _ in rows] == [0, 1, 0, 1, 0, 1, 0]


def test_what_is_offered_stays_until_it_is_taken(trace):
    dut = Slice(4)
    inputs = [(dut.i.valid, [1, 1, 0]), (dut.i.payload, [5, 6, 7]), (dut.o.ready, [0, 0, 0, 1, 0])]
    rows = trace(dut, 6, inputs, outputs(dut))
    assert rows[1:4] == [(0, 1, 5)] * 3
    assert [row[:2] for row in rows[4:]] == [(1, 0)] * 2


def test_nothing_is_lost_or_doubled_by_random_waits(trace):
    rng = np.random.default_rng(6)
    dut = Slice(4)
    offered, wanted = rng.integers(2, size=(2, 400)).tolist()
    values = rng.integers(16, size=400).tolist()
    inputs = [(dut.i.valid, offered), (dut.i.payload, values), (dut.o.ready, wanted)]
    rows = trace(dut, 400, inputs, outputs(dut))
    sent = [value for row, go, value in zip(rows, offered, values) if go and row[0]]
    come = [row[2] for row, go in zip(rows, wanted) if go and row[1]]
    assert len(come) > 90
    assert come == sent[: len(come)]
    assert len(sent) - len(come) <= 1
