"""The model against the network it came from."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.data.tasks.digits import digits
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.export.weights import HadamardWeights, NumberInputs
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.evaluate import evaluate
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.networks.impulse import recurrent
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.result.freeze import freeze, task_of

CASES = [
    pytest.param("plain", {"u_bits": 3}, id="hadamrnn"),
    pytest.param("plain", {"cell": "block-hadamrnn", "hidden": 24, "block": 8}, id="block"),
    pytest.param("lengths", {}, id="lengths"),
    pytest.param("channels", {}, id="channels"),
    pytest.param("zero", {}, id="zero"),
    pytest.param("tokens", {"embedding": 3}, id="embedding"),
    pytest.param("every", {"table_bits": 6}, id="every"),
    pytest.param("every", {"table_bits": 6, "halves": 1}, id="fading"),
    pytest.param("decision", {}, id="decision"),
    pytest.param("regression", {}, id="regression"),
    pytest.param("plain", {"layer": 6}, id="layer"),
    pytest.param("every", {"layer": 3, "cell": "block-hadamrnn", "block": 4}, id="layer every"),
    pytest.param("plain", {"cell": "qornn"}, id="qornn"),
    pytest.param("tokens", {"cell": "qornn", "w_bits": 1}, id="ternary"),
    pytest.param("lengths", {"cell": "qornn", "method": "rotations", "w_bits": 6}, id="rotations"),
    pytest.param("plain", {"cell": "qornn", "method": "binary"}, id="binary"),
    pytest.param("every", {"cell": "qornn", "activation": "relu"}, id="relu"),
    pytest.param("plain", {"cell": "qornn", "activation": "modrelu"}, id="modrelu"),
]


NUMBER = {"regression", "answer_scale", "answer_offset"}  # in the task of a number


def step_by_step(model, x):
    """Run the stored model in real units, as its contract states it: h of every step."""
    weights, inputs = model.recurrence, model.inputs
    if isinstance(weights, HadamardWeights):
        signs = torch.from_numpy(weights.signs).double()
        matrix = recurrent(signs, weights.block).numpy() * 2 ** (-(weights.halves or 0) / 2)
        bias = model.bias + (np.eye(model.hidden) - matrix) @ model.origin.value
    else:
        matrix, bias = weights.w.value, model.bias
    state, states = np.zeros((len(x), model.hidden)), []
    for step in x.transpose(1, 0, 2):
        if isinstance(inputs, NumberInputs):
            centred = step if inputs.zero is None else step - inputs.zero
            term = inputs.step * centred @ inputs.u.value.T
        else:
            term = inputs.table.value[step[:, 0]]
        z = state @ matrix.T + term
        if weights.activation == "modrelu":
            state = np.where(z < 0, -1, 1) * np.maximum(np.abs(z) + bias, 0)
        else:
            state = z + bias
            state = np.maximum(state, 0) if weights.activation == "relu" else state
        states.append(state)
    return np.stack(states, 1)


@pytest.mark.parametrize(("kind", "changes"), CASES)
def test_the_stored_model_is_the_trained_network(dataset, recipe, kind, changes):
    data, chosen = dataset(kind), recipe(epochs=3, **changes)
    fitted = fit(data, chosen, lambda epoch: None)
    model, split = freeze(fitted, data, chosen), Split(data, "test")
    states = step_by_step(model, split.integers)
    read = states[:, 2:] if data.every else states[np.arange(60), split.lengths - 1]
    features = np.maximum(read, 0) if model.readout.relu else read
    logits = model.readout.logits(features)
    with torch.no_grad():
        expected = fitted.network(split.batch(slice(None))[0]).numpy()
    np.testing.assert_allclose(logits, expected, atol=2e-4 * max(1, abs(expected).max()))
    score = evaluate(fitted.network, split, Objective(data))
    assert (model.card["test_accuracy"], model.card["test_loss"]) == (score.accuracy, score.loss)
    assert model.readout.every is data.every

    # The range is that of the training split, about the origin.
    train = Split(data, "train")
    about = np.zeros(1) if model.origin is None else model.origin.value
    inside = np.arange(8) < train.lengths[:, None]
    reached = abs(step_by_step(model, train.integers) - about)[inside].max()
    assert model.state_range == pytest.approx(max(reached, abs(about).max()), rel=1e-4)

    # Test sequences travel along.
    assert np.array_equal(model.samples_x, split.integers[:3])
    assert np.array_equal(model.samples_lengths, split.lengths[:3])
    if kind == "regression":
        assert (model.samples_y == -1).all()
    else:
        assert np.array_equal(model.samples_y, data.y_test[:3])


@pytest.fixture
def fitted(dataset, recipe):
    return fit(dataset(), recipe(epochs=4, u_bits=3), lambda epoch: None)


def test_the_card_tells_how_the_model_came_to_be(fitted, dataset, recipe):
    model = freeze(fitted, dataset(), recipe(epochs=4, u_bits=3))
    card = model.card
    assert card["recipe"]["u_bits"] == 3
    assert card["seed"] == 3
    assert card["data_sha256"] == "digest"
    assert card["splits"] == {"train": 300, "val": 60, "test": 60}
    assert [epoch["number"] for epoch in card["curve"]] == [1, 2, 3, 4]
    assert card["val_accuracy"] == card["curve"][card["chosen_epoch"] - 1]["val_accuracy"]
    assert {"qrnn_hw", "torch", "numpy", "python"} <= set(card["versions"])
    assert card["notes"] == ["made up", "no augmentation"]
    assert model.origin.step == card["origin"]["range"] / 2.0 ** card["origin"]["step_exponent"]
    assert card["state_range_sequences"] == 300
    assert (model.inputs.u.bits, model.readout.v.bits, model.origin.bits) == (3, 4, 5)


def test_the_task_names_what_a_reader_needs(dataset, recipe):
    names = {"plain": {"image"}, "tokens": {"vocabulary"}, "regression": NUMBER}
    for kind, extra in names.items():
        data, chosen = dataset(kind), recipe(epochs=1)
        task = freeze(fit(data, chosen, lambda epoch: None), data, chosen).task
        assert set(task) == {"name", "steps", "classes", "data_step"} | extra
    assert task["classes"] == ["mean"]


def test_the_task_says_what_its_inputs_are_made_of(dataset):
    sound = Sound(np.arange(300), np.array([128, 172]))
    task = task_of(replace(dataset(), raw=sound))
    assert [each.size for each in raw_of(task).recordings] == [128, 172]
    assert raw_of(task_of(dataset())) is None


def test_augmentation_is_named(fitted, dataset, recipe):
    note = freeze(fitted, dataset(), recipe(epochs=4, u_bits=3, warp=True)).card["notes"][-1]
    assert note == (
        "augmentation: each image turned, stretched and moved a little at random, on the geometry "
        "of the image, before the order of the steps is applied"
    )


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        pytest.param({}, None, id="integers"),
        pytest.param({"rounded": True}, 0.5, id="floats"),
        pytest.param({"rounded": True, "channel_steps": (0.25,)}, [0.25], id="channels"),
        pytest.param({"rounded": True, "input_step": 1.0}, 1.0, id="floats of step 1"),
    ],
)
def test_a_task_tells_the_units_of_its_files(dataset, changes, step):
    task = task_of(replace(dataset(), **changes))
    assert (task["data_step"], task.get("data_offset")) == (step, None)


def test_a_task_tells_what_a_zero_on_the_wire_stands_for(dataset):
    one = replace(dataset(), rounded=True, channel_offsets=(1000.0,))
    assert task_of(one)["data_offset"] == 1000.0
    more = replace(one, channel_steps=(0.25, 1.0), channel_offsets=(1000.0, -2.0))
    assert task_of(more)["data_offset"] == [1000.0, -2.0]


def test_a_task_tells_that_it_is_of_images():
    task = task_of(digits(permuted=True))
    assert (task["image"], task["data_step"], len(task["order"])) == ([8, 8], None, 64)
    assert "order" not in task_of(digits())
