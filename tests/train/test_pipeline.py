"""Training from end to end."""

import platform
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from core_bench import record
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.order import free_running
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.pipeline import Baseline, train_network
from qrnn_hw.train.rounding.ranges import score_integers


@pytest.mark.parametrize("kind", ["plain", "every"])
def test_every_width_gets_its_range(dataset, recipe, kind):
    model = train_network(dataset(kind), recipe(), lambda epoch: None)
    assert isinstance(model, TrainedModel)
    assert set(model.ranges) == {"6", "8", "10", "12"}
    states = model.card["states"]
    assert states["validation_sequences"] == 60
    split, objective = Split(dataset(kind), "val"), Objective(dataset(kind))
    for bits, entry in states["widths"].items():
        assert model.ranges[bits] == entry["range"]
        score = score_integers(integer_model(model, int(bits)), split, objective)
        assert (entry["accuracy"], entry["loss"]) == (score.accuracy, score.loss)
    assert model.card["bytes"] == (
        # Signs, U or the table, V, the origin; and biases of the classes.
        (32 + 32 * 4 + 2 * 32 * 4 + 32 * 5 + 2 * 32) // 8
        if kind == "plain"
        else (32 + 4 * 32 * 8 + 4 * 32 * 4 + 32 * 5 + 4 * 32) // 8
    )


def test_tuning_is_told_on_the_card(dataset, recipe):
    seen = []
    chosen = recipe(state_bits=7, tune_epochs=2)
    model = train_network(dataset(), chosen, lambda epoch: seen.append(epoch.number))
    assert seen == list(range(1, 11))
    tuned = model.card["tuned"]
    assert tuned["state_bits"] == 7
    assert model.ranges["7"] == tuned["range"]
    assert [epoch["number"] for epoch in tuned["curve"]] == [9, 10]
    integers = integer_model(model, 7)
    score = score_integers(integers, Split(dataset(), "test"), Objective(dataset()))
    assert set(model.card["test_integers"]) == {"7", "8", "12"}
    assert model.card["test_integers"]["7"] == {"accuracy": score.accuracy, "loss": score.loss}


@pytest.mark.parametrize("cell", ["ornn", "lstm", "gru"])
def test_baselines_are_no_models(dataset, recipe, cell):
    result = train_network(dataset(), recipe(cell=cell, epochs=2, w_bits=0), lambda epoch: None)
    assert isinstance(result, Baseline)
    count = sum(weight.numel() for weight in result.network.parameters())
    assert result.card["parameters"] == count
    assert result.card["bytes"] == 4 * count


@pytest.mark.parametrize("kind", ["plain", "tokens"])
def test_real_weights_are_a_baseline(dataset, recipe, kind):
    result = train_network(dataset(kind), recipe(weights="real", epochs=2), lambda epoch: None)
    assert isinstance(result, Baseline)
    network = result.network
    # A sign of W is a bit.
    assert result.card["bytes"] == 4 * result.card["parameters"] + len(network.origin) // 8
    assert network.inputs.bits == 0
    assert network.readout.bits == 0


@pytest.mark.parametrize("kind", ["plain", "every", "decision", "lengths"])
@pytest.mark.parametrize("changes", [{}, {"state_bits": 7, "tune_epochs": 1}, {"cell": "gru"}])
def test_what_is_judged_is_what_is_built(dataset, recipe, kind, changes):
    if kind == "every" and "cell" in changes:
        changes = {"cell": "ornn"}
    card = train_network(dataset(kind), recipe(epochs=2, **changes), lambda epoch: None).card
    judged = card["judged"]
    width = None if "cell" in changes else changes.get("state_bits", 12)
    assert (judged["split"], judged["state_bits"]) == ("test", width)
    built = card["test_integers"][str(width)]["accuracy"] if width else card["test_accuracy"]
    assert judged["accuracy"] == built


def test_without_a_test_split_the_validation_is_judged(dataset, recipe):
    data = dataset()
    data = replace(data, x_test=data.x_test[:0], y_test=data.y_test[:0])
    card = train_network(data, recipe(epochs=2), lambda epoch: None).card
    assert (card["judged"]["split"], card["judged"]["count"]) == ("val", 60)
    assert card["test_integers"] == {}


