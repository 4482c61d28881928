"""``qrnn_hw.build``: the same build as the command's, and its errors as exceptions."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import qrnn_hw
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.built import Built
from qrnn_hw.c_host import c_header, c_sources
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import (
    BoardError,
    FitError,
    MismatchError,
    OptionError,
    OutputError,
    QrnnError,
)
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.job import ATTEMPTS, SHRINK, Job
from qrnn_hw.limits import AUTO
from qrnn_hw.models import open_model
from qrnn_hw.order import Order
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.train.result.save import save
from random_model import random_model

CORE = {"board": "none", "verilog_only": True}


@pytest.fixture
def network(trained, tmp_path, monkeypatch):
    """Return a small network, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return trained(data_step=0.25)


@pytest.fixture
def simulated(monkeypatch):
    """Simulate nothing; note what would have been."""
    seen = []

    def verify_core(plan, real, *, seed, verilog, told):
        seen.append((verilog, seed, len(real)))
        told("", 9.0)
        told("half of it", 4.0)
        return type("Result", (), {"counts": Counts(1, 2, 3, 4, 0)}), 1

    monkeypatch.setattr("qrnn_hw.job.verify_core", verify_core)
    monkeypatch.setattr("qrnn_hw.job.versions", dict)
    return seen


@pytest.fixture
def job(network, tmp_path):
    """Return a build of it for a board, and what it tells."""
    told, order = [], Order("icebreaker")
    opened = open_model(network, 10, AUTO)
    return Job(order, opened, order.room(order.target()), tmp_path, told.append), told


@pytest.fixture
def tried(monkeypatch):
    """Route nothing; note the cells of each plan, of which those beyond a limit find no place."""
    cells, most = [], [0]

    def routed(self, plan):
        cells.append(plan.cost().cells)
        if cells[-1] > most[0]:
            raise FitError("the design must leave room to place its cells", "use fewer lanes")

    monkeypatch.setattr(Job, "_routed", routed)
    return cells, most


def test_a_smaller_core_is_tried_where_one_finds_no_place(job, tried):
    (build, told), (cells, most) = job, tried
    with pytest.raises(FitError, match="must leave room"):
        build.implement()
    assert 1 < len(cells) <= ATTEMPTS
    assert all(after <= SHRINK * before for before, after in pairwise(cells))
    cells[:], most[0] = [], cells[1]
    plan, _ = build.implement()
    assert cells[-1] == most[0] == plan.cost().cells and len(cells) == 2
    assert not any("no core surely fits" in each.text for each in told)


def test_the_smallest_core_is_tried_where_none_surely_fits(job, tried, monkeypatch):
    (build, told), (cells, most) = job, tried
    found, _ = build.room.plans(build.opened.model)
    most[0] = min(one.cost.cells for one in found if not one.late)
    for kind in ENGINES.values():
        monkeypatch.setattr(kind, "room", 0.01)
    build.implement()
    assert cells == most
    assert any("no core surely fits; the smallest takes about" in each.text for each in told)
    with pytest.raises(FitError, match="the model must fit 5280 logic cells"):
        replace(build, order=replace(build.order, verilog_only=True)).implement()


@pytest.mark.slow
def test_a_file_a_network_and_integers_are_built_alike(network, simulated):
    save(network, "m.pt")
    integers = integer_model(network, 10)
    for number, model in enumerate(("m.pt", Path("m.pt"), network, integers)):
        qrnn_hw.build(model, output=f"out{number}", state_bits=10, seed=3, **CORE)
    assert len({verilog for verilog, *_ in simulated}) == 1
    assert {seed for _, seed, _ in simulated} == {3}
    models = {Path(f"out{number}/model.json").read_bytes() for number in range(4)}
    assert len(models) == 1


def test_a_build_is_what_its_folder_says(network, simulated):
    built = qrnn_hw.build(network, output="out", **CORE)
    read = Built.read(Path("out"))
    assert (built.folder, built.files) == (read.folder, read.files)
    assert built.plan.to_dict() == read.plan.to_dict()
    assert built.report == read.report and built.model.digest == read.model.digest
    assert json.loads(Path("out/report.json").read_text())["verified"][0]["level"] == "rtl"
    Path("out/mine.txt").touch()
    assert built.others == ["mine.txt"]


def test_the_report_knows_the_units_of_a_number(trained, tmp_path, monkeypatch, simulated):
    monkeypatch.chdir(tmp_path)
    number = trained(
        decision=True, classes=("y",), regression=True, answer_scale=20.0, answer_offset=7.0
    )
    report = qrnn_hw.build(number, output="out", **CORE).report
    assert (report.answer_scale, report.answer_offset) == (20, 7)


@pytest.mark.slow
def test_the_folder_is_named_after_model_and_board(network, simulated):
    save(network, "m.pt")
    assert qrnn_hw.build("m.pt", **CORE).folder == Path("build/m-none")
    assert qrnn_hw.build(network, **CORE).folder == Path("build/model-none")


