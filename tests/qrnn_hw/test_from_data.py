"""``build`` of a path of data: a network that the board has room for, and its build."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from qrnn_hw.boards import board
from qrnn_hw.built import Built
from qrnn_hw.cli.build import build
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, FitError, ModelError, OptionError, OutputError
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.from_data import is_data, trained_for
from qrnn_hw.progress import silent
from qrnn_hw.room import Room
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.train.pooled.choose import DESIGNS

CORE = {"board": "none", "verilog_only": True}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Judge one design, of few units; simulate nothing."""
    monkeypatch.setattr("qrnn_hw.train.pooled.train.DESIGNS", DESIGNS[1:2])
    monkeypatch.setattr("qrnn_hw.train.pooled.train.PARTS", ())
    monkeypatch.setattr("qrnn_hw.train.pooled.train.units", lambda *_: 48)
    result = type("Result", (), {"counts": Counts(1, 2, 3, 4, 0)})
    monkeypatch.setattr("qrnn_hw.job.verify_core", lambda *_, **__: (result, 1))
    monkeypatch.setattr("qrnn_hw.job.versions", dict)


@pytest.fixture
def recordings(tmp_path, monkeypatch):
    """Return a folder of two classes of tones, an offset of 22 in one channel."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for kind, period in (("slow", 12), ("fast", 5)):
        Path("recordings", kind).mkdir(parents=True)
        for number in range(10):
            tone = np.sin(2 * np.pi * (np.arange(30) / period + rng.uniform()))
            rows = [f"{value:.3f},{22 + rng.normal():.2f}" for value in tone]
            table = "\n".join(["shaking [g],heat [degC]", *rows])
            Path("recordings", kind, f"{number}.csv").write_text(table)
    return Path("recordings")


def test_data_are_trained_on_and_built(recordings):
    told = []
    built = qrnn_hw.build(recordings, progress=told.append, **CORE)
    assert built.folder == Path("build/recordings-none")
    read, network = Built.read(built.folder), qrnn_hw.load(built.folder / "trained.pt")
    assert integer_model(network, 12).digest == read.model.digest == built.model.digest
    assert "trained.pt" in (built.folder / "SHA256SUMS").read_text()
    assert built.trained.card["test_accuracy"] > 0.9
    assert read.model.labels == ("fast", "slow")
    assert [each.unit for each in read.model.channels] == ["g", "degC"]
    kinds = [each.kind for each in told]
    assert kinds.count("aside") >= 2 and "note" in kinds
    assert kinds[0] == "doing" and str(told[0]) == "reads recordings"
    assert all(each.seconds > 0 for each in told if each.kind == "doing")
    assert [str(each) for each in told if each.kind == "left"] == [
        f"{count} of 4 candidates" for count in range(1, 5)
    ]


def test_the_command_shows_what_the_answers_are_worth(recordings):
    asked = ["recordings", "--board", "none", "--verilog-only", "--state-bits", "8", "--json"]
    result = CliRunner().invoke(build, asked)
    assert result.exit_code == 0, result.output
    assert "this network" in result.stderr and "answered as" in result.stderr
    assert "note: split 60/20/20" in result.stderr
    assert "judging what their states tell, about " in result.stderr
    told = json.loads(result.stdout)
    assert (told["judged"]["classes"], told["judged"]["state_bits"]) == (["fast", "slow"], 8)
    assert qrnn_hw.load("build/recordings-none/trained.pt").card["recipe"]["state_bits"] == 8


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.csv", True), ("A.NPZ", True), ("a.wav", True), (".", True), ("m.pt", False),
     ("model.json", False), ("nothing", False)],
)  # fmt: skip
def test_what_is_data(path, expected):
    assert is_data(path) is expected


def test_what_it_cannot_train_on_is_refused(recordings):
    with pytest.raises(DataError, match="must be trained on sound, and recordings holds other"):
        qrnn_hw.build(recordings, front_end=True)
    Path("empty").mkdir()
    with pytest.raises(DataError, match="empty"):
        qrnn_hw.build("empty", **CORE)
    with pytest.raises(OutputError, match="must not be what the command reads"):
        qrnn_hw.build(recordings, output=recordings, **CORE)
    assert not Path("build").exists()


def test_how_data_are_read_can_be_said(recordings):
    asked = ["recordings", "--channels", "heat [degC]", "--scale", "0.01", "-o", "out"]
    result = CliRunner().invoke(build, [*asked, "--board", "none", "--verilog-only"])
    assert result.exit_code == 0, (result.output, result.exception)
    (channel,) = Built.read(Path("out")).model.channels
    assert (channel.name, channel.step, channel.offset) == ("heat", 0.01, 0)
    with pytest.raises(OptionError, match="--channels is for data, and the model is none"):
        qrnn_hw.build("out/trained.pt", reading={"channels": "heat", "label": None}, **CORE)
    with pytest.raises(DataError, match="task data does not take --colour"):
        qrnn_hw.build(recordings, reading={"colour": "red"}, **CORE)


def test_a_board_without_room_is_told(recordings, monkeypatch):
    def crowded(*_, **__):
        raise FitError("the design must fit, and does not", "use fewer hidden units")

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", crowded)
    with pytest.raises(FitError, match="the design must fit") as raised:
        qrnn_hw.build(recordings)
    assert "train data --data recordings --hidden 16 -o model.pt`" in raised.value.hint
    monkeypatch.setattr(Room, "spares", lambda *_: False)
    with pytest.raises(FitError, match="icestick has room for no network of recordings") as raised:
        qrnn_hw.build(recordings, board="icestick")
    assert raised.value.hint == "take a larger board"
    assert not Path("build").exists()


def test_a_model_that_is_missing_is_a_model(recordings):
    with pytest.raises(ModelError, match="nothing"):
        qrnn_hw.build("nothing", **CORE)


def test_words_are_heard_through_the_front_end(tmp_path, monkeypatch):
    """Two whistles, in stereo at 16 kHz, for a board that takes samples."""
    rng = np.random.default_rng(1)
    for word, pitch in (("low", 400), ("high", 1900)):
        (tmp_path / "words" / word).mkdir(parents=True)
        for number in range(10):
            t = np.arange(4800 + 100 * number) / 16000
            both = np.sin(2 * np.pi * pitch * t)[:, None] * rng.uniform(3000, 9000, 2)
            with wave.open(str(tmp_path / "words" / word / f"{number}.wav"), "wb") as file:
                file.setnchannels(2), file.setsampwidth(2), file.setframerate(16000)
                file.writeframes(np.rint(both).astype("<i2").tobytes())
    target = board("icebreaker")
    room = Room(target, front_end=True)
    network = trained_for(tmp_path / "words", tmp_path / "m.pt", room, 12, {}, silent)
    model = integer_model(network, 12)
    assert (model.inputs.channels, model.inputs.bits, model.labels) == (16, 8, ("high", "low"))
    assert isinstance(raw_of(network.task), Sound) and room.spares(model)
    assert network.card["test_accuracy"] == 1
    monkeypatch.setattr("qrnn_hw.room.SPARING", 0.3)
    assert not room.spares(model), "and room for the placer is left"
