"""The measured range of the state."""

import pytest
import torch

from qrnn_hw.train import impulse
from qrnn_hw.train.calibrate import state_range
from qrnn_hw.train.network import HadamRNN

SIGNS = torch.tensor([1.0, -1, -1, 1] * 4)


def network():
    net = HadamRNN(SIGNS, 2, 4, 4, torch.Generator().manual_seed(4))
    with torch.no_grad():
        net.origin.copy_(torch.linspace(-1, 1, 16))
    return net


def test_both_engines_measure_the_same(monkeypatch):
    inputs = torch.rand(20, 12, generator=torch.Generator().manual_seed(1))
    fast = state_range(network(), inputs)
    monkeypatch.setattr(impulse, "kernel", None)
    assert state_range(network(), inputs) == pytest.approx(fast, rel=1e-5)


@pytest.mark.parametrize("compiled", [True, False])
def test_the_start_counts(compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(impulse, "kernel", None)
    net = network()
    with torch.no_grad():
        net.origin.copy_(torch.eye(16)[3] * -5)
    assert state_range(net, torch.zeros(1, 3)) == 5
