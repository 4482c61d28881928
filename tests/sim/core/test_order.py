"""Orders of simulations: their files, stalls and deadlines."""

import json

import numpy as np

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.order import free_running, stalling
from random_model import random_model


def plan(**options):
    return SerialPlan(random_model(np.random.default_rng(1), 8, 6, **options), 4)


def test_files_hold_the_transfers(tmp_path):
    order = free_running(plan(input_signed=True), [np.array([[5], [-1]]), np.array([[-128]])])
    order.write(tmp_path)
    assert (tmp_path / "inputs").read_text() == "0 0 5\n0 1 ff\n0 1 80\n"
    assert (tmp_path / "pauses").read_text() == "0\n" * 6
    told = json.loads((tmp_path / "order.json").read_text())
    assert told == {
        "transfers": 6, "drain": order.drain, "deadline": order.deadline, "resets": []
    }  # fmt: skip
    assert not order.stalled
    assert (tmp_path / "weights").read_text() == ""


def test_stalls_hit_both_streams_and_resets_come_in_the_first_sequence():
    chosen = plan()
    sequences = [np.zeros((40, 1), np.int64), np.zeros((60, 1), np.int64)]
    order = stalling(chosen, sequences, np.random.default_rng(2))
    assert order.stalled
    assert 10 < np.count_nonzero(order.idle) < 50
    assert np.count_nonzero(order.pauses)
    assert len(order.resets) == 2
    assert all(0 < cycles < chosen.sequence_cycles(40) for cycles in order.resets)


def test_the_deadline_grows_with_stalls():
    chosen = plan()
    sequences = [np.zeros((40, 1), np.int64)]
    free = free_running(chosen, sequences)
    slow = stalling(chosen, sequences, np.random.default_rng(3))
    waits = int(slow.idle.sum() + slow.pauses.sum())
    assert free.deadline > chosen.sequence_cycles(40)
    assert slow.deadline == free.deadline + 2 * waits


def test_a_seed_repeats_a_run():
    chosen, sequences = plan(), [np.zeros((40, 1), np.int64)]
    first, again = (stalling(chosen, sequences, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first.idle, again.idle)
    assert np.array_equal(first.pauses, again.pauses)
    assert first.resets == again.resets


def test_weights_come_first_and_one_reset_hits_them(tmp_path):
    model = random_model(np.random.default_rng(1), 8, 6, weights="ternary")
    chosen = PopcountPlan(model, 8, 2, load=True)
    words, sequences = chosen.loaded_words(), [np.zeros((4, 1), np.int64)]
    free = free_running(chosen, sequences)
    free.write(tmp_path)
    lines = (tmp_path / "weights").read_text().splitlines()
    assert lines == [f"0 {word:x}" for word in words]
    assert len(words) == chosen.load_cycles > 0
    loaded = free_running(PopcountPlan(model, 8, 2), sequences)
    assert free.deadline == loaded.deadline + 2 * len(words)
    order = stalling(chosen, sequences, np.random.default_rng(6))
    there = len(words) + order.waits.sum()
    assert np.count_nonzero(order.waits)
    assert 0 < order.resets[0] <= len(words) < there < order.resets[1]
