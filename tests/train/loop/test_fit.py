"""The training loop on a task of a second."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.loop.fit import fit


def test_training_learns_and_reports_every_epoch(dataset, recipe):
    seen = []
    result = fit(dataset(), recipe(), seen.append)
    assert [epoch.number for epoch in seen] == list(range(1, 9))
    assert tuple(seen) == result.curve
    assert result.chosen.val_accuracy > 0.9
    assert result.chosen.number > 6
    assert result.chosen.val_accuracy == max(epoch.val_accuracy for epoch in result.curve[6:])


@pytest.mark.parametrize(
    ("kind", "changes", "least"),
    [
        pytest.param("lengths", {}, 0.8, id="lengths"),
        pytest.param("channels", {}, 0.9, id="channels"),
        pytest.param("tokens", {}, 0.8, id="tokens"),
        pytest.param("tokens", {"embedding": 3}, 0.8, id="embedding"),
        pytest.param("decision", {}, 0.8, id="decision"),
        pytest.param("every", {"hidden": 64}, 0.9, id="every"),
        pytest.param("regression", {"epochs": 16}, 0.5, id="regression"),
        pytest.param("plain", {"cell": "block-hadamrnn", "block": 8}, 0.8, id="block"),
        pytest.param("plain", {"cell": "qornn"}, 0.8, id="qornn"),
        pytest.param("every", {"cell": "qornn"}, 0.9, id="qornn every"),
        pytest.param("plain", {"cell": "qornn", "activation": "relu", "lr": 0.01}, 0.8, id="relu"),
        pytest.param("plain", {"cell": "gru", "hidden": 8}, 0.8, id="gru"),
    ],
)
def test_every_kind_of_task_is_learned(dataset, recipe, kind, changes, least):
    result = fit(dataset(kind), recipe(**changes), lambda epoch: None)
    assert result.chosen.val_accuracy > least


def test_the_origin_ends_on_its_grid(dataset, recipe):
    result = fit(dataset(), recipe(), lambda epoch: None)
    np.testing.assert_array_equal(
        result.network.origin.numpy(), result.origin.value.astype(np.float32)
    )
    exponent = np.log2(result.reach / result.origin.step)
    assert exponent == pytest.approx(round(exponent))
    assert result.origin.bits == 5
    assert result.origin.levels.any()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"dropout": 0.2, "warp": True}, id="random"),
        pytest.param({"state_bits": 8}, id="narrow"),
        pytest.param({"cell": "qornn"}, id="bjorck"),
        pytest.param({"cell": "qornn", "method": "projunn-t"}, id="projunn"),
        pytest.param({"cell": "ornn", "activation": "relu"}, id="ornn"),
        pytest.param({"cell": "lstm"}, id="lstm"),
    ],
)
def test_the_seed_fixes_every_bit(dataset, recipe, changes):
    one, same, other = (
        fit(dataset(), recipe(seed=seed, epochs=2, **changes), lambda epoch: None).network
        for seed in (1, 1, 2)
    )
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, same.state_dict()[name]), name
    assert not torch.equal(one.readout.v, other.readout.v)


def test_one_epoch_of_one_batch_works(dataset, recipe):
    result = fit(dataset(), recipe(epochs=1, batch=1000), lambda epoch: None)
    assert result.chosen.number == 1


def test_the_test_split_is_not_touched(dataset, recipe):
    data = dataset()
    data.x_test[:] = -1
    data.y_test[:] = -1
    before = fit(data, recipe(epochs=2), lambda epoch: None)
    after = fit(dataset(), recipe(epochs=2), lambda epoch: None)
    assert torch.equal(before.network.readout.v, after.network.readout.v)
