"""Single steps of a run."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.loop.evaluate import evaluate
from qrnn_hw.train.loop.run import Run, rate
from qrnn_hw.train.loop.strategy import SomeSteps


def test_an_epoch_shows_every_sequence_once(dataset, recipe):
    run = Run.of(dataset(), recipe(batch=70))
    rows = run.shuffled()
    assert len(rows) == run.batches == 5
    assert sorted(torch.cat(rows).tolist()) == list(range(300))


@pytest.mark.parametrize("kind", ["plain", "tokens"])
def test_u_learns_more_slowly(dataset, recipe, kind):
    run = Run.of(dataset(kind), recipe(u_factor=0.5, outliers=100.0))
    before = run.snapshot()
    run.advance(torch.arange(30))
    # The first step of Adam moves every parameter by the learning rate.
    moved = [
        max((one - other).abs().max().item() for one, other in
            zip(getattr(run.network, part).parameters(), getattr(before, part).parameters()))
        for part in ("inputs", "readout")
    ]  # fmt: skip
    assert moved[0] / moved[1] == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("method", ["bjorck", "projunn-d", "projunn-t", "rotations", "binary"])
def test_every_method_moves_w_and_keeps_its_invariant(dataset, recipe, method):
    run = Run.of(dataset(), recipe(cell="qornn", method=method, hidden=16))
    before = run.snapshot().recurrence.weight.weight
    for rows in run.shuffled():
        run.advance(rows)
    recurrence = run.network.recurrence
    assert (recurrence.weight.weight - before).abs().max() > 1e-4
    if method == "binary":
        assert recurrence.is_ternary()
    else:
        assert recurrence.orthogonality_error(quantized=False) < 0.01


def test_gradients_are_clipped(dataset, recipe, monkeypatch):
    norms = []
    step = torch.optim.Adam.step

    def spy(optimizer):
        grads = [p.grad for group in optimizer.param_groups for p in group["params"]]
        norms.append(torch.stack([g.norm() for g in grads if g is not None]).norm().item())
        step(optimizer)

    monkeypatch.setattr(torch.optim.Adam, "step", spy)
    for clip in (0.0, 0.01):
        Run.of(dataset(), recipe(cell="gru", hidden=8, clip=clip)).advance(torch.arange(30))
    assert norms[0] > 0.011
    assert norms[1] == pytest.approx(0.01, rel=1e-3)


def test_the_rounded_origin_stays(dataset, recipe):
    run = Run.of(dataset(), recipe())
    for rows in run.shuffled():
        run.advance(rows)
    before = run.snapshot().origin.detach().numpy()
    levels, reach = run.settle()
    run.advance(torch.arange(30))
    np.testing.assert_array_equal(run.network.origin.numpy(), levels.value.astype(np.float32))
    assert np.abs(levels.value - before).max() <= np.abs(before).max()
    assert reach >= np.abs(before).max()


@pytest.mark.parametrize(("cell", "reaches"), [("qornn", True), ("gru", False)])
def test_other_cells_store_no_origin(dataset, recipe, cell, reaches):
    levels, reach = Run.of(dataset(), recipe(cell=cell)).settle()
    assert levels is None
    assert (reach > 0) is reaches


@pytest.mark.parametrize("cell", ["hadamrnn", "gru"])
def test_weights_are_averaged_once_the_origin_is_rounded(dataset, recipe, cell):
    run = Run.of(dataset(), recipe(cell=cell, average=0.75))
    run.advance(torch.arange(30))
    torch.testing.assert_close(run.snapshot().state_dict(), run.network.state_dict())
    run.settle()
    means = [weight.clone() for weight in run.network.parameters()]
    for first in range(0, 90, 30):
        run.advance(torch.arange(first, first + 30))
        means = [0.75 * mean + 0.25 * weight
                 for mean, weight in zip(means, run.network.parameters())]  # fmt: skip
    kept = run.snapshot()
    for mean, weight in zip(means, kept.parameters()):
        torch.testing.assert_close(weight, mean)
    assert run.validate() == evaluate(kept, run.strategy.val, run.objective)
    assert run.validate() != evaluate(run.network, run.strategy.val, run.objective)


def test_last_states_carry_the_noise_of_narrow_ones(dataset, recipe):
    rows = torch.arange(30)
    losses = [Run.of(dataset(), recipe(noise_bits=bits)).advance(rows) for bits in (0, 16, 2)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[2] != pytest.approx(losses[0], rel=1e-2)


@pytest.mark.parametrize("changes", [{"cell": "qornn", "activation": "relu"}, {"cell": "gru"}])
def test_noise_that_is_not_known_is_left_to_tuning(dataset, recipe, changes):
    rows = torch.arange(30)
    losses = [
        Run.of(dataset(), recipe(noise_bits=bits, **changes)).advance(rows) for bits in (0, 4)
    ]
    assert losses[0] == losses[1]


def test_a_baseline_keeps_its_origin_real(dataset, recipe):
    run = Run.of(dataset(), recipe(weights="real"))
    levels, reach = run.settle()
    assert levels is None
    assert reach > 0
    assert run.network.origin.requires_grad


def silence(data):
    """Have the first steps answer the same in all sequences, as the copy task does."""
    parts = {}
    for name in ("train", "val", "test"):
        targets = getattr(data, f"y_{name}").copy()
        targets[:, :5] = 1
        parts[f"y_{name}"] = targets
    return replace(data, **parts)


@pytest.mark.parametrize("cell", ["hadamrnn", "qornn"])
def test_the_loss_of_all_steps_sampled_is_that_of_all_steps(dataset, recipe, cell):
    data = silence(dataset("every"))
    changes = {"cell": cell, "silent": 0, "bias": False, "outliers": 0.0}
    rows, losses = torch.arange(30), []
    for sampled in (0, 5, 2):
        run = Run.of(data, recipe(sampled=sampled, **changes))
        with torch.no_grad():
            run.network.readout.class_bias.zero_()
        assert isinstance(run.strategy, SomeSteps) is (sampled > 0)
        losses.append(run.advance(rows))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[2] != pytest.approx(losses[0], rel=1e-3)


def test_units_are_dropped_at_sampled_steps(dataset, recipe):
    data, rows = silence(dataset("every")), torch.arange(30)
    losses = [
        Run.of(data, recipe(sampled=5, dropout=dropout)).advance(rows) for dropout in (0.0, 0.5)
    ]
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_noise_of_sampled_states_is_relative_to_them(dataset, recipe):
    data, rows = silence(dataset("every")), torch.arange(30)
    losses = [
        Run.of(data, recipe(sampled=2, noise=noise)).advance(rows) for noise in (0.0, 1e-9, 0.5)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[2] != pytest.approx(losses[0], rel=1e-2)


def test_sampled_states_carry_the_noise_of_narrow_ones(dataset, recipe):
    data, rows = silence(dataset("every")), torch.arange(30)
    losses = [Run.of(data, recipe(sampled=2, noise_bits=bits)).advance(rows) for bits in (0, 16, 4)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[2] != pytest.approx(losses[0], rel=1e-2)


def test_logits_begin_at_the_frequencies_of_the_answers(dataset, recipe):
    data = silence(dataset("every"))
    run = Run.of(data, recipe(sampled=2))
    counts = np.bincount(data.y_train[data.y_train >= 0]) + 1
    found = torch.softmax(run.network.readout.class_bias, 0).detach().numpy()
    np.testing.assert_allclose(found, counts / counts.sum(), rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("tokens", {}), ("plain", {}), ("every", {"cell": "qornn", "activation": "relu"}),
     ("every", {"cell": "gru"})],
)  # fmt: skip
def test_where_steps_cannot_be_sampled_all_are_read(dataset, recipe, kind, changes):
    run = Run.of(dataset(kind), recipe(sampled=2, **changes))
    assert not isinstance(run.strategy, SomeSteps)
    run.advance(torch.arange(30))


def test_validation_of_sampled_runs_takes_part_of_the_split(dataset, recipe, monkeypatch):
    monkeypatch.setattr("qrnn_hw.train.loop.strategy.VALIDATED", 8 * 32 * 17)
    assert len(Run.of(silence(dataset("every")), recipe(sampled=2)).strategy.val) == 17
    assert len(Run.of(silence(dataset("every")), recipe()).strategy.val) == 60


def test_without_a_bias_the_model_stores_no_origin(dataset, recipe):
    run = Run.of(dataset(), recipe(bias=False))
    levels, reach = run.settle()
    assert levels is None
    assert reach > 0
    run.advance(torch.arange(30))
    assert not run.network.origin.any()


def test_only_images_are_warped(dataset, recipe):
    with pytest.raises(ModelError, match="halves must be images to be warped"):
        Run.of(dataset("lengths"), recipe(warp=True))


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_the_rate_rises_for_a_twentieth_and_then_falls(schedule):
    rates = [rate(step, 200, schedule) for step in range(200)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert max(rates) == rates[10] == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < {"cosine": 1e-3, "linear": 1e-2}[schedule]
    half = rates[105]
    assert half == pytest.approx(0.5)


def test_a_line_and_half_a_cosine_differ_between_their_ends():
    assert rate(30, 200, "cosine") > rate(30, 200, "linear") > rate(170, 200, "linear")
    assert rate(170, 200, "linear") > rate(170, 200, "cosine")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_runs_learn(steps):
    assert rate(0, steps) == 1
