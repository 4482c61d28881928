"""Scores of a network."""

import pytest
import torch

from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop import evaluate
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.objective import Objective


@pytest.mark.parametrize("kind", ["plain", "lengths", "every"])
def test_scores_count_across_chunks(dataset, recipe, monkeypatch, kind):
    data = dataset(kind)
    objective, split = Objective(data), Split(data, "val")
    net = build(data, recipe(), objective, torch.Generator().manual_seed(1))
    logits, targets = net(split.batch(slice(None))[0]), split.targets
    expected = objective.right(logits, targets).float().mean().item()
    monkeypatch.setattr(evaluate, "CHUNK", 7)
    assert evaluate.evaluate(net, split, objective).accuracy == pytest.approx(expected)
