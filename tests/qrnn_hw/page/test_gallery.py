"""What the page shows of sequences is what the golden run and the float network make of them."""

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.models import open_model
from qrnn_hw.page.final_states import projected
from qrnn_hw.page.gallery import BUDGET, MARKS, agreement, gallery, marks, pairs, runs, wrong
from qrnn_hw.page.subject import Subject
from qrnn_hw.sim.core.float_run import float_run

ROOT = Path(__file__).parents[3]


def subject_of(name, count=None):
    opened = open_model(ROOT / f"examples/{name}.pt")
    return Subject(opened, opened.samples.first(count))


@pytest.fixture(scope="module")
def digits():
    return subject_of("digits")


def test_the_course_ends_in_the_answers_of_the_model(digits):
    for subject in (digits, subject_of("copy128", 3)):
        course, given = subject.course, subject.sequences
        run = subject.run
        floats = float_run(subject.network, given.x, given.lengths)
        if subject.model.readout.every:
            ours, theirs = course.run.logits, course.floats
        else:
            ours, theirs = course.run.logits[course.last], course.floats[course.last]
        assert np.array_equal(ours, run.logits)
        assert np.allclose(theirs, floats)
        assert course.run.saturated == run.saturated


def decode(text, low, high):
    return low + np.frombuffer(base64.b64decode(text), np.uint8) / 255 * (high - low)


def test_items_are_the_courses_of_the_sequences(digits):
    found, course = gallery(digits, digits.course), digits.course
    assert len(str(found)) < 1.3 * BUDGET and found["total"] == 200
    for item in found["items"][:: len(found["items"]) // 5]:
        at, (low, high) = marks(item["length"], MARKS), item["r"]
        for name, values in (("i", course.values), ("f", course.floats)):
            shown = decode(item[name], low, high).reshape(len(item["c"]), len(at))
            assert np.abs(shown.T - values[item["n"]][at][:, item["c"]]).max() <= (high - low) / 500
        last = course.run.logits[item["n"], item["length"] - 1]
        assert item["wire"] == last[item["c"]].tolist()
        pixels = decode(item["s"], 0, 16)
        assert np.abs(pixels - digits.sequences.x[item["n"], :, 0]).max() < 0.1


def test_an_image_is_put_in_order_again():
    subject = subject_of("pmnist512", 2)
    found = gallery(subject, subject.course)
    order = np.array(subject.network.task["order"])
    assert found["signal"]["order"] == order.tolist()
    pixels = np.frombuffer(base64.b64decode(found["items"][1]["s"]), np.uint8)
    x = subject.sequences.x[1, :, 0]
    assert np.abs(pixels[order] - 255 * x / subject.sequences.x.max()).max() <= 1


def test_every_wrong_answer_is_there_and_counted(digits):
    found = gallery(digits, digits.course)
    run = golden.run(digits.model, digits.sequences.x)
    bad = np.flatnonzero(run.classes != digits.sequences.y).tolist()
    assert [item["n"] for item in found["items"] if item["wrong"]] == bad and bad
    for item in found["items"]:
        _, right, answer, _ = item["asked"][-1]
        assert (right, answer) == (digits.sequences.y[item["n"]], run.classes[item["n"]])


def test_answers_that_are_asked_in_between_are_found():
    subject = subject_of("copy128", 2)
    y = subject.sequences.y.copy()
    y[1, -1] = (y[1, -1] + 1) % 9
    subject = replace(subject, sequences=replace(subject.sequences, y=y))
    asked = pairs(subject, subject.course)
    assert [wrong(one) for one in asked] == [False, True]
    assert len(asked[0]) == (y[0] >= 0).sum()


def test_answers_that_are_alike_are_joined():
    asked = [(0, 1, 1), (1, 1, 1), (2, 1, 0), (3, 1, 0), (4, 1, 1)]
    assert runs(asked) == [[0, 1, 1, 2], [2, 1, 0, 2], [4, 1, 1, 1]] and runs([]) == []


def test_agreement_counts_classes(digits):
    same, count = agreement(digits, digits.course)
    floats = float_run(digits.network, digits.sequences.x).argmax(1)
    assert (same, count) == (int((floats == digits.run.classes).sum()), 200)


def test_the_map_has_the_two_main_directions():
    z = np.random.default_rng(3).normal(size=(50, 6)) * [5, 1, 3, 0.1, 1, 1]
    places, shares = projected(z)
    values, vectors = np.linalg.eigh(np.cov(z.T))
    assert np.allclose(shares, values[::-1][:2] / values.sum())
    assert np.allclose(np.abs(places), np.abs((z - z.mean(0)) @ vectors[:, ::-1][:, :2]))
    assert np.allclose(projected(np.ones((4, 1)))[1], 0)


def test_without_a_network_there_are_no_real_numbers(digits):
    opened = open_model(digits.model)
    subject = Subject(opened, digits.sequences)
    assert subject.course.floats is None and agreement(subject, subject.course) is None
    assert all(item["f"] is None for item in gallery(subject, subject.course)["items"])
    assert isinstance(digits.network, TrainedModel)
