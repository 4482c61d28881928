"""Answers counted by class, and Wilson's interval."""

import numpy as np
import pytest
from scipy.stats import binomtest

from qrnn_hw.train.result.tally import CONFUSED, tally, wilson


def test_wilsons_interval():
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)
    assert wilson(10, 10) == pytest.approx((0.7224672, 1.0), abs=1e-6)


def test_scipy_has_the_same_interval():
    for right, count in ((0, 1), (1, 1), (1, 7), (150, 160), (50, 100), (9999, 10000)):
        expected = binomtest(right, count).proportion_ci(0.95, "wilson")
        assert wilson(right, count) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_ends_of_the_interval_are_where_the_share_is_as_far_as_the_score_test_allows():
    for right, count in ((3, 17), (40, 41), (0, 5)):
        for end in wilson(right, count):
            if 0 < end < 1:
                deviation = abs(right / count - end) / np.sqrt(end * (1 - end) / count)
                assert deviation == pytest.approx(1.959964, abs=1e-5)


def test_a_table_made_by_hand():
    targets = np.array([0, 0, 0, 1, 1, 3])
    answers = np.array([0, 0, 2, 1, 0, 0])
    found = tally(targets, answers, 4)
    assert found["confusion"] == [[2, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert (found["count"], found["right"], found["accuracy"]) == (6, 3, 0.5)
    assert found["majority"] == {"class": 0, "accuracy": 0.5}
    assert found["counts"] == [3, 2, 0, 1]
    assert found["answered"] == [4, 1, 1, 0]
    assert found["recall"] == [2 / 3, 0.5, None, 0.0]
    assert found["recall_interval"][2] is None
    assert found["recall_interval"][0] == list(wilson(2, 3))
    # A class that does not occur need not be answered.
    assert found["never_answered"] == [3]


def test_answers_of_one_sequence_have_no_interval():
    found = tally(np.array([0, 1]), np.array([0, 1]), 2, apart=False)
    assert (found["interval"], found["recall_interval"]) == (None, [None, None])
    assert found["recall"] == [1.0, 1.0]


def test_many_classes_have_no_confusion_table():
    targets = np.arange(CONFUSED + 1)
    assert tally(targets, targets, CONFUSED + 1)["confusion"] is None
    assert len(tally(targets[:-1], targets[:-1], CONFUSED)["confusion"]) == CONFUSED
