"""``qrnn_hw.report`` and ``qrnn-hw report``: pages of builds and models, and of two."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from parsed_page import Page
from qrnn_hw.cli.report import report as command
from qrnn_hw.export.errors import MismatchError, ModelError, OptionError, OutputError
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.train.result.save import save

CORE = {"board": "none", "verilog_only": True}


@pytest.fixture(scope="module")
def made(trained, tmp_path_factory):
    """Return a small network with sequences; and a folder with m.pt of it and its build, out."""
    folder = tmp_path_factory.mktemp("made")
    x = np.random.default_rng(2).integers(-100, 100, (6, 12, 1))
    network = trained(samples=x, data_step=0.5)
    save(network, folder / "m.pt")
    result = type("Result", (), {"counts": Counts(1, 2, 3, 4, 0)})
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("qrnn_hw.job.verify_core", lambda *_, **__: (result, 1))
        changed.setattr("qrnn_hw.job.versions", dict)
        qrnn_hw.build(folder / "m.pt", output=folder / "out", **CORE)
        qrnn_hw.build(folder / "m.pt", output=folder / "narrow", state_bits=8, **CORE)
    return network, folder


@pytest.fixture
def network(made, tmp_path, monkeypatch):
    """Return the network, in a copy of its folder."""
    network, folder = made
    monkeypatch.chdir(shutil.copytree(folder, tmp_path / "copy"))
    return network


def test_a_build_a_file_and_a_network_have_pages(network):
    for source, options in (
        ("out", {}), ("m.pt", {}), (network, {}), ("out/model.json", {}),
    ):  # fmt: skip
        path = qrnn_hw.report(source, "p.html", **options)
        assert path == Path("p.html") and not Page(path.read_text()).wrong
    assert "holds no sequences" in Page(path.read_text()).text
    # Where a page lies in the build, a script names its folder in the commands.
    inside, mark = Path("out/report.html").read_text(), ' data-folder="build"'
    assert mark in inside
    assert qrnn_hw.report("out", "q.html", model="m.pt").read_text() == inside.replace(mark, "")


def test_data_are_shown_in_the_units_of_training(network):
    np.savez("x.npz", x=network.samples_x[:3] * 0.5, y=[0, 1, 2])
    text = Page(qrnn_hw.report("m.pt", "p.html", data="x.npz").read_text()).text
    assert "3 sequences of x.npz" in text


def test_two_are_compared(network):
    text = Page(qrnn_hw.report("m.pt", "p.html", beside="m.pt", state_bits=8).read_text())
    assert not text.wrong and "bits of a state 8 8" in text.text
    found = Page(qrnn_hw.report("out", "p.html", beside="narrow").read_text())
    assert not found.wrong and "bits of a state 12 8" in found.text
    differ = [inside for tag, one, inside in found.elements if one.get("class") == "differ"]
    assert differ


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"source": "m.pt", "model": "m.pt"}, OptionError, "--model is for a build"),
        ({"source": "out", "state_bits": 8}, OptionError, "a build has its own"),
        ({"source": "out", "model": "out/model.json"}, ModelError, "--model must be a model.pt"),
        ({"source": "out", "output": "out/new.html"}, OutputError, "not be in the build"),
        ({"source": "m.pt", "output": "m.pt"}, OutputError, "what the command reads"),
        ({"source": "m.pt", "output": "mine.txt"}, OutputError, "a file that qrnn-hw wrote"),
        ({"source": "m.pt", "output": "no/p.html"}, OutputError, "a folder that exists"),
        ({"source": "empty"}, ModelError, "a build must have"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(network, options, error, message):
    Path("mine.txt").write_text("mine")
    Path("empty").mkdir()
    before = {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    with pytest.raises(error, match=message):
        qrnn_hw.report(**{"output": "p.html"} | options)
    after = {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert after == before


def test_another_model_and_an_altered_build_are_refused(network, trained):
    save(trained(channels=2), "other.pt")
    with pytest.raises(ModelError, match="must be a build of this model"):
        qrnn_hw.report("out", "p.html", model="other.pt")
    with Path("out/core.v").open("a") as file:
        file.write("// mine\n")
    with pytest.raises(MismatchError):
        qrnn_hw.report("out", "p.html")


def test_the_command(network):
    def run(*words):
        return CliRunner().invoke(command, words)

    assert run("m.pt", "-o", "p.html").stdout.strip() == "page: p.html"
    assert run("--compare", "m.pt", "out", "-o", "p.html", "--json").output.endswith(
        '{"page": "p.html"}\n'
    )
    assert run().exit_code == 2
    assert run("m.pt", "--compare", "m.pt", "out").exit_code == 2
