"""What a network is held to, on the split that it is judged on."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from qrnn_hw.train.result import judged as module
from qrnn_hw.train.result.judged import judged, judged_part


def test_a_constant_answer_is_told(dataset):
    data = dataset()
    found = judged(data, np.zeros(len(data.y_test)), 12)
    share = float((data.y_test == 0).mean())
    assert (found["split"], found["state_bits"], found["count"]) == ("test", 12, 60)
    assert found["classes"] == ["late", "early"]
    assert found["accuracy"] == share
    assert found["interval"][0] < share < found["interval"][1]
    assert found["never_answered"] == [1]
    assert found["recall"] == [1.0, 0.0]


def test_it_is_plain_data(dataset):
    for kind in ("plain", "every", "regression", "tokens", "decision"):
        data = dataset(kind)
        answers = data.y_test[data.y_test >= 0] if kind == "every" else data.y_test
        found = judged(data, answers, None)
        assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("kind", ["plain", "channels", "decision"])
def test_references_are_those_of_scikit_learn(dataset, kind):
    data = dataset(kind)
    found = judged(data, data.y_test, 12)["references"]
    train, test = (x.reshape(len(x), -1).astype(float) for x in (data.x_train, data.x_test))
    nearest = KNeighborsClassifier(1).fit(train, data.y_train).predict(test)
    assert found["nearest_neighbour"]["accuracy"] == (nearest == data.y_test).mean()
    scale = StandardScaler().fit(train)
    logistic = LogisticRegression().fit(scale.transform(train), data.y_train)
    answers = logistic.predict(scale.transform(test))
    assert found["logistic_regression"]["accuracy"] == (answers == data.y_test).mean()
    assert {each["sequences"] for each in found.values()} == {len(train)}


def test_what_follows_a_sequence_is_nothing(dataset):
    data = dataset("lengths")
    other = replace(
        data,
        x_test=np.where(
            np.arange(8)[None, :, None] < data.lengths_test[:, None, None], data.x_test, -9
        ),
    )
    assert (data.x_test != other.x_test).any()
    assert judged(data, data.y_test, 12) == judged(other, data.y_test, 12)


@pytest.mark.parametrize("kind", ["tokens", "every"])
def test_tokens_and_answers_at_every_step_have_no_references(dataset, kind):
    data = dataset(kind)
    answers = data.y_test[data.y_test >= 0]
    found = judged(data, answers, 12)
    assert (found["accuracy"], found["references"]) == (1.0, {})
    assert (found["interval"] is None) == (kind == "every")


def test_numbers_are_held_to_their_mean(dataset):
    data = dataset("regression")
    found = judged(data, data.y_test, 12)["references"]["mean"]
    assert found["loss"] == pytest.approx(((data.y_test - data.y_train.mean()) ** 2).mean())


def test_without_a_test_split_it_is_the_validation(dataset):
    data = dataset()
    data = replace(data, x_test=data.x_test[:0], y_test=data.y_test[:0])
    assert judged_part(data) == "val"
    assert judged(data, data.y_val, 12)["count"] == len(data.y_val)


def test_large_sets_are_sampled_the_same_every_time(dataset, monkeypatch):
    data = dataset()
    monkeypatch.setattr(module, "NEIGHBOUR_PRODUCTS", 60 * 8 * 50)
    monkeypatch.setattr(module, "LOGISTIC_PRODUCTS", 8 * 2 * 40)
    found = judged(data, data.y_test, 12)["references"]
    assert found["nearest_neighbour"]["sequences"] == pytest.approx(50, abs=2)
    assert found["logistic_regression"]["sequences"] == pytest.approx(40, abs=2)
    assert judged(data, data.y_test, 12)["references"] == found


def test_what_would_take_too_long_is_left_out(dataset, monkeypatch):
    data = dataset()
    monkeypatch.setattr(module, "NUMBERS", 8)
    assert judged(data, data.y_test, 12)["references"] == {}


def test_a_single_class_to_train_on_has_no_references(dataset):
    data = dataset()
    data = replace(data, y_train=np.zeros_like(data.y_train))
    assert judged(data, data.y_test, 12)["references"] == {}
