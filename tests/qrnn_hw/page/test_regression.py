"""The numbers of a regression on a page: plots, errors, and what is off by how much."""

import re
from dataclasses import replace

import numpy as np
import pytest

from parsed_page import Page
from qrnn_hw.export import golden
from qrnn_hw.models import open_model
from qrnn_hw.page.accuracy import error
from qrnn_hw.page.regression import regression
from qrnn_hw.page.report_page import page
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.words import significant


@pytest.fixture(scope="module")
def subject(trained):
    """Draw a network that answers a tenth more than what is right, and one time much more."""
    x = np.random.default_rng(1).integers(-120, 120, (30, 12, 1))
    network = trained(
        decision=True, classes=("bar",), regression=True, samples=x, answer_scale=3.0,
        answer_offset=40.0,
    )  # fmt: skip
    opened = open_model(network)
    run = golden.run(opened.model, x)
    answers = network.answers(golden.real(opened.model, run.logits, opened.samples.lengths)).ravel()
    truth = answers - 0.1
    truth[4] -= 50
    network = replace(network, card={"samples_truth": truth.tolist()})
    return Subject(open_model(network), open_model(network).samples)


def test_points_are_where_answers_and_truth_are(subject):
    found = regression(subject, subject.course, {3: 0, 4: 1})
    against, off = found["plots"]
    assert len(against["points"]) == len(off["points"]) == found["count"] == 30
    assert [one["item"] for one in off["points"]][3:6] == [0, 1, None]
    assert [at for at, one in enumerate(off["points"]) if one["far"]] == [4]
    heights = {one["y"] for at, one in enumerate(off["points"]) if at != 4}
    assert len(heights) == 1  # all are off by as much
    lowest = max(float(one["y"]) for one in off["points"])
    assert lowest == float(heights.pop()) < float(off["line"][0][1]) + 9
    for tick, place in against["x"]["ticks"]:
        assert 62 <= float(place) <= 448 and re.fullmatch(r"-?[\d,.]+", tick)


def test_figures_are_those_of_the_errors(subject):
    found = dict(each[:2] for each in regression(subject, subject.course, {})["figures"])
    rms = np.sqrt((29 * 0.1**2 + 50.1**2) / 30)
    assert found["root mean square error"] == significant(rms)
    assert found["mean absolute error"] == significant((29 * 0.1 + 50.1) / 30)
    assert found["nine of ten are off by less than"] == "0.1"
    assert found["largest error"] == "50.1"
    assert found["mean error"] == f"{(29 * 0.1 + 50.1) / 30:+.3g}"
    assert "the network in real numbers" in found
    assert error(subject).size == pytest.approx(rms)
    assert error(subject).basis == "30 sequences of the model's file"


def test_a_page_shows_them(subject):
    found = Page(page(subject))
    assert not found.wrong
    assert "Answers against what is right" in found.text and "largest error" in found.text
    assert "Recall by class" not in found.text and "Answers by class" not in found.text


def test_without_truth_nothing_is_compared(subject):
    blind = replace(subject, sequences=replace(subject.sequences, truth=None))
    assert regression(blind, blind.course, {}) is None and error(blind) is None
    assert "Nothing at hand says which numbers are right" in Page(page(blind)).text


@pytest.mark.parametrize("told", [None, [1.0], ["a"] * 30, [float("nan")] * 30, "1"])
def test_a_file_that_does_not_tell_them_right_has_none(subject, told):
    assert replace(subject.network, card={"samples_truth": told}).truth is None
