"""The file of a checkpoint: whole, its own, or refused."""

import io
import os
import random
import re

import pytest
import torch

from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.files import destination
from qrnn_hw.train.loop import checkpoint as module
from qrnn_hw.train.loop.checkpoint import Checkpoint

RUN = {"lr": "0.1", "seed": "0", "data": "digest", "torch": "2"}
STATE = {"weights": torch.arange(300.0), "curve": [{"number": 1, "loss": 0.5}], "best": None}


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.0)


@pytest.fixture
def path(tmp_path):
    """Keep two parts of a run."""
    one = Checkpoint(tmp_path / "m.pt.checkpoint")
    assert one.open(RUN) == 0
    one.keep("fit", 3, STATE)
    assert one.epochs == 3
    one._due = 0.0
    one.keep("tune", 5, {"before": 0.25})
    return tmp_path / "m.pt.checkpoint"


def test_parts_come_back(path):
    again = Checkpoint(path)
    assert again.open(RUN) == again.epochs == 5
    assert torch.equal(again.part("fit")["weights"], STATE["weights"])
    assert again.part("fit")["curve"] == STATE["curve"]
    assert again.part("tune") == {"before": 0.25}
    assert again.part("other") is None


def test_it_is_one_dictionary_of_plain_data(path):
    document = torch.load(path, weights_only=True)
    assert set(document) == {"format", "run", "epochs", "parts"}


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (RUN | {"lr": "0.2"}, "lr 0.1, not 0.2"),
        (RUN | {"data": "digest of others"}, "other data"),
        (RUN | {"torch": "3", "seed": "1"}, "seed 0, not 1; torch 2, not 3"),
        (RUN | {"numba": "1"}, "numba none, not 1"),
        (dict.fromkeys(RUN, "x"), "lr 0.1, not x; seed 0, not x; other data; and 1 more"),
    ],
)
def test_that_of_another_run_is_refused(path, run, message):
    before = path.read_bytes()
    whole = f"the checkpoint {path} must be of this run, and it is of one with {message}"
    with pytest.raises(ModelError, match=f"^{re.escape(whole)}$") as caught:
        Checkpoint(path).open(run)
    assert "run the command that it belongs to" in caught.value.hint
    assert "--restart" in caught.value.hint
    assert path.read_bytes() == before


def test_that_of_another_layout_is_refused(path, monkeypatch):
    monkeypatch.setattr(module, "VERSION", 999)
    with pytest.raises(ModelError, match="checkpoint 1, not 999"):
        Checkpoint(path).open(RUN)


def foreign(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"garbage", bytes(4096), foreign({"format": "qrnn-hw model"}), foreign([1, 2]),
        foreign({"format": module.FORMAT}), foreign(Checkpoint),
    ],
    ids=["empty", "garbage", "zeros", "model", "list", "incomplete", "code"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"damaged or foreign$") as caught:
        Checkpoint(path).open(RUN)
    # What training did not write it does not throw away either.
    ours = content == foreign({"format": module.FORMAT})
    assert ("--restart" in caught.value.hint) == ours
    one = Checkpoint(path)
    if ours or not content:
        one.check()
        one.remove()
        assert not path.exists()
        return
    for refuse in (one.check, one.remove):
        with pytest.raises(OutputError, match=r"is something else$"):
            refuse()
    assert path.read_bytes() == content


def test_the_head_of_a_truncated_one_is_known(path):
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(ModelError) as caught:
        Checkpoint(path).open(RUN)
    assert "--restart" in caught.value.hint
    Checkpoint(path).remove()
    assert not path.exists()


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "c")
    with pytest.raises(ModelError, match=r"damaged or foreign$"):
        Checkpoint(tmp_path / "c").open(RUN)
    with pytest.raises(OutputError, match=r"is a pipe$"):
        Checkpoint(tmp_path / "c").remove()


def test_a_link_to_it_stays(path):
    path.with_name("link").symlink_to(path)
    one = Checkpoint(path.with_name("link"))
    assert one.open(RUN) == 5
    one.remove()
    assert [left.name for left in path.parent.iterdir()] == ["link"]


def test_any_damage_is_noticed_or_harmless(path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    generator, whole = random.Random(seed), path.read_bytes()
    for trial in range(200):
        content = bytearray(whole)
        if trial % 2:
            del content[generator.randrange(len(content)) :]
        else:
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        path.write_bytes(content)
        again = Checkpoint(path)
        try:
            again.open(RUN)
        except ModelError:
            continue
        assert torch.equal(again.part("fit")["weights"], STATE["weights"])
        assert again.part("tune") == {"before": 0.25}


def test_it_is_not_written_all_the_time(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    monkeypatch.setattr(module, "SECONDS", 1.0)
    one = Checkpoint(tmp_path / "c")
    one.open(RUN)
    for moment, epochs in ((100.5, 0), (101.0, 1), (101.9, 1), (102.1, 3)):
        now = moment
        one.keep("fit", {100.5: 5, 101.0: 1, 101.9: 2, 102.1: 3}[moment], STATE)
        assert one.epochs == epochs
        assert Checkpoint(tmp_path / "c").open(RUN) == epochs


def test_a_part_that_is_over_is_written_as_it_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 1000.0)
    one = Checkpoint(tmp_path / "c")
    one.open(RUN)
    one.keep("fit", 4, {"last": True})
    assert one.epochs == 0
    one._due = 0.0
    one.keep("tune", 5, {})
    again = Checkpoint(tmp_path / "c")
    again.open(RUN)
    assert again.part("fit") == {"last": True}


def test_it_is_removed_with_what_killed_runs_left(path):
    (path.parent / "m.pt").write_text("model")
    (path.parent / f".{path.name}.mine").write_text("mine")
    (path.parent / f"{destination._prefix(path)}1234").write_text("half")
    one = Checkpoint(path)
    one.open(RUN)
    one.remove()
    one.remove()
    assert {left.name for left in path.parent.iterdir()} == {"m.pt", f".{path.name}.mine"}
    assert (one.epochs, one.part("fit")) == (0, None)


def test_a_place_that_takes_no_files():
    one = Checkpoint("/proc/c")
    one.open(RUN)
    with pytest.raises(OutputError, match=r"^the output must be written to /proc/c"):
        one.keep("fit", 1, STATE)
