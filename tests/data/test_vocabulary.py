"""Vocabularies of few numbers for many words."""

import numpy as np
import pytest

from qrnn_hw.data.vocabulary import KINDS, UNKNOWN, build, restored, tokens

SENTENCES = ("Good film, good!", "a bad film", "good a", "bad, poor", "poor a", "fine good")
LABELS = np.array([1, 0, 1, 0, 0, 1])


def test_words_and_marks():
    assert tokens("It's  FINE, né?", False) == ["it", "'", "s", "fine", ",", "né", "?"]
    assert tokens("Ab c", True) == ["a", "b", " ", "c"]


def test_the_most_frequent_words_have_numbers():
    vocabulary = build(SENTENCES, LABELS, "words", 4)
    assert vocabulary.names == (UNKNOWN, "good", "a", ",")
    assert vocabulary.encode("GOOD, fine film").tolist() == [1, 3, 0, 0]
    assert vocabulary.encode("").tolist() == [0], "no empty sequences"


def test_groups_are_ordered_by_log_odds():
    vocabulary = build(SENTENCES, LABELS, "groups", 4)
    # In sentences of class 0 and 1: bad, poor 2:0; a 2:1; film, "," 1:1; good 0:3; fine is in one.
    assert vocabulary.names == (UNKNOWN, "bad poor", "a ,", "film good")
    assert vocabulary.encode("poor fine film").tolist() == [1, 0, 3]
    many = build(SENTENCES, LABELS, "groups", 256)
    assert many.names == (UNKNOWN, "bad", "poor", "a", ",", "film", "good")


def test_groups_follow_the_labels():
    straight, turned = (build(SENTENCES, labels, "groups", 3) for labels in (LABELS, 1 - LABELS))
    assert straight.numbers["good"] == turned.numbers["bad"] == 2
    assert straight.numbers["bad"] == turned.numbers["good"] == 1


def test_characters():
    vocabulary = build(("aab", "a c"), np.array([0, 1]), "characters", 3)
    assert vocabulary.names == (UNKNOWN, "a", " ")
    assert vocabulary.encode("a b").tolist() == [1, 2, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_names_are_enough_to_restore_a_vocabulary(kind):
    for special in ((), ("#",)):
        built = build((*SENTENCES, "one # two"), np.append(LABELS, 1), kind, 9, special)
        assert restored(list(built.names), kind) == built


def test_a_special_token_has_a_number_of_its_own():
    for kind in ("words", "groups"):
        vocabulary = build(("a # b", "# a b"), np.array([0, 1]), kind, 10, ("#",))
        assert vocabulary.names == (UNKNOWN, "#", "a", "b")
        assert vocabulary.encode("b # c").tolist() == [3, 1, 0]
