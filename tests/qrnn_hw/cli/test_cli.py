"""What a user can get wrong: one clear line, the next step, the exit code, nothing half-written."""

import io
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from qrnn_hw.cli import cli, main
from qrnn_hw.cli.example import EXAMPLES

ROOT = Path(__file__).parents[3]
DIGITS = ROOT / "examples" / "digits.pt"


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def altered(change):
    document = torch.load(DIGITS, weights_only=True)
    change(document)
    buffer = io.BytesIO()
    torch.save(document, buffer)
    return buffer.getvalue()


def nan_weights(document):
    readout = document["readout"]
    readout["class_bias"] = torch.full_like(readout["class_bias"], float("nan"))


def wrong_shape(document):
    v = document["readout"]["v"]
    v["levels"] = v["levels"][:, :-1]


def other_cell(document):
    document["cell"] = "LSTM"


def foreign():
    buffer = io.BytesIO()
    torch.save(torch.nn.Linear(2, 2).state_dict(), buffer)
    return buffer.getvalue()


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["qrnn-hw", *map(str, arguments)])
    code = main()
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    return code, printed.out, " ".join(printed.err.split())


BAD_MODELS = [
    pytest.param(lambda: None, "the model must be a file", id="missing"),
    pytest.param(
        lambda: DIGITS.read_bytes()[:5000], "is truncated: its end is missing", id="truncated"
    ),
    pytest.param(lambda: b"", "bad.pt is an empty file", id="empty"),
    pytest.param(lambda: np.random.default_rng(3).bytes(4096), "truncated or foreign", id="random"),
    pytest.param(foreign, "the file must be a 'qrnn-hw model'", id="foreign"),
    pytest.param(lambda: altered(nan_weights), "class_bias must be finite", id="nan"),
    pytest.param(lambda: altered(wrong_shape), "readout must be for 64 units, not 63", id="shape"),
    pytest.param(
        lambda: altered(other_cell),
        "cell must be one of HadamRNN, Block-HadamRNN, QORNN, not LSTM",
        id="cell",
    ),
]


@pytest.mark.parametrize("command", ["build", "verify", "predict"])
@pytest.mark.parametrize(("content", "message"), BAD_MODELS)
def test_a_bad_model_is_refused(monkeypatch, capsys, tmp_path, content, message, command):
    monkeypatch.chdir(tmp_path)
    data = content()
    if data is not None:
        Path("bad.pt").write_bytes(data)
    code, out, err = run(monkeypatch, capsys, command, "bad.pt")
    assert code == 1
    assert err.startswith("error: ") and message in err
    assert " next: " in err
    assert not out.strip()
    assert {path.name for path in tmp_path.iterdir()} <= {"bad.pt"}


def test_code_in_a_model_is_not_run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("trap.pt").write_bytes(pickle.dumps(Trap(str(tmp_path / "sprung"))))
    code, _, err = run(monkeypatch, capsys, "build", "trap.pt")
    assert code == 1
    assert "a Python pickle, which may hold code" in err
    assert not (tmp_path / "sprung").exists()
    torch.save({"format": "qrnn-hw model", "trap": Trap(str(tmp_path / "sprung"))}, "trap.pt")
    code, _, err = run(monkeypatch, capsys, "build", "trap.pt")
    assert code == 1
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["--board", "de10"], 1, "the board must be one of arty, ", id="board"),
        pytest.param(
            ["--lanes", "3"], 1, "lanes must be one of 1, 2, 4, 8, 16, 32, 64, not 3", id="lanes"
        ),
        pytest.param(
            ["--lanes", "128"], 1, "lanes must be one of 1, 2, 4, 8, 16, 32, 64", id="too-many"
        ),
        pytest.param(["--rows", "2"], 1, "rows must be one of none, not 2", id="rows"),
        pytest.param(["--state-bits", "3"], 2, "must be a whole number, 4 to 16, not 3", id="bits"),
        pytest.param(["--clock-mhz", "9999"], 1, "MHz", id="clock"),
        pytest.param(["--clok", "36"], 2, "No such option", id="option"),
        pytest.param(
            ["--lanes", "many"], 2, "a whole number, 1 to 16384, not many", id="not-a-number"
        ),
    ],
)
def test_bad_options_are_refused(monkeypatch, capsys, tmp_path, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    got, _, err = run(monkeypatch, capsys, "build", DIGITS, *arguments)
    assert (got, message in err) == (code, True), err
    assert " next: " in err
    assert not list(tmp_path.rglob("*.v"))


def test_an_output_that_is_not_ours_is_left_alone(monkeypatch, capsys, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    code, _, err = run(monkeypatch, capsys, "build", DIGITS, "-o", tmp_path / "thesis")
    assert code == 1
    assert "must be empty or an earlier build" in err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]


def test_an_output_that_cannot_be_written_is_refused_first(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run(monkeypatch, capsys, "build", DIGITS, "-o", tmp_path / "file" / "out")
    assert code == 1
    assert "must be writable" in err or "must be a folder" in err
    code, _, err = run(monkeypatch, capsys, "build", DIGITS, "-o", tmp_path / "file")
    assert code == 1
    assert "must be a folder" in err


@pytest.mark.slow
def test_verilog_only_builds_twice_the_same(monkeypatch, capsys, tmp_path):
    outputs = []
    for name in ("one", "two"):
        arguments = ["build", DIGITS, "--verilog-only", "--sequences", "1", "--json"]
        code, out, _ = run(monkeypatch, capsys, *arguments, "-o", tmp_path / name)
        assert code == 0
        report = json.loads(out.splitlines()[-1])
        assert report["verified"][0]["level"] == "rtl"
        assert report["verified"][0]["values"] > 0
        assert report["luts"] is None
        outputs.append((tmp_path / name / "core.v").read_bytes())
    assert outputs[0] == outputs[1]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".qrnn-hw")]


