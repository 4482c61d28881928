"""The page of a build or a model: whole, escaped, the same every time, and as report.json says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qrnn_hw
from parsed_page import Page
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.built import Built
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.weights import Levels, RealLayer
from qrnn_hw.hw.choice import candidates
from qrnn_hw.models import open_model
from qrnn_hw.page.report_page import page
from qrnn_hw.page.subject import Build, Subject
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.float_run import float_run

ROOT = Path(__file__).parents[3]
CORE = {"board": "none", "verilog_only": True}
NASTY = ("</script><script>boom()</script>", "<img src=x onerror=boom()>", "a \"b\" & 'c'")


@pytest.fixture
def network(trained):
    """Return a small network of three classes, whose names are markup, with sequences."""
    x = np.random.default_rng(2).integers(-100, 100, (9, 12, 1))
    return trained(classes=NASTY, samples=x, name="<b>mine</b>", steps=12)


@pytest.fixture
def simulated(monkeypatch):
    """Simulate nothing."""
    result = type("Result", (), {"counts": Counts(1, 2, 3, 4, 0)})
    monkeypatch.setattr("qrnn_hw.job.verify_core", lambda *_, **__: (result, 1))
    monkeypatch.setattr("qrnn_hw.job.versions", dict)


@pytest.fixture(scope="module")
def digits():
    """Open the digits."""
    return open_model(ROOT / "examples/digits.pt")


REPORT = Report(
    board="icebreaker", device="iCE40UP5K", engine="serial", lanes=64, fold=1, hidden=64,
    state_bits=12, transform="exact", trained_steps=64, luts=2207, ffs=1819, brams=9, spram=0,
    dsps=0, lut_capacity=5280, clock_mhz=56.25, fmax_mhz=56.26, cycles_per_step=19.25,
    most_cycles_per_step=57, steps_per_second=2922078, latency_us_per_sequence=39.6, seed=3,
    model_bits=3390, tool_versions={"yosys": "0.70", "icepack": None}, critical_path=["link"],
    verified=[{"level": "rtl", "sequences": 31, "steps": 1178, "values": 77313, "logits": 310}],
)  # fmt: skip


def routed(opened, tmp_path, **changes):
    """Return a subject with a build of it that has a report, changed or not."""
    (tmp_path / "core.v").write_text("module qrnn_core; endmodule\n")
    plan = candidates(opened.model, "serial")[0][0].plan
    return Subject(opened, opened.samples, Build(replace(REPORT, **changes), plan, tmp_path))


def test_every_section_is_there_and_the_page_is_whole(digits, tmp_path):
    text = page(routed(digits, tmp_path))
    found = Page(text)
    assert not found.wrong
    ids = [one["id"] for one in found.all("section")]
    assert ids[:4] == ["answer", "model", "twin", "numbers"] and ids[-1] == "proof"
    assert len(text.encode()) < 1_000_000
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https:" not in text
    headings = [int(tag[1]) for tag, _, _ in found.elements if tag in ("h1", "h2", "h3")]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(headings, headings[1:]))
    assert all(one.get("type") for one in found.all("button"))
    assert len(found.all("caption")) == len(found.all("table"))


def test_what_is_wrong_with_a_page_is_seen():
    for fault in (
        "<p><b>open</p>", '<img src="x.png">', '<a href="elsewhere">x</a>', "<svg></svg>",
        '<i id="x"></i><i id="x"></i>', '<p aria-labelledby="nobody"></p>',
        '<p onclick="boom()"></p>',
    ):  # fmt: skip
        assert Page(fault).wrong, fault


def test_its_numbers_are_those_of_the_report(digits, tmp_path):
    # Another report is another page: nothing is written by hand, or twice.
    for changes in ({}, {"luts": 3001, "brams": 12, "latency_us_per_sequence": 41.2,
                         "steps_per_second": 1234567, "clock_mhz": 48.75}):  # fmt: skip
        subject = routed(digits, tmp_path, **changes)
        report, text = subject.build.report, Page(page(subject)).text
        for said in (
            f"{report.luts / report.lut_capacity:.0%}".replace("%", " %"),
            f"{report.luts:,} of {report.lut_capacity:,} logic cells",
            f"{report.brams} of 30 block RAMs",
            f"{report.latency_us_per_sequence:.3g} µs",
            f"of {report.trained_steps} steps; {report.steps_per_second:,} steps a second at "
            f"{report.clock_mhz:g} MHz",
            f"{report.board}, {report.device}",
            "77,313 states, 310 logits",
        ):
            assert said in text, said
        rtl = " ".join(text[text.index("✓ rtl") :].split()[:16])
        assert "31 sequences 1,178 steps 77,313 states 310 logits" in rtl
        assert subject.model.digest in text


def test_foreign_text_is_text(network, simulated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    qrnn_hw.build(network, output="out", **CORE)
    text = Path("out/report.html").read_text()
    found = Page(text)
    assert not found.wrong
    assert not found.all("img") and "boom()</script>" not in text
    assert {inside[-1] for said, inside in found.texts if "boom" in said} & {"th", "span", "p"}
    title = next(said for said, inside in found.texts if inside[-1:] == ("h1",))
    assert title == "<b>mine</b>"
    data = next(
        said for said, inside in found.texts if "labels" in said and inside[-1:] == ("script",)
    )
    assert tuple(json.loads(data)["labels"]) == NASTY


def test_two_builds_have_equal_pages(network, simulated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        qrnn_hw.build(network, output=name, **CORE)
    assert Path("one/report.html").read_bytes() == Path("two/report.html").read_bytes()
    assert "report.html" in Path("one/SHA256SUMS").read_text()
    assert Built.read(Path("one")).files == Built.read(Path("two")).files


def test_a_model_without_sequences_says_what_to_do(digits):
    opened = open_model(digits.model)
    found = Page(page(Subject(opened, opened.samples)))
    assert not found.wrong
    assert "The model's file holds no sequences" in found.text
    assert "--data FILE" in found.text and "matrix" not in found.text


KINDS = {
    "a number": ({"decision": True, "classes": ("y",), "regression": True}, "answers a number"),
    "a decision": ({"decision": True, "classes": ("no", "yes")}, "tells 2 classes"),
    "tokens": ({"tokens": ("<s>", "b", "c")}, "tells 3 classes"),
    "every step": ({"every": True}, "answers after every step"),
    "many channels": ({"channels": 9}, "tells 3 classes"),
    "many classes": ({"classes": tuple(f"class {n}" for n in range(40))}, "tells 40 classes"),
}


READOUTS = {
    "the mean of all steps": "reads the mean of all steps",
    "a count of steps": "reads the count of all steps",
    "a hidden layer": "a hidden layer of 5 units",
}


@pytest.mark.parametrize("kind", READOUTS)
def test_every_readout_has_a_page(trained, kind):
    network = trained(samples=np.random.default_rng(1).integers(-90, 90, (8, 10, 1)))
    levels = np.random.default_rng(2).integers(-7, 8, (5, 16))
    read = {
        "the mean of all steps": {"pool": Pool("mean", 10, 0)},
        "a count of steps": {"pool": Pool("count", 0, 3)},
        "a hidden layer": {
            "v": Levels(4, 0.1, levels[:3, :5]),
            "layer": RealLayer(Levels(4, 0.1, levels), np.zeros(5), 4.0),
        },
    }[kind]
    opened = open_model(replace(network, readout=replace(network.readout, **read)))
    subject = Subject(opened, opened.samples)
    found = Page(page(subject))
    assert not found.wrong and READOUTS[kind] in found.text
    assert ("Pools at the end" in found.text) is ("layer" not in read)
    course, run = subject.course, subject.run
    assert np.array_equal(course.run.logits[course.last], run.logits)
    floats = float_run(subject.network, subject.sequences.x)
    assert np.allclose(course.floats[course.last], floats)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_has_a_page(trained, kind):
    options, said = KINDS[kind]
    high = len(options.get("tokens", range(100)))
    x = np.random.default_rng(1).integers(0, high, (8, 10, options.get("channels", 1)))
    network = trained(**options)
    y = np.arange(8) % max(1, len(network.task["classes"]))
    if options.get("every"):
        y = np.where(np.arange(10) > 6, y[:, None], -1)
    elif options.get("regression"):
        y = np.full(8, -1)
    network = replace(network, samples_x=x, samples_lengths=np.array([10] * 7 + [4]), samples_y=y)
    opened = open_model(network)
    found = Page(page(Subject(opened, opened.samples)))
    assert not found.wrong and said in found.text
    tables = [inside for tag, one, inside in found.elements if one.get("class") == "confusion"]
    assert bool(tables) is (kind in ("a decision", "tokens", "every step", "many channels"))
