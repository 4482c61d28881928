"""What is said of answers on the screen."""

import numpy as np
import pytest

from qrnn_hw.cli.console import Screen
from qrnn_hw.cli.views.judgement import MOST, doubts, show_judgement
from qrnn_hw.train.result.tally import tally


def card(targets, answers, names=("common", "rare"), balance=False, **more):
    """Make up the card of a network that gave these answers."""
    judged = {
        "split": "test", "state_bits": 12, "classes": list(names), "references": {},
        **tally(np.array(targets), np.array(answers), len(names)),
    } | more  # fmt: skip
    return {
        "judged": judged, "splits": {"train": 400}, "recipe": {"balance": balance}, "curve": []
    }  # fmt: skip


def shown(given, capsys):
    show_judgement(Screen(), given)
    return " ".join(capsys.readouterr().out.split())


LOPSIDED = np.repeat([0, 1], [150, 10])


def test_a_constant_answerer_is_told(capsys):
    said = shown(card(LOPSIDED, 0 * LOPSIDED), capsys)
    assert "never answered: class rare" in said
    assert "answers the largest class always │ 93.8 %" in said
    assert (
        "warning: class rare is never answered, and 10 of 160 test sequences are; try --balance, "
        "or more data of it"
    ) in said
    assert (
        "warning: 93.8 % right, 88.9 to 96.6 % with 95 % confidence, may be no better than "
        "answering class common always, 93.8 %; try --balance, or more data"
    ) in said


def test_a_good_network_is_not_doubted(capsys):
    given = card(LOPSIDED, LOPSIDED)
    assert doubts(given) == []
    assert "warning" not in shown(given, capsys)


def test_balanced_classes_need_other_remedies():
    even = np.repeat([0, 1], [20, 20])
    found = doubts(card(even, 0 * even))
    assert len(found) == 2
    assert all("try more --epochs or --hidden" in each for each in found)
    assert not any("--balance" in each for each in found)


def test_balanced_training_is_judged_by_recall():
    answers = LOPSIDED.copy()
    answers[:30] = 1  # 80 % of one class, all of the other
    assert len(doubts(card(LOPSIDED, answers))) == 1
    assert doubts(card(LOPSIDED, answers, balance=True)) == []
    found = doubts(card(LOPSIDED, 0 * LOPSIDED, balance=True))
    assert len(found) == 2 and not any("--balance" in each for each in found)


def test_answers_without_an_interval_are_not_doubted():
    given = card(LOPSIDED, 0 * LOPSIDED)
    given["judged"] |= {"interval": None, "recall_interval": [None, None]}
    assert doubts(given) == []


@pytest.mark.parametrize("count", [2, MOST, MOST + 3])
def test_many_classes_are_shown_by_their_worst(count, capsys):
    targets = np.repeat(np.arange(count), 3)
    answers = targets.copy()
    answers[-3:] = 0
    names = [f"name {number}." for number in range(count)]
    said = shown(card(targets, answers, names), capsys)
    assert f"name {count - 1}." in said
    assert ("answered as" in said) == (count <= MOST)
    assert ("... and 3 more" in said) == (count > MOST)


def test_references_say_what_they_were_made_of(capsys):
    way = {"accuracy": 0.5, "interval": [0.4, 0.6], "recall": [0.5, None]}
    references = {
        "nearest_neighbour": way | {"sequences": 400},
        "logistic_regression": way | {"sequences": 90},
    }
    said = shown(card(LOPSIDED, LOPSIDED, references=references), capsys)
    assert "│ 1-NN │ 50.0 % │ 40.0 to 60.0 % │ 50.0 % │" in said
    assert "logistic regression: from 90 of 400 training sequences" in said
    assert "1-NN: from" not in said


def test_numbers_are_held_to_their_mean(capsys):
    given = card([0, 1], [0, 1])
    given["judged"] = {
        "split": "val", "state_bits": 8, "classes": ["sum"], "count": 70,
        "references": {"mean": {"loss": 0.1667}},
    }  # fmt: skip
    said = shown(given, capsys)
    assert "70 validation answers, states of 8 bits" in said
    assert "answers the mean always │ loss 0.1667" in said
