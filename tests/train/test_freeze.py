"""The model file's content against the network it came from."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.evaluate import accuracy, inputs_of
from qrnn_hw.train.fit import fit
from qrnn_hw.train.freeze import freeze
from qrnn_hw.train.impulse import recurrent


@pytest.fixture
def fitted(dataset, recipe):
    return fit(dataset(), recipe(epochs=4, u_bits=3), lambda epoch: None)


def step_by_step(model, x):
    """Run the stored model in real units, as its contract states it; also the largest state."""
    signs = torch.from_numpy(model.signs).double()
    matrix, origin = recurrent(signs).numpy(), model.origin.value
    state = np.tile(-origin, (len(x), 1))
    largest = abs(state).max()
    for column in x.T:
        state = state @ matrix.T + model.input_step * column[:, None] * model.u.value[:, 0]
        largest = max(largest, abs(state).max())
    return np.maximum(state + origin, 0) @ model.v.value.T + model.class_bias, largest


def test_the_stored_model_is_the_trained_network(fitted, dataset, recipe):
    data = dataset()
    model = freeze(fitted, data, recipe(epochs=4, u_bits=3))
    logits, _ = step_by_step(model, data.x_test)
    expected = fitted.network(inputs_of(data.x_test, data)).detach().numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    assert (model.u.bits, model.v.bits, model.origin.bits) == (3, 4, 5)
    assert model.card["test_accuracy"] == (logits.argmax(1) == data.y_test).mean()
    assert model.card["test_accuracy"] == accuracy(fitted.network, data.x_test, data.y_test, data)


def test_the_state_range_is_that_of_the_training_split(fitted, dataset, recipe):
    data = dataset()
    model = freeze(fitted, data, recipe(epochs=4, u_bits=3))
    assert model.state_range == pytest.approx(step_by_step(model, data.x_train)[1], rel=1e-5)
    assert model.card["state_range_sequences"] == 300


def test_the_card_tells_how_the_model_came_to_be(fitted, dataset, recipe):
    model = freeze(fitted, dataset(), recipe(epochs=4, u_bits=3))
    card = model.card
    assert card["recipe"]["u_bits"] == 3
    assert card["seed"] == 3
    assert card["data_sha256"] == "digest"
    assert card["splits"] == {"train": 300, "val": 60, "test": 60}
    assert [epoch["number"] for epoch in card["curve"]] == [1, 2, 3, 4]
    assert card["val_accuracy"] == card["curve"][card["chosen_epoch"] - 1]["val_accuracy"]
    assert set(card["versions"]) == {"qrnn_hw", "torch", "numpy"}
    assert card["notes"] == ["made up", "no augmentation"]
    assert model.origin.step == card["origin"]["range"] / 2.0 ** card["origin"]["step_exponent"]


def test_test_sequences_travel_along(fitted, dataset, recipe):
    model = freeze(fitted, dataset(), recipe(epochs=4, u_bits=3))
    assert np.array_equal(model.samples_x, dataset().x_test[:3])
    assert np.array_equal(model.samples_y, dataset().y_test[:3])
    assert model.task == {"name": "halves", "steps": 8, "classes": ["late", "early"]}


def test_augmentation_is_named(fitted, dataset, recipe):
    note = freeze(fitted, dataset(), recipe(epochs=4, u_bits=3, shift=True)).card["notes"][-1]
    assert note == (
        "augmentation: one random shift of at most a pixel each way a batch, on the geometry of "
        "the image, before the order of the steps is applied"
    )
