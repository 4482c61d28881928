"""Scaling of inputs, and accuracy."""

import numpy as np
import torch

from qrnn_hw.train import evaluate
from qrnn_hw.train.network import HadamRNN


def test_inputs_reach_from_zero_to_one(dataset):
    inputs = evaluate.inputs_of(np.array([[0, 15]]), dataset())
    assert inputs.dtype == torch.float32
    torch.testing.assert_close(inputs, torch.tensor([[0.0, 1.0]]))


def test_accuracy_counts_across_chunks(dataset, monkeypatch):
    data, net = dataset(), HadamRNN(torch.ones(8), 2, 4, 4, torch.Generator().manual_seed(1))
    predicted = net(evaluate.inputs_of(data.x_val, data)).argmax(1).numpy()
    monkeypatch.setattr(evaluate, "CHUNK", 7)
    measured = evaluate.accuracy(net, data.x_val, data.y_val, data)
    assert measured == (predicted == data.y_val).mean()
