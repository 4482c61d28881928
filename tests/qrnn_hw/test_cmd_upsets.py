"""``qrnn-hw verify --upsets``: counts, tables, and the picture."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from parsed_page import Page
from qrnn_hw.cli.report import report
from qrnn_hw.cli.verify import verify
from qrnn_hw.export.errors import DataError, OptionError, OutputError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.page.words import percent
from random_model import random_model


@pytest.fixture
def path(tmp_path):
    model = random_model(np.random.default_rng(1), 16, 7, decays=[2], pool=Pool("mean", 0, 2))
    model.save(tmp_path / "m.json")
    return tmp_path / "m.json"


def test_the_command_tells_and_draws(path):
    picture = path.with_suffix(".svg")
    asked = [str(path), "--upsets", "90", "--picture", str(picture), "--json"]
    done = CliRunner().invoke(verify, asked)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["levels"] == {}
    found = told["upsets"]
    assert found["seed"] == 0
    for kind in ("state", "pool", "weight"):
        each = found[kind]
        assert each["upsets"] == 90 == sum(part["upsets"] for part in each["parts"].values())
        assert 0 < each["logits_changed"] <= 1
        assert all(0 <= part["last_class_changed"] <= 1 for part in each["parts"].values())
    assert found["state"]["steps_to_a_tenth"] > found["state"]["steps_to_a_half"] > 0
    bars = ElementTree.fromstring(picture.read_text()).iter("{http://www.w3.org/2000/svg}rect")
    assert len(list(bars)) == len(found["state"]["parts"]) + len(found["pool"]["parts"])
    assert CliRunner().invoke(verify, asked).stdout == done.stdout  # replaces its own picture
    shown = CliRunner().invoke(verify, [str(path), "--upsets", "90", "--seed", "3"]).output
    assert "seed 3" in shown and "recurrence" in shown and "made-up" in shown


def upsets_of(path, folder):
    done = CliRunner().invoke(verify, [str(path), "--upsets", "90", "--json"])
    (folder / "upsets.json").write_text(done.stdout)
    return folder / "upsets.json", json.loads(done.stdout)["upsets"]


def test_a_page_shows_what_they_did(path, tmp_path):
    file, found = upsets_of(path, tmp_path)
    done = CliRunner().invoke(
        report, [str(path), "--upsets", str(file), "-o", str(tmp_path / "page.html")]
    )
    assert done.exit_code == 0, done.output
    shown = Page((tmp_path / "page.html").read_text())
    assert not shown.wrong
    for kind in ("state", "pool", "weight"):
        assert f"Of 90 flipped bits of {kind}s" in shown.text
        assert percent(found[kind]["logits_changed"]) in shown.text
    assert "the network keeps it" in shown.text or "The difference is a half after" in shown.text
    plain = Page(Path(qrnn_hw.report(path, tmp_path / "plain.html")).read_text())
    assert "flipped" not in plain.text


def test_upsets_of_something_else_are_refused(path, tmp_path):
    file, _ = upsets_of(path, tmp_path)
    other = random_model(np.random.default_rng(2), 16, 7)
    with pytest.raises(DataError, match="must be those of the model"):
        qrnn_hw.report(other, tmp_path / "page.html", upsets=file)
    with pytest.raises(OptionError, match="--compare shows two"):
        qrnn_hw.report(path, tmp_path / "page.html", beside=path, upsets=file)
    found = json.loads(file.read_text())
    found["upsets"]["state"]["sizes"] = ["<script>"]
    for text in ("", "{}", "[1]", "5", json.dumps(found), '{"upsets": {"state": 3}}'):
        file.write_text(text)
        with pytest.raises(DataError, match="must be what `qrnn-hw verify MODEL --upsets"):
            qrnn_hw.report(path, tmp_path / "page.html", upsets=file)
    assert not (tmp_path / "page.html").exists()


def test_what_is_not_its_picture_stays(path):
    foreign = path.with_suffix(".svg")
    foreign.write_text("<svg/>")
    done = CliRunner().invoke(verify, [str(path), "--upsets", "9", "--picture", str(foreign)])
    assert isinstance(done.exception, OutputError)
    assert foreign.read_text() == "<svg/>"


def test_a_picture_is_of_upsets(path):
    done = CliRunner().invoke(verify, [str(path), "--picture", str(path.with_suffix(".svg"))])
    assert done.exit_code == 2 and "give --upsets too" in done.output


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_the_number_has_limits(path, count):
    with pytest.raises(OptionError):
        qrnn_hw.verify(path, upsets=count)


def test_sequences_of_the_model_are_taken(trained):
    network = trained(steps=5)
    found = qrnn_hw.verify(network, upsets=20).upsets
    assert found["sequences"] == len(network.samples_x) or not len(network.samples_x)
    assert len(found["state"]["parts"]) > 1