def rare(seed=0):
    """Make a task of 150 sequences of one class and 8 of another, which a small bump tells."""
    generator = np.random.default_rng(seed)
    parts = {}
    for name, counts in (("train", (150, 8)), ("val", (50, 4)), ("test", (150, 40))):
        y = np.repeat([0, 1], counts)
        x = 0.35 * generator.standard_normal((len(y), 18, 1))
        x[y == 1, 6:9] += 0.7
        parts |= {f"x_{name}": np.rint(x * 80).clip(-128, 127).astype(np.int32), f"y_{name}": y}
    return Dataset("bumps", **parts, classes=("none", "bump"), input_bits=8, input_signed=True,
                   input_step=1 / 80, sha256="digest")  # fmt: skip


@pytest.mark.parametrize("cell", ["hadamrnn", "qornn"])
def test_a_rare_class_is_answered_where_classes_are_balanced(recipe, cell):
    found = {}
    for balance in (False, True):
        chosen = recipe(cell=cell, epochs=40, batch=64, lr=0.005, balance=balance, dropout=0.1)
        card = train_network(rare(), chosen, lambda epoch: None).card
        assert card["recipe"]["balance"] == balance
        found[balance] = card["judged"]
    assert found[False]["never_answered"] == [1]
    assert found[False]["recall"] == [1.0, 0.0]
    assert found[True]["recall"][1] > 0.5
    assert sum(found[True]["recall"]) / 2 > 0.65


class Sealed(Dataset):
    """A data set whose test split must not be looked at before it is opened."""

    opened = False

    def __getattribute__(self, name):
        sealed = name.endswith("_test") and not object.__getattribute__(self, "opened")
        assert not sealed, f"{name} was read before training was over"
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("changes", [{"state_bits": 6}, {"cell": "gru"}], ids=["tuned", "gru"])
def test_the_test_split_is_read_only_when_training_is_over(
    dataset, recipe, tmp_path, monkeypatch, changes
):
    monkeypatch.setattr("qrnn_hw.train.loop.checkpoint.SECONDS", 0.0)
    plain, chosen = dataset("lengths"), recipe(epochs=2, tune_epochs=2, **changes)
    data = Sealed(**{item.name: getattr(plain, item.name) for item in fields(plain)})
    last = 4 if chosen.state_bits else 2

    def report(epoch):
        object.__setattr__(data, "opened", epoch.number == last)

    result = train_network(data, chosen, report, Checkpoint(tmp_path / "c"))
    assert data.opened
    assert 0 <= result.card["test_accuracy"] <= 1


def test_the_card_says_all_that_led_here(dataset, recipe):
    card = train_network(dataset(), recipe(seed=9, epochs=2), lambda epoch: None).card
    assert (card["seed"], card["recipe"]["seed"], card["data_sha256"]) == (9, 9, "digest")
    assert card["splits"] == {"train": 300, "val": 60, "test": 60}
    assert [epoch["number"] for epoch in card["curve"]] == [1, 2]
    assert {"qrnn_hw", "torch", "numpy", "python"} <= set(card["versions"])
    assert card["versions"]["torch"] == torch.__version__
    assert card["versions"]["python"] == platform.python_version()


LAYERED = {"hidden": 16, "layer": 5, "epochs": 6}


@pytest.fixture
def layered(dataset, recipe):
    """Train a hidden layer, and run the core of it: sequences, and what came of them."""
    data = dataset("lengths")
    trained = train_network(data, recipe(**LAYERED), lambda epoch: None)
    model = integer_model(trained, 8)
    split = Split(data, "test")
    sequences = [x[:steps] for x, steps in zip(split.integers[:2], split.lengths)]
    plan = SerialPlan(model, 4)
    return plan, sequences, record(free_running(plan, sequences))


def test_a_trained_hidden_layer_is_what_its_core_computes(layered):
    plan, sequences, recording = layered
    judge(plan, sequences, recording)
    layer = plan.model.readout.layer
    # A weight whose unit is read, by a state that is above zero.
    v = layer.v.copy()
    v[:, 3] ^= 1
    wrong = replace(plan.model, readout=replace(plan.model.readout, layer=replace(layer, v=v)))
    with pytest.raises(MismatchError):
        judge(SerialPlan(wrong, 4), sequences, recording)
