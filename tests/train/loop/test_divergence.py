"""Runs that go wrong, each in its own way, and what they say of it."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.loop.divergence import EXPLODED, check_epoch, check_score, finite_gradients
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.tune import tune
from qrnn_hw.train.objective import Score

GOOD = Score(0.5, 0.7)


def test_a_rate_that_is_too_high_is_measured_and_a_good_one_is_named(dataset, recipe):
    with pytest.raises(ModelError) as caught:
        fit(dataset(), recipe(lr=1e38), lambda epoch: None)
    message, size = str(caught.value).split(": a step moves V by ")
    assert message == (
        "training must not diverge, and the loss is nan in epoch 1, batch 2 of 10"
    )  # fmt: skip
    assert float(size.split()[0]) > 1e30
    words = caught.value.hint.split()
    assert words[:2] == ["try", "--lr"]
    better = fit(dataset(), recipe(lr=float(words[2])), lambda epoch: None)
    assert better.chosen.val_accuracy > 0.9


def long(data):
    """Have every step three dozen times, so that what grows does so beyond all floats."""
    parts = {f"x_{name}": np.repeat(getattr(data, f"x_{name}"), 36, 1)
             for name in ("train", "val", "test")}  # fmt: skip
    return replace(data, **parts)


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        ("binary", "try --method bjorck, --cell hadamrnn, whose W keeps states as they are, or "),
        ("projunn-d", "try --cell hadamrnn, whose W keeps states as they are, or "),
    ],
)
def test_states_that_a_dense_w_lets_grow(dataset, recipe, method, hint):
    run = Run.of(
        long(dataset()), recipe(cell="qornn", method=method, activation="relu", hidden=16)
    )  # fmt: skip
    with torch.no_grad():
        run.network.recurrence.weight.weight.fill_(1.0)
    with pytest.raises(ModelError) as caught:
        run.advance(torch.arange(30))
    found = re.search(r"W has the spectral radius ([\d.]+), so states grow", str(caught.value))
    # Of 16 equal weights in a row: those of one bit are 1/4, those of 4 bits 7/8 instead of 1.
    assert float(found[1]) == pytest.approx(4 if method == "binary" else 16, rel=0.2)
    assert "in epoch 1, batch 1 of 10: states reach " in str(caught.value)
    assert caught.value.hint == f"{hint}--lr 0.013"


def test_weights_that_are_not_finite_are_named(dataset, recipe):
    run = Run.of(dataset(), recipe())
    run.advance(torch.arange(30))
    with torch.no_grad():
        run.network.readout.v.fill_(float("nan"))
    message = r"the loss is nan in epoch 1, batch 2 of 10: weights of V are not finite$"
    with pytest.raises(ModelError, match=message) as caught:
        run.advance(torch.arange(30))
    assert caught.value.hint == "try --lr 0.013"


def test_targets_that_are_not_finite_are_no_fault_of_the_rate(dataset, recipe):
    data = dataset("regression")
    data.y_train[7] = math.nan
    with pytest.raises(ModelError, match=r"its data are not finite$") as caught:
        fit(data, recipe(), lambda epoch: None)
    assert caught.value.hint == "check the inputs and targets of the training split"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_stops_the_run_before_it_reaches_the_weights(dataset, recipe, value):
    run = Run.of(dataset(), recipe())
    run.advance(torch.arange(30))
    run.network.readout.v.register_hook(lambda gradient: gradient.clone().fill_(value))
    before = run.snapshot().state_dict()
    with pytest.raises(ModelError, match="a gradient is not finite in epoch 1, batch 2 of 10"):
        run.advance(torch.arange(30))
    for name, tensor in run.network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_large_gradients_are_finite():
    weight = torch.nn.Parameter(torch.zeros(1000))
    weight.grad = torch.full((1000,), 3e38)
    assert finite_gradients(torch.nn.ParameterList([weight]))
    weight.grad[0] = math.inf
    weight.grad[1] = -math.inf
    assert not finite_gradients(torch.nn.ParameterList([weight]))


def advanced(data, chosen):
    run = Run.of(data, chosen)
    for rows in run.shuffled():
        run.advance(rows)
    return run


@pytest.mark.parametrize("kind", ["plain", "regression"])
def test_an_explosion_needs_two_epochs_that_stay(dataset, recipe, kind):
    run = advanced(dataset(kind), recipe())
    begun = max(run.first_loss, np.var(run.dataset.y_train) if kind == "regression" else np.log(2))
    high = 1.01 * EXPLODED * begun
    for losses in ([high], [0.5, high], [high, 0.5], [high, 0.5, high], [4 * high, 1.9 * high],
                   [0.9 * high, 5 * high], [high / 1.02] * 2):  # fmt: skip
        check_epoch(run, GOOD, losses)
    with pytest.raises(ModelError, match="in epoch 1, batch 10 of 10: states reach") as caught:
        check_epoch(run, GOOD, [0.5, high, 0.6 * high + high])
    assert "the mean loss has gone from " in str(caught.value)


def test_a_loss_that_began_high_may_stay_there(dataset, recipe):
    run = advanced(dataset(), recipe())
    run.first_loss = 1e6
    check_epoch(run, GOOD, [1e6, 1e7])


def test_a_loss_that_explodes_stops_a_real_run(dataset, recipe):
    seen = []
    with pytest.raises(ModelError, match="the mean loss has gone from"):
        fit(dataset(), recipe(lr=1e3, epochs=20), seen.append)
    assert len(seen) < 19


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_validation_must_be_finite(dataset, recipe, loss):
    run = advanced(dataset(), recipe())
    message = f"the validation loss is {loss} in epoch 1, batch 10 of 10: states reach "
    with pytest.raises(ModelError, match=message):
        check_score(run, Score(0.5, loss))
    assert check_score(run, GOOD) is GOOD


def test_a_weight_that_hides_from_the_loss_is_found(dataset, recipe):
    run = advanced(dataset(), recipe(cell="qornn", activation="modrelu"))
    with torch.no_grad():
        # This unit stays zero, whatever comes.
        run.network.recurrence.threshold[3] = -math.inf
    assert math.isfinite(run.validate().loss)
    with pytest.raises(ModelError, match=r"a weight is not finite .*recurrence.threshold are not"):
        check_epoch(run, GOOD, [0.5])


def test_tuning_counts_epochs_on(dataset, recipe):
    chosen = recipe(epochs=3, state_bits=6)
    fitted = fit(dataset(), chosen, lambda epoch: None)
    message = r"cannot hold the weights \(.*\) in epoch 4, batch 2 of 10: a step moves V by"
    with pytest.raises(ModelError, match=message):
        tune(fitted, dataset(), replace(chosen, tune_lr=1e38), lambda epoch: None)