def test_a_board_comes_with_its_host_in_c(network, simulated):
    built = qrnn_hw.build(
        network, "icebreaker", "out", state_bits=8, name="left", verilog_only=True
    )
    header = Path("out/qrnn_model.h").read_text()
    assert header == c_header(built.model, Identity.of(built.model), prefix="left")
    assert "static const qrnn_network left_model = {" in header
    assert built.model.digest[:16] in header and f'"{built.model.labels[2]}",' in header
    for name, text in c_sources().items():
        assert Path("out", name).read_text() == text
    assert "qrnn_host.c" in Path("out/SHA256SUMS").read_text()
    qrnn_hw.build(network, output="out", **CORE)
    assert not list(Path("out").glob("*.[ch]"))


def test_progress_is_told(network, simulated, capsys):
    told = []
    qrnn_hw.build(network, output="out", progress=told.append, **CORE)
    assert [each.kind for each in told if each.kind != "aside"] == [
        "said", "doing", "left", "doing",
    ]  # fmt: skip
    assert str(told[-3]) == "verifying core.v against the golden run"
    assert str(told[-2]) == "half of it"
    assert str(told[-1]) == "drawing report.html"
    assert all(each.seconds > 0 for each in told if each.kind in ("doing", "left"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"board": "icebraker"}, BoardError, "the board must be one of"),
        ({"engine": "fast"}, OptionError, "engine: 'fast' is not one of 'serial', 'graph'"),
        ({"lanes": 0}, OptionError, "lanes: must be a whole number, 1 to 16384, not 0"),
        ({"lanes": 2.5}, OptionError, "lanes: must be a whole number, 1 to 16384, not 2.5"),
        ({"seed": "x"}, OptionError, "seed: must be a whole number"),
        ({"state_bits": 3}, OptionError, "state_bits: must be a whole number, 4 to 16, not 3"),
        ({"clock_mhz": float("nan")}, OptionError, "clock_mhz: must be a number from 0.001"),
        ({"device": "iCE40UP5K"}, OptionError, "--device is for --board none"),
        ({"board": "none", "device": "VU19P"}, OptionError, "device: 'VU19P' is not one of"),
        ({"wrappers": ("axi",)}, OptionError, "wrappers: 'axi' is not one of 'axi-stream'"),
        ({"sensor": "period=5"}, OptionError, "--wrapper spi and --sensor belong together"),
        ({"wrappers": ("spi",), "sensor": "volts=3"}, OptionError, "--sensor: "),
        ({"board": "none", "front_end": True}, OptionError, "--board none has none"),
        ({"output": "m.pt"}, OutputError, "the output must be a folder"),
    ],
)
def test_errors_are_exceptions(network, simulated, options, error, message):
    save(network, "m.pt")
    with pytest.raises(error, match=message.replace("(", r"\(")) as raised:
        qrnn_hw.build("m.pt", **options)
    assert isinstance(raised.value, QrnnError)
    assert not Path("build").exists() and not simulated


def test_a_core_that_differs_leaves_nothing(network, monkeypatch):
    def verify_core(*_, **__):
        raise MismatchError("step 1 differs", "report it")

    monkeypatch.setattr("qrnn_hw.job.verify_core", verify_core)
    with pytest.raises(MismatchError):
        qrnn_hw.build(network, output="out", **CORE)
    assert not Path("out").exists()


@pytest.fixture
def turning(tmp_path, monkeypatch):
    """Return integers of a recurrence whose steps may take turns, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return random_model(np.random.default_rng(4), 16, 8)


def test_two_sequences_at_once_are_ordered_reported_and_read_again(turning, simulated):
    both = {"sequences_at_once": 2, "wrappers": ("axi-stream",)}
    built = qrnn_hw.build(turning, output="out", **both, **CORE)
    one = qrnn_hw.build(turning, output="one", **CORE)
    assert built.plan.at_once == 2 and one.plan.at_once == 1
    read = Built.read(Path("out"))
    assert read.plan.to_dict() == built.plan.to_dict() and read.report == built.report
    report = built.report
    assert (report.sequences_at_once, one.report.sequences_at_once) == (2, 1)
    assert report.cycles_per_step == built.plan.step_cycles < report.cycles_per_step_alone
    assert report.cycles_per_step_alone == built.plan.alone_cycles
    assert one.report.cycles_per_step_alone is None
    assert "input x_sequence;" in Path("out/core.v").read_text()
    assert "sequence" not in Path("one/core.v").read_text().split("endmodule")[-2]
    assert "input s_axis_tid;" in Path("out/axi_stream.v").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sequences_at_once": 3}, "must be a whole number, 1 to 2, not 3"),
        ({"wrappers": ("wishbone",)}, "--wrapper wishbone is for one sequence at a time"),
        ({"engine": "word"}, "the word engine must take one sequence at a time, not 2"),
    ],
)
def test_what_two_sequences_at_once_do_not_go_with(turning, simulated, options, message):
    with pytest.raises(QrnnError, match=message):
        qrnn_hw.build(turning, output="out", **{"sequences_at_once": 2, **CORE, **options})
    with pytest.raises(OptionError, match="--front-end hears one sequence at a time"):
        qrnn_hw.build(turning, output="out", sequences_at_once=2, front_end=True)
    assert not Path("out").exists()
