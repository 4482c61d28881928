"""Splits by class."""

import numpy as np

from qrnn_hw.data.split import by_group, stratified


def test_parts_are_disjoint_complete_and_keep_shares():
    labels = np.repeat([0, 1, 2], [100, 50, 10])
    train, val, test = stratified(labels, 0.2, 0.2)
    assert sorted(np.concatenate([train, val, test])) == list(range(160))
    assert np.bincount(labels[val]).tolist() == [20, 10, 2]
    assert np.bincount(labels[test]).tolist() == [20, 10, 2]


def test_rare_classes_reach_every_part():
    labels = np.repeat([0, 1], [50, 3])
    for part in stratified(labels, 0.2, 0.2):
        assert np.count_nonzero(labels[part] == 1) == 1


def test_the_split_is_fixed():
    labels = np.repeat([0, 1], 30)
    for one, other in zip(stratified(labels, 0.2), stratified(labels, 0.2)):
        assert np.array_equal(one, other)


def test_the_first_of_a_part_stand_for_all_of_it():
    labels = np.repeat([0, 1], 500)
    for part in stratified(labels, 0.2, 0.2):
        assert 20 < np.count_nonzero(labels[part[:100]]) < 80


def test_groups_stay_together():
    groups = np.random.default_rng(3).permutation(np.repeat([2, 4, 5, 7, 9, 11], 20))
    train, val, test = by_group(groups, 1, 2)
    assert sorted(np.concatenate([train, val, test])) == list(range(120))
    assert [set(groups[part]) for part in (train, val, test)] == [{2, 4, 5}, {7}, {9, 11}]
    assert not np.array_equal(train, np.sort(train))
