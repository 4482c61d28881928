"""The section of a step: the numbers of a plan, and a picture that has all of them."""

from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import escape

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.hw.engine import pace
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.page.document import rendered
from qrnn_hw.page.parts import AROUND
from qrnn_hw.page.step import section
from qrnn_hw.page.subject import Build
from qrnn_hw.page.timeline import NAMES, Scale, timeline
from random_model import random_model

CORES = {
    "trusts": (16, {}, SerialPlan, (16,)),
    "folds": (16, {}, SerialPlan, (1,)),
    "reads every step": (16, {"every": True}, SerialPlan, (4,)),
    "graph": (6, {"weights": "binary"}, GraphPlan, (3,)),
    "popcount": (40, {"weights": "binary"}, PopcountPlan, (4, 2)),
    "word": (256, {}, WordPlan, (4,)),
}


@pytest.fixture(scope="module", params=CORES)
def plan(request):
    hidden, options, kind, sizes = CORES[request.param]
    return kind(random_model(np.random.default_rng(1), hidden, 8, **options), *sizes)


def test_the_page_tells_the_cycles_of_the_report(plan):
    report = Report(cycles_per_step=pace(plan), clock_mhz=36.0)
    shown = section(SimpleNamespace(build=Build(report, plan, None)))
    assert shown["cycles"] == report.cycles_per_step
    text = rendered("step.html", shown)
    assert text == rendered("step.html", section(SimpleNamespace(build=Build(report, plan, None))))
    assert f"A step takes {pace(plan):,} cycles" in text
    for act in shown["step"].acts:
        assert escape(act.does) in text and f"{act.begin:,}" in text


def test_every_act_is_in_the_picture_once(plan):
    step = plan.step()
    root = ElementTree.fromstring(timeline(step, (*plan.parts, *AROUND)))
    bars = [r for r in root.iter("rect") if r.get("class") in ("own bar", "waits bar")]
    assert len(bars) == len(step.acts)
    ends = [float(bar.get("x")) + float(bar.get("width")) for bar in bars]
    assert max(ends) <= float(root.get("width"))
    texts = [text.text for text in root.iter("text")]
    assert f"{step.cycles:,}" in texts and {act.part for act in step.acts} <= set(texts)
    assert float(root.get("width")) < 1400
    assert ("If one saturates" in texts) == (step.back is not None)


def test_bars_of_a_line_do_not_overlap(plan):
    root = ElementTree.fromstring(timeline(plan.step(), (*plan.parts, *AROUND)))
    lines = {}
    for bar in root.iter("rect"):
        if "bar" in (bar.get("class") or ""):
            begin = float(bar.get("x"))
            lines.setdefault(bar.get("y"), []).append((begin, begin + float(bar.get("width"))))
    for spans in lines.values():
        spans.sort()
        # What is narrower than a line is drawn a little wider than it is.
        assert all(end < begin + 2 for (_, end), (begin, _) in zip(spans, spans[1:]))


def test_a_scale_keeps_the_order_and_squeezes_what_is_long():
    scale = Scale([0, 3, 5, 5000, 5001])
    places = [scale(cycle) for cycle in range(5002)]
    assert places[0] == NAMES and places == sorted(places)
    assert scale.squeezed == [(5, 5000)]
    assert scale(5000) - scale(5) < 100 * (scale(1) - scale(0))
    assert scale(5001) - scale(5000) == pytest.approx(scale(1) - scale(0))


def test_without_a_build_there_is_no_step():
    assert section(SimpleNamespace(build=None)) is None
