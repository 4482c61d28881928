"""Training from end to end."""

import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.batch import Split
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.pipeline import Baseline, train_network
from qrnn_hw.train.ranges import score_integers


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
    result = train_network(dataset(), recipe(cell=cell, epochs=2), lambda epoch: None)
    assert isinstance(result, Baseline)
    count = sum(weight.numel() for weight in result.network.parameters())
    assert result.card["parameters"] == count
    assert result.card["bytes"] == 4 * count
