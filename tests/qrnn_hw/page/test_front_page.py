"""Pages of what can be had: every best point is there, and its command makes it."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from browser import CHROMIUM, MISSING, Browser
from parsed_page import Page
from qrnn_hw.cli.build import build
from qrnn_hw.cli.explore import explore as command
from qrnn_hw.cli.train import train
from qrnn_hw.exploration import explore
from qrnn_hw.page.front_page import front_page
from qrnn_hw.page.outlook import outlook_page
from qrnn_hw.page.scatter import Axis, Spot, chart, ticks
from qrnn_hw.page.sweep_page import sweep_page
from qrnn_hw.sweep.answer import Answer
from qrnn_hw.sweep.marks import Mark, View

DIGITS = Path(__file__).parents[3] / "examples/digits.pt"


@pytest.fixture(scope="module")
def digits():
    return explore(DIGITS)


def spot(x, y, **more):
    return Spot(x, y, 0, f"{x} {y}", (str(x), str(y)), **more)


def test_the_line_joins_what_nothing_is_better_than():
    spots = [spot(1, 5), spot(2, 4), spot(3, 9), spot(0.5, 20, faint=True), spot(4, 9.5)]
    found = chart("a", "A", spots, Axis("x"), Axis("y"), ["k"], ["x", "y"])
    assert [one["spot"].name for one in found["front"]] == ["1 5", "3 9", "4 9.5"]
    less = chart("a", "A", spots, Axis("x"), Axis("loss", less=True), ["k"], ["x", "y"])
    assert [one["spot"].name for one in less["front"]] == ["1 5", "2 4"]
    xs = {one["spot"].x: one["x"] for one in found["points"]}
    assert xs[2] - xs[1] == pytest.approx(xs[3] - xs[2], abs=0.2)


def test_equal_ratios_are_equal_distances_of_a_log_axis():
    spots = [spot(10, 1), spot(100, 2), spot(1000, 3)]
    found = chart("a", "A", spots, Axis("x", log=True, limit=500), Axis("y"), ["k"], ["x", "y"])
    xs = {one["spot"].x: one["x"] for one in found["points"]}
    assert xs[100] - xs[10] == pytest.approx(xs[1000] - xs[100], abs=0.2)
    assert xs[100] < found["limit"] < xs[1000]
    assert len(ticks(140, 440, True)) >= 3 and ticks(3, 3, False)


def test_a_page_of_cores_has_the_one_that_build_takes(digits):
    outlook = digits["icebreaker"]
    found = Page(outlook_page(digits, str(DIGITS)))
    assert not found.wrong
    drawn = [one for one in found.all("use") if "data-name" in one]
    taken = [one for one in drawn if "taken" in one["class"]]
    assert len(taken) == 1 and f"{outlook.chosen.cells:,}" in taken[0]["data-figures"]
    assert sum("best" in one["class"] for one in drawn) >= 5
    for one in (*taken, *found.all("button")):
        if text := one.get("data-command"):
            words = shlex.split(text)
            assert words[:3] == ["qrnn-hw", "build", str(DIGITS)]
            assert build.make_context("build", words[2:]).params["lanes"] or "--lanes" not in words


def test_the_command_writes_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, [str(DIGITS), "--html", "cores.html"])
    assert done.exit_code == 0 and "page: cores.html" in done.output
    assert "Cores of digits.pt" in Path("cores.html").read_text()
    Path("mine.html").write_text("mine")
    refused = CliRunner().invoke(command, [str(DIGITS), "--html", "mine.html"])
    assert "a file that qrnn-hw wrote" in str(refused.exception)
    assert Path("mine.html").read_text() == "mine"


def sweep_of(measure):
    view = View("bytes", "bytes of weights", measure, False)
    points = ({"hidden": 16, "balance": None}, {"hidden": 32, "balance": True})
    marks = tuple(
        Mark(point, "hadamrnn", 100.0 * n, 0.5 + 0.1 * n, 0.4, 0.0, True)
        for n, point in enumerate(points, 1)
    )
    return Answer(4, 1, "", ((view, marks),))


@pytest.mark.parametrize(("measure", "best"), [("accuracy", "hidden=32"), ("loss", "hidden=16")])
def test_a_page_of_a_sweep_has_commands_that_train(measure, best):
    question = {"task": "digits", "options": {}, "fixed": {"epochs": 3, "u-bits": 4}, "seeds": [7]}
    found = Page(sweep_page(question, None, sweep_of(measure)))
    assert not found.wrong and "4 runs of digits, 1 of them failed" in found.text
    taken = [one for one in found.all("use") if "taken" in one.get("class", "")]
    assert len(taken) == 1 and taken[0]["data-name"].startswith(best)
    words = shlex.split(taken[0]["data-command"])
    given = train.make_context("train", words[2:]).params
    assert (given["hidden"], given["epochs"], given["u_bits"]) == (int(best[-2:]), 3, 4)
    assert given["seed"] == 7


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_a_point_is_a_command(tmp_path):
    spots = [
        Spot(x, y, 0, f"{x} {y}", ("a long figure",) * 7, command, chosen=x == 1)
        for x, y, command in ((1, 5, "one <b>"), (3, 9, "two"))
    ]
    charts = [chart("a", "A", spots, Axis("x"), Axis("y"), ["k"], ["a column"] * 7)]
    path = tmp_path / "front.html"
    path.write_text(front_page("title", "about", charts))
    with Browser(tmp_path / "profile") as browser:
        for width in (390, 2560):
            tab = browser.open(path, width)
            code = 'document.querySelector(".picked code").textContent'
            assert tab.run(code) == "one <b>"
            tab.run("document.querySelectorAll('button.pick')[1].click()")
            assert tab.run(code) == "two"
            tab.run("""document.querySelector('use[data-name="1 5"]')
              .dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}))""")
            assert tab.run(code) == "one <b>"
            root = "document.documentElement"
            assert tab.run(f"{root}.scrollWidth - {root}.clientWidth") == 0
            assert not tab.errors and not tab.requests
