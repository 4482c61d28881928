# amaranth: UnusedElaboratable=no
"""A board that listens: golden on raw sound, and what happens where it is not."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.data.sound import kept_recordings
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import MismatchError, ModelError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.hw.frontend import frontend
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.listening import Heard, noise, verify_listening
from random_model import random_model

WIDER = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 27, 31)


@pytest.fixture(scope="module")
def plan(listener):
    return PopcountPlan(integer_model(listener, 8), 16, 4, 8)


@pytest.fixture
def stand_in(monkeypatch):
    """Return a function that puts an ideal board with another model in the place of gateware."""

    def put(model, turn=0, deaf=False):
        def classify(frames):
            run = golden.run(model, np.array(frames)[None])
            return (int(run.classes[0]) + turn) % model.classes, run.logits[0].tolist()

        class Board:
            def __init__(self, *_, **__):
                pass

            @contextmanager
            def power_up(self, **_):
                board = ReferenceBoard(Identity.of(model, front_end=True), classify)
                if deaf:
                    board.write = len
                yield board

        monkeypatch.setattr("qrnn_hw.listening.CosimulatedBoard", Board)

    return put


@pytest.mark.slow
def test_a_board_that_listens_is_golden(plan, listener):
    heard = verify_listening(plan, kept_recordings(listener))
    assert heard == Heard(sequences=2, samples=2 * (3 * FRAME + 5), steps=6, logits=6)


@pytest.mark.slow
def test_another_front_end_is_found(plan, listener, monkeypatch):
    monkeypatch.setattr(frontend, "EDGES", WIDER)
    with pytest.raises(MismatchError, match=r"^recording 0, logit 0 must be .* golden run, not "):
        verify_listening(plan, kept_recordings(listener))


@pytest.mark.slow
def test_readouts_of_every_step_are_golden():
    options = {"channels": 16, "input_bits": 8, "input_signed": True, "every": True}
    model = random_model(np.random.default_rng(1), 8, 6, weights="levels", **options)
    sounds = [np.arange(length) * 90 for length in (300, 128)]
    heard = verify_listening(PopcountPlan(model, 8, 4, 6, load=True), sounds)
    assert (heard.steps, heard.logits) == (3, 9)


def test_an_ideal_board_passes(plan, listener, stand_in):
    stand_in(plan.model)
    assert verify_listening(plan, kept_recordings(listener)).logits == 6


def test_another_logit_is_found(plan, listener, stand_in):
    v = plan.model.readout.v.copy()
    v[1] ^= 1
    stand_in(replace(plan.model, readout=replace(plan.model.readout, v=v)))
    with pytest.raises(MismatchError, match=r"^recording 0, logit 1 must be .* golden run, not "):
        verify_listening(plan, kept_recordings(listener))


def test_another_class_is_found(plan, listener, stand_in):
    stand_in(plan.model, turn=1)
    message = r"^recording 0, class of readout 0 must be \d as in the golden run, not \d$"
    with pytest.raises(MismatchError, match=message):
        verify_listening(plan, kept_recordings(listener))


def test_a_board_that_does_not_answer_is_found(plan, listener, stand_in):
    stand_in(plan.model, deaf=True)
    with pytest.raises(MismatchError, match=r"^the board must answer, and does not: ") as caught:
        verify_listening(plan, kept_recordings(listener))
    assert caught.value.hint


def test_fewer_results_than_sounds_are_no_verification(plan, listener, stand_in, monkeypatch):
    stand_in(plan.model)
    monkeypatch.setattr("qrnn_hw.listening.Host.classify_many", lambda self, sounds: iter(()))
    with pytest.raises(MismatchError, match=r"^the board must give \d+ results, and gave 0$"):
        verify_listening(plan, kept_recordings(listener))


def test_nothing_to_compare_is_no_verification(plan):
    with pytest.raises(MismatchError, match="must compare something, and has no sounds"):
        verify_listening(plan, [])


def test_models_of_other_inputs_are_refused():
    deaf = PopcountPlan(random_model(np.random.default_rng(1), 8, 6), 8, 2)
    with pytest.raises(ModelError, match="must take 16 channels of 8 signed bits"):
        verify_listening(deaf, [np.zeros(128, int)])


@pytest.mark.parametrize("seed", range(3))
def test_noise_goes_from_silence_to_beyond_full_scale(seed):
    one, other = (noise(np.random.default_rng(seed)) for _ in range(2))
    assert all(map(np.array_equal, one, other))
    assert all(FRAME <= len(each) < 6 * FRAME for each in one)
    assert all((each.min(), each.max(), min(abs(each[:9]))) == (-32768, 32767, 0) for each in one)
    frames = np.concatenate([front_end(each) for each in one])
    assert (frames.min() < -100, frames.max()) == (True, 127)
