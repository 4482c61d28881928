"""Data sets through a board: what matched, what did not, and how fast."""

import numpy as np
import pytest

from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.play import play
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from random_model import random_model

LENGTHS = np.array([6, 2, 4])


def drawn(every=False):
    rng = np.random.default_rng(7)
    model = random_model(rng, 8, 6, every=every)
    x = rng.integers(0, 256, (3, 6, 1))
    return model, [row[:end] for row, end in zip(x, LENGTHS)], golden.run(model, x, LENGTHS)


@pytest.mark.parametrize("every", [False, True])
def test_equal_answers_match(every):
    model, inputs, run = drawn(every)
    host, heard = Host(stand_in(model)), []
    host.reset()
    before = host.traffic.sent
    played = play(host, inputs, run, LENGTHS, lambda: heard.append(1))
    assert (played.matched, played.first, len(heard)) == (3, None, 3)
    assert played.logits == 3 * (12 if every else 3)
    assert played.seconds > 0
    assert np.array_equal(played.run(run).classes, run.classes)
    # Identify and reset are no part of what was timed.
    identify, reset = 6, 6
    assert played.sent == host.traffic.sent - before - identify - reset


@pytest.mark.parametrize("every", [False, True])
def test_one_bit_is_found(every):
    model, inputs, run = drawn(every)
    board = stand_in(model)
    honest = board._classify

    def faulty(steps):
        index, logits = honest(steps)
        return index, [logits[0], logits[1] ^ (len(steps) == 4), logits[2]]

    board._classify = faulty
    played = play(Host(board), inputs, run, LENGTHS)
    wrong = Host(board).classify(inputs[0 if every else 2]).logits[3 if every else 0][1]
    assert played.matched == (1 if every else 2)
    where = "sequence 0: logit 1 of readout 4" if every else "sequence 2: logit 1 of readout 1"
    assert played.first == f"{where} must be {wrong ^ 1}, not {wrong}"


def test_a_wrong_class_with_right_logits_is_found():
    model, inputs, run = drawn()
    board = stand_in(model)
    honest = board._classify
    board._classify = lambda steps: ((honest(steps)[0] + 1) % 3, honest(steps)[1])
    played = play(Host(board), inputs, run, LENGTHS)
    assert played.matched == 0
    assert played.first.startswith("sequence 0: the class of readout 1 must be ")
    assert (played.run(run).classes != run.classes).all()


def test_nothing_to_compare_is_a_failure():
    model, _, run = drawn()
    with pytest.raises(MismatchError, match=r"^a run must compare 1 sequences, and compared 0$"):
        play(Host(stand_in(model)), [], run, LENGTHS)
