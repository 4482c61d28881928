"""The measured range of the state."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.batch import Split
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.rounding import calibrate
from qrnn_hw.train.rounding.calibrate import state_range

CELLS = [
    pytest.param({}, id="hadamrnn"),
    pytest.param({"cell": "block-hadamrnn", "hidden": 24, "block": 8}, id="block"),
    pytest.param({"cell": "qornn"}, id="qornn"),
    pytest.param({"cell": "qornn", "activation": "relu"}, id="relu"),
]


def network(data, recipe):
    net = build(data, recipe, Objective(data), torch.Generator().manual_seed(4))
    with torch.no_grad():
        for bias in (net.origin, net.bias):
            if bias is not None:
                bias.copy_(torch.linspace(-1, 1, recipe.hidden))
    return net


@pytest.mark.parametrize("compiled", [True, False], ids=["numba", "plain torch"])
@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "channels", "every"])
@pytest.mark.parametrize("changes", CELLS)
def test_it_is_the_largest_state_of_the_definition(
    dataset, recipe, monkeypatch, changes, kind, compiled
):
    if not compiled:
        monkeypatch.setattr(impulse, "kernel", None)
    monkeypatch.setattr(calibrate, "CHUNK", 8 * 32 * 7)
    data, chosen = dataset(kind), recipe(**changes)
    net, split = network(data, chosen), Split(data, "val")
    net.read = 8
    states = net.states(split.batch(slice(None))[0]).detach().numpy()
    about = net.origin.detach().numpy() if isinstance(net.recurrence, Hadamard) else np.zeros(1)
    states -= about
    inside = np.arange(8) < split.lengths[:, None]
    expected = max(abs(states[inside]).max(), abs(about).max())
    assert state_range(net, split) == pytest.approx(expected, rel=1e-4)


def test_the_start_counts(dataset, recipe):
    data = dataset()
    data.x_val[:] = 0
    net = network(data, recipe())
    with torch.no_grad():
        net.origin.copy_(torch.eye(32)[3] * -5)
    assert state_range(net, Split(data, "val")) == 5
