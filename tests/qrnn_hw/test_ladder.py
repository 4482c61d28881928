"""The levels of ``verify`` at a board's pins: what they take, what they tell, what they refuse."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.cli.build import build
from qrnn_hw.cli.verify import verify
from qrnn_hw.export.errors import BoardError, MismatchError, ModelError
from qrnn_hw.sim.pins.levels import PIN_LEVELS
from qrnn_hw.sim.pins.proof import Proof
from qrnn_hw.sim.pins.rungs import RUNGS, Rung
from random_model import random_model

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(verify, list(map(str, arguments)), catch_exceptions=True)


def levels(result):
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout.splitlines()[-1])["levels"]


@pytest.fixture
def small(tmp_path):
    """Write a small model.json and data for it."""
    rng = np.random.default_rng(1)
    model = random_model(rng, 8, 6)
    model.save(tmp_path / "model.json")
    np.savez(tmp_path / "d.npz", x=rng.integers(0, 256, (30, 6)))
    return model, tmp_path


@pytest.fixture
def quick(monkeypatch):
    """Let nothing be made or simulated; note what would have been."""
    seen = []

    def verilog(self, folder, board, mhz, seed):
        (folder / self.file).write_text(self.about)
        names = {"top.v", f"top{board.family.constraints_suffix}"}
        assert names <= {path.name for path in folder.iterdir()}
        seen.append((self.about, mhz, seed))
        return self.about

    def prove(text, cells, board, plan, batch, folder, *, sck_mhz):
        assert text == seen[-1][0] and not list(folder.iterdir()) and cells[0].exists()
        return Proof(len(batch), sum(map(len, batch)), len(batch) * plan.model.classes, len(batch))

    monkeypatch.setattr(Rung, "verilog", verilog)
    monkeypatch.setattr("qrnn_hw.ladder.prove", prove)
    return seen


def test_every_level_is_what_its_name_says():
    assert all(name in RUNGS[name].about for name in PIN_LEVELS)


@pytest.mark.slow
def test_a_level_takes_as_many_sequences_as_are_worth_its_time(small, quick):
    model, folder = small
    arguments = [folder / "model.json", "--data", folder / "d.npz", "--sequences", 30, "--json"]
    for name, rung in RUNGS.items():
        (found,) = levels(run(*arguments, "--level", name)).values()
        assert (found["real"], found["adversarial"]) == (rung.most, 11)
        assert found["sequences"] == found["classes"] == rung.most + 11
        assert found["logits"] == found["sequences"] * model.classes
        assert found["seconds"] >= 0
        assert len(found["sha256"]) == 64
    assert quick == [(rung.about, 36, 1) for rung in RUNGS.values()]


def test_a_share_of_a_whole_set_is_as_large_as_asked(small, quick, monkeypatch):
    _, folder = small
    chosen = []
    prove = Proof(1, 1, 1, 1)
    monkeypatch.setattr("qrnn_hw.ladder.prove", lambda *all, **_: chosen.extend(all[4]) or prove)
    arguments = [folder / "model.json", "--data", folder / "d.npz", "--level", "link", "--json"]
    (found,) = levels(run(*arguments, "--all", "--sequences", 25)).values()
    assert found["real"] == 25
    x = np.load(folder / "d.npz")["x"]
    assert chosen[24].ravel().tolist() == x[28].tolist()


def test_the_table_tells_of_every_level(small, quick):
    _, folder = small
    result = run(folder / "model.json", "--level", "routed")
    assert result.exit_code == 0, result.output
    for line in ("0 real, 11 adversarial; over the link", "the placed and routed netlist"):
        assert line in result.stdout


def test_a_difference_exits_with_four(small, quick, monkeypatch):
    def prove(*_, **__):
        raise MismatchError("sequence 0: logit 1 of readout 1 must be 4, not 6")

    monkeypatch.setattr("qrnn_hw.ladder.prove", prove)
    result = run(small[1] / "model.json", "--level", "netlist")
    assert isinstance(result.exception, MismatchError)
    assert result.exception.exit_code == 4
    assert result.stdout == ""


def test_other_families_are_refused_before_anything_is_made(small, quick):
    result = run(small[1] / "model.json", "--level", "bitstream", "--board", "ulx3s-25f")
    assert isinstance(result.exception, BoardError)
    assert "must be for a board with an iCE40, and ulx3s-25f has" in str(result.exception)
    assert quick == []


@pytest.mark.parametrize("board", ["ulx3s-25f", "tang-nano-9k", "arty"])
def test_the_link_is_for_any_board(small, quick, board):
    result = run(small[1] / "model.json", "--level", "link", "--board", board, "--json")
    assert levels(result)["link"]["adversarial"] == 11


@pytest.fixture
def folder(small):
    """Write what `build` leaves, as far as it is read."""
    model, place = small
    folder = place / "build"
    folder.mkdir()
    model.save(folder / "model.json")
    report = Report(board="icebreaker", clock_mhz=24.0, dsps=0, spram=0, seed=5)
    (folder / "report.json").write_text(report.to_json())
    (folder / "plan.json").write_text(json.dumps({"engine": "serial", "lanes": 4}))
    for name in ("core.v", "top.v", "icebreaker.pcf", "icebreaker.bin"):
        (folder / name).write_text(name)
    return folder


def test_a_build_is_proven_at_its_own_clock(small, folder, quick):
    arguments = ["--level", "bitstream", "--build", folder, "--json"]
    assert set(levels(run(small[1] / "model.json", *arguments))) == {"bitstream"}
    assert quick == [("the bitstream", 24, 5)]


def test_a_build_with_cells_that_cannot_be_simulated_is_refused(small, folder, quick):
    report = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps(report | {"dsps": 2}))
    result = run(small[1] / "model.json", "--level", "bitstream", "--build", folder)
    assert isinstance(result.exception, BoardError)
    assert str(result.exception).endswith("to be simulated, and has 2 SB_MAC16")
    assert quick == []


def test_a_build_for_a_board_without_a_bitstream_is_proven(small, folder, quick):
    report = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps(report | {"board": "arty"}))
    (folder / "icebreaker.bin").unlink()
    (folder / "icebreaker.pcf").rename(folder / "arty.xdc")
    arguments = ["--level", "link", "--board", "arty", "--build", folder, "--json"]
    assert set(levels(run(small[1] / "model.json", *arguments))) == {"link"}


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("report.json", "a build must have report.json, and {} has not"),
        (
            "icebreaker.bin",
            "a build must be a whole one for a board, without a front end, and {} has no "
            "icebreaker.bin",
        ),
    ],
)
def test_half_a_build_is_refused(small, folder, quick, missing, message):
    (folder / missing).unlink()
    for arguments in ((small[1] / "model.json", "--build", folder), (folder,)):
        result = run(*arguments, "--level", "bitstream")
        assert isinstance(result.exception, ModelError)
        assert str(result.exception) == message.format(folder)


def test_a_build_with_a_front_end_or_for_no_board_has_no_pins(small, folder, quick):
    report = json.loads((folder / "report.json").read_text())
    for changes, said in (({"front_end": True}, "has one"), ({"board": "none"}, "is for none")):
        (folder / "report.json").write_text(json.dumps(report | changes))
        result = run(folder, "--level", "link")
        assert isinstance(result.exception, ModelError)
        assert str(result.exception).endswith(f"without a front end, and {folder} {said}")


@pytest.mark.parametrize("name", ["report.json", "plan.json", "model.json"])
@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"\xff", b"[" * 10**5, b"{}", b'{"engine": ["serial"]}', b'{"lanes": 1e9}'],
)
def test_a_damaged_build_is_refused(small, folder, quick, name, content):
    (folder / name).write_bytes(content)
    result = run(small[1] / "model.json", "--level", "bitstream", "--build", folder)
    assert isinstance(result.exception, ModelError)
    assert str(result.exception).startswith(f"{folder} must be a whole build, and is not: ")


def test_a_build_of_another_model_is_refused(small, folder, quick):
    random_model(np.random.default_rng(2), 8, 6).save(small[1] / "model.json")
    result = run(small[1] / "model.json", "--level", "bitstream", "--build", folder)
    assert isinstance(result.exception, ModelError)
    assert str(result.exception).endswith("must be a build of this model, and is one of another")


def test_a_build_for_another_board_is_refused(small, folder, quick):
    for level in ("rtl", "link"):
        result = run(folder, "--level", level, "--board", "arty")
        assert isinstance(result.exception, ModelError)
        assert str(result.exception).endswith("must be a build for arty, and is for icebreaker")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--level", "golden"), "a build goes with --level rtl, link, netlist, routed, bitstream"),
        (("--level", "formal"), "a build goes with --level rtl, link, netlist, routed, bitstream"),
        (("--lanes", 4), "a build has its own"),
        (("--build", "."), "--build goes with a model"),
        (("--engine", "serial"), "a build has its own"),
        (("--state-bits", 8), "--state-bits goes with model.pt"),
    ],
)
def test_what_a_build_has_itself_is_not_given(small, folder, options, message):
    result = run(folder, *options)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("icebox_vlog"), reason="needs Debian's fpga-icestorm")
def test_the_file_that_is_flashed_is_proven(tmp_path):
    """What `build` leaves, and what `verify` makes by itself, are the same file."""
    folder = tmp_path / "build"
    made = CliRunner().invoke(
        build, [str(DIGITS), "-o", str(folder), "--sequences", "1", "--clock-mhz", "36"]
    )
    assert made.exit_code == 0, made.output
    arguments = [DIGITS, "--sequences", 3, "--json", "--level"]
    given = levels(run(*arguments, "bitstream", "--build", folder))["bitstream"]
    assert (given["sequences"], given["logits"]) == (14, 140)
    found = levels(run(*arguments, "all"))
    assert list(found) == ["golden", "rtl", *PIN_LEVELS]
    assert found["bitstream"] == given | {"seconds": found["bitstream"]["seconds"]}


@pytest.mark.parametrize("level", ["routed", "bitstream"])
def test_a_table_in_flash_is_simulated_before_routing_only(tmp_path, level):
    model = random_model(np.random.default_rng(3), 8, 6, vocabulary=257)
    model.save(tmp_path / "model.json")
    np.savez(tmp_path / "d.npz", x=np.zeros((1, 3), int))
    result = run(tmp_path / "model.json", "--data", tmp_path / "d.npz", "--level", level)
    assert isinstance(result.exception, BoardError)
    assert "must be without a table in flash to be simulated, and has one" in str(result.exception)
    assert result.exception.hint.startswith("--levels link and netlist")
