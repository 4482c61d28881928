"""The soak: golden results at any length, and a wrong one ends it."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.export.errors import MismatchError

SEED = 7


@pytest.fixture
def soak():
    import soak

    return soak


@pytest.fixture
def in_python(soak, monkeypatch):
    """Put the board in Python in the place of the emitted design; it may have a fault."""

    def put(fault=lambda answer: answer):
        @contextmanager
        def power_up(model):
            board = stand_in(model)
            honest = board._classify
            board._classify = lambda steps: fault(honest(steps))
            yield board

        @contextmanager
        def small_board(model):
            yield SimpleNamespace(power_up=lambda: power_up(model))

        monkeypatch.setattr(soak, "small_board", small_board)

    return put


def test_all_steps_are_sent_and_all_results_compared(soak, in_python):
    in_python()
    whole, live = soak.whole(900, SEED), soak.live(90, SEED)
    assert (whole["steps"], whole["sequences_unanswered"], whole["retries"]) == (900, 0, 0)
    assert whole["results_right"] > 900 / soak.LONGEST
    assert (live["steps"], live["results_right"], live["retries"]) == (90, 90, 0)


@pytest.mark.parametrize("way", ["whole", "live"])
def test_one_wrong_logit_ends_it(soak, in_python, way):
    calls = []

    def fault(answer):
        calls.append(1)
        index, logits = answer
        return index, [logits[0], logits[1] ^ (len(calls) == 3), logits[2]]

    in_python(fault)
    with pytest.raises(MismatchError, match=r"^(sequence|step) 3: logit 1 of readout 1 must be"):
        getattr(soak, way)(2000, SEED)


@pytest.mark.slow
def test_the_emitted_design_is_golden_for_long(soak):
    whole, live = soak.whole(40_000, SEED), soak.live(1000, SEED)
    assert (whole["steps"], whole["sequences_unanswered"], whole["retries"]) == (40_000, 0, 0)
    assert (live["results_right"], live["retries"]) == (1000, 0)