@pytest.mark.slow
def test_two_builds_give_the_same_bitstream(monkeypatch, capsys, tmp_path):
    for name in ("one", "two"):
        assert run(monkeypatch, capsys, "build", DIGITS, "-o", tmp_path / name)[0] == 0
    for name in ("core.v", "top.v", "icebreaker.bin", "model.json", "plan.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_predict_counts_what_is_right(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "predict", DIGITS, "--json", "--logits")
    result = json.loads(out.splitlines()[-1])
    assert code == 0
    assert result["count"] == 200 == len(result["classes"]) == len(result["logits"])
    assert result["accuracy"] > 0.9


@pytest.mark.parametrize("command", ["doctor", "boards", "--version", "--help"])
def test_information_needs_no_model(monkeypatch, capsys, command):
    assert run(monkeypatch, capsys, command)[0] == 0


def test_doctor_tells_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    code, out, err = run(monkeypatch, capsys, "doctor")
    assert code == 3
    assert "missing" in out
    assert "apt-get install" in err


def test_doctor_lists_what_the_last_levels_of_verify_need(monkeypatch, capsys):
    monkeypatch.setattr("qrnn_hw.cli.doctor._package_version", lambda name: None)
    monkeypatch.setattr("qrnn_hw.cli.doctor._program_version", lambda name: f"{name} 1.0")
    found = json.loads(run(monkeypatch, capsys, "doctor", "--json")[1].splitlines()[-1])
    assert found["tools"]["z3-solver"] == "z3 1.0"
    assert found["tools"]["icebox_vlog"] == "icebox_vlog 1.0"
    assert not {"z3-solver", "icebox_vlog"} & set(found["missing"])


def test_alone_it_shows_all_commands_and_where_to_begin(monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys)
    assert (code, out) == (2, "")
    assert all(f" {name} " in err for name in cli.commands)
    assert "..." not in err.replace("[ARGS]...", "")  # every line is whole
    for first in ("qrnn-hw example digits", "qrnn-hw build digits.pt", "qrnn-hw build recordings/"):
        assert first in err


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_the_help_of_a_task_lists_what_it_takes(monkeypatch, capsys, command):
    _, everything, _ = run(monkeypatch, capsys, command, "--help")
    assert "Training by gradients:" in everything and "The machine:" in everything
    assert "--convention" in everything and "--delimiter" in everything
    _, copy, _ = run(monkeypatch, capsys, command, "copy", "--help")
    assert "The task copy:" in copy and "--convention" in copy and "--delimiter" not in copy


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_trained_network_of_the_repository(monkeypatch, capsys, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(monkeypatch, capsys, "example", name)
    assert code == 0 and f"next: qrnn-hw build {name}.pt" in out
    assert Path(f"{name}.pt").read_bytes() == (ROOT / "examples" / f"{name}.pt").read_bytes()
    assert run(monkeypatch, capsys, "example", name)[0] == 0  # nothing is lost by it
    Path("mine.pt").write_text("years of work")
    code, _, err = run(monkeypatch, capsys, "example", name, "-o", "mine.pt")
    assert code == 1 and "mine.pt" in err
    assert Path("mine.pt").read_text() == "years of work"


def test_quiet_leaves_errors_and_what_programs_read(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    ask = ("verify", DIGITS, "--level", "golden")
    assert run(monkeypatch, capsys, *ask)[1]
    assert run(monkeypatch, capsys, *ask, "--quiet") == (0, "", "")
    code, out, err = run(monkeypatch, capsys, *ask, "-q", "--json")
    assert (code, err) == (0, "") and json.loads(out)["levels"]["golden"]
    code, _, err = run(monkeypatch, capsys, "verify", "none.pt", "-q")
    assert code == 1 and err.startswith("error: ")
