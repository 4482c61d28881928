"""A run that stops after every epoch and goes on ends in the bits of one that does not."""

from dataclasses import replace

import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.loop import checkpoint as module
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.pipeline import train_network
from qrnn_hw.train.result.save import save

NARROW = {"state_bits": 6, "tune_epochs": 3}
COPY = {"sampled": 2, "noise": 0.02, "silent": 0, "bias": False, "outliers": 0.0}
CASES = [
    pytest.param("plain", {}, id="hadamrnn"),
    pytest.param("plain", {"dropout": 0.2, "warp": True}, id="random"),
    pytest.param("plain", {"average": 0.9, "schedule": "linear"}, id="averaged"),
    pytest.param("plain", NARROW | {"average": 0.5}, id="tuned"),
    pytest.param("plain", {"cell": "block-hadamrnn", "block": 8, **NARROW}, id="block"),
    pytest.param("plain", {"layer": 6, "average": 0.9, **NARROW}, id="layer"),
    pytest.param("plain", {"cell": "qornn", **NARROW}, id="bjorck"),
    pytest.param("plain", {"cell": "qornn", "method": "projunn-d", **NARROW}, id="projunn-d"),
    pytest.param("lengths", {"cell": "qornn", "method": "projunn-t"}, id="projunn-t"),
    pytest.param("plain", {"cell": "qornn", "method": "rotations", **NARROW}, id="rotations"),
    pytest.param("plain", {"cell": "qornn", "method": "binary", **NARROW}, id="binary"),
    pytest.param("every", {"cell": "qornn", "activation": "relu", **NARROW}, id="relu"),
    pytest.param("channels", {"cell": "qornn", "activation": "modrelu"}, id="modrelu"),
    pytest.param("every", COPY | NARROW, id="copy"),
    pytest.param("tokens", {"embedding": 3}, id="embedding"),
    pytest.param("regression", {}, id="regression"),
    pytest.param("plain", {"cell": "ornn"}, id="ornn"),
    pytest.param("plain", {"cell": "ornn", "method": "projunn-d"}, id="ornn projunn"),
    pytest.param("plain", {"cell": "lstm", "average": 0.9, "w_bits": 0}, id="lstm"),
    pytest.param("every", {"cell": "gru", "clip": 1.0, "w_bits": 3}, id="gru"),
]


class Stop(Exception):
    """What ends a run."""


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.0)


def in_pieces(data, chosen, path):
    """Train an epoch at a time; the result, and the epochs as they were reported."""
    seen = []

    def report(epoch):
        seen.append(epoch.number)
        raise Stop

    while True:
        try:
            return train_network(data, chosen, report, Checkpoint(path)), seen
        except Stop:
            # Whatever the global generator draws, by LSTMs too, must not matter.
            torch.manual_seed(len(seen))


def same_tensors(one, other):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


@pytest.mark.parametrize(("kind", "changes"), CASES)
def test_every_cell_goes_on_bit_for_bit(dataset, recipe, tmp_path, kind, changes):
    # The origin is rounded in the middle of the third epoch.
    data, chosen = dataset(kind), recipe(**{"hidden": 16, "epochs": 4, "batch": 40} | changes)
    if changes.get("sampled"):
        # Some steps have the same answer in all sequences, as in the copy task.
        for part in (data.y_train, data.y_val, data.y_test):
            part[:, :5] = 1
    whole = train_network(data, chosen, lambda epoch: None)
    pieces, seen = in_pieces(data, chosen, tmp_path / "checkpoint")
    assert seen == list(range(1, 5 + (3 if chosen.state_bits else 0)))
    assert pieces.card == whole.card
    if not isinstance(whole, TrainedModel):
        same_tensors(whole.network.state_dict(), pieces.network.state_dict())
        return
    for model, name in ((whole, "whole.pt"), (pieces, "pieces.pt")):
        save(model, tmp_path / name)
    assert (tmp_path / "whole.pt").read_bytes() == (tmp_path / "pieces.pt").read_bytes()


def test_the_first_network_may_stay_the_best(dataset, recipe, tmp_path):
    """Tuning that only harms ends in what it began with, interrupted or not."""
    chosen = recipe(hidden=16, epochs=3, tune_lr=3e2, **NARROW)
    whole = train_network(dataset(), chosen, lambda epoch: None)
    pieces, _ = in_pieces(dataset(), chosen, tmp_path / "checkpoint")
    worse = [epoch["val_accuracy"] for epoch in whole.card["tuned"]["curve"]]
    assert max(worse) < whole.card["tuned"]["val_before"]["accuracy"]
    assert pieces.card == whole.card


def test_a_run_goes_on_only_from_its_own_checkpoint(dataset, recipe, tmp_path):
    path = tmp_path / "checkpoint"

    def stop(epoch):
        raise Stop

    with pytest.raises(Stop):
        train_network(dataset(), recipe(epochs=2), stop, Checkpoint(path))
    before = path.read_bytes()
    other = replace(dataset(), input_step=0.25)
    for data, chosen in ((dataset(), recipe(epochs=3)), (other, recipe(epochs=2))):
        with pytest.raises(ModelError, match="must be of this run"):
            train_network(data, chosen, stop, Checkpoint(path))
        assert path.read_bytes() == before


def test_a_run_that_diverges_leaves_no_checkpoint(dataset, recipe, tmp_path, monkeypatch):
    """Another command, as its hint asks for, must not be refused."""
    path = tmp_path / "checkpoint"
    there = []

    def report(epoch):
        there.append(path.exists())

    real = Run.advance
    lost = "loss", lambda run, rows: run.network.readout.v.sum() * float("nan")

    def advance(run, rows):
        if run.step == 25:
            monkeypatch.setattr(Run, *lost)
        return real(run, rows)

    monkeypatch.setattr(Run, "advance", advance)
    with pytest.raises(ModelError, match="the loss is nan in epoch 3, batch 6 of 10"):
        train_network(dataset(), recipe(), report, Checkpoint(path))
    assert there == [True, True]
    assert not path.exists()
