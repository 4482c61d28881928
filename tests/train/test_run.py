"""Single steps of a run."""

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.run import Run


def test_an_epoch_shows_every_sequence_once(dataset, recipe):
    run = Run(dataset(), recipe(batch=70))
    rows = run.shuffled()
    assert len(rows) == run.batches == 5
    assert sorted(torch.cat(rows).tolist()) == list(range(300))


def test_u_learns_more_slowly(dataset, recipe):
    run = Run(dataset(), recipe(u_factor=0.5, outliers=100.0))
    before = run.snapshot()
    run.advance(torch.arange(30))
    # The first step of Adam moves every parameter by the learning rate.
    moved = [(getattr(run.network, name) - getattr(before, name)).abs().max() for name in "uv"]
    assert (moved[0] / moved[1]).item() == pytest.approx(0.5, rel=1e-3)


def test_the_rounded_origin_stays(dataset, recipe):
    run = Run(dataset(), recipe())
    for rows in run.shuffled():
        run.advance(rows)
    before = run.snapshot().origin.detach().numpy()
    levels, reach = run.round_origin()
    run.advance(torch.arange(30))
    np.testing.assert_array_equal(run.network.origin.numpy(), levels.value.astype(np.float32))
    assert np.abs(levels.value - before).max() <= np.abs(before).max()
    assert reach >= np.abs(before).max()


def test_a_loss_that_is_not_finite_stops_the_run(dataset, recipe):
    run = Run(dataset(), recipe())
    run.advance(torch.arange(30))
    with torch.no_grad():
        run.network.v.fill_(float("nan"))
    message = "^training must stay finite, and the loss is nan in epoch 1, batch 2 of 10$"
    with pytest.raises(ModelError, match=message) as caught:
        run.advance(torch.arange(30))
    assert caught.value.hint == "the learning rate is likely too high: try --lr 0.013"
