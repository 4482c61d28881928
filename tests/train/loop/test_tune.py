"""Training in the arithmetic of hardware."""

import numpy as np
import pytest
import torch

from qrnn_hw.export import golden
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.loop.tune import NEARBY, IntegerRun, tune
from qrnn_hw.train.rounding.ranges import CLIPPINGS

CELLS = [
    pytest.param({}, id="hadamrnn"),
    pytest.param({"cell": "qornn", "hidden": 16}, id="qornn"),
    pytest.param({"cell": "qornn", "hidden": 16, "activation": "relu"}, id="relu"),
]


@pytest.fixture
def fitted(dataset, recipe):
    def build(kind="plain", **changes):
        data = dataset(kind)
        chosen = recipe(**({"epochs": 4, "state_bits": 6, "tune_epochs": 2} | changes))
        return fit(data, chosen, lambda epoch: None), data, chosen

    return build


@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "every", "channels"])
@pytest.mark.parametrize("changes", CELLS)
def test_features_are_those_of_hardware_and_gradients_those_of_the_network(fitted, kind, changes):
    fit_, data, chosen = fitted(kind, **changes)
    run = IntegerRun(data, chosen, fit_)
    run._clip(8.0)  # nothing saturates
    batch, _ = run.train.batch(torch.arange(40))
    features = run.features(batch)
    model = run.integers()
    x, lengths = run._wire(batch)
    assert np.array_equal(x, run.train.integers[:40, : batch.steps])
    kept = golden.run(model, x, lengths, states=True).states
    if kind == "every":
        kept, steps = kept[:, 2:], np.tile(np.arange(3, 9), (40, 1))
    else:
        kept, steps = kept[np.arange(40), lengths - 1], lengths
    parity = steps % model.parities
    offset = np.stack([model.offset(p) for p in range(model.parities)])
    unit = model.readout.logit_step / model.readout.logit_step[0] * model.state_step
    expected = (kept - offset[parity]) * unit[parity][..., None]
    if model.readout.relu:
        expected = np.maximum(expected, 0)
    np.testing.assert_allclose(features.detach().numpy(), expected, atol=1e-4)

    weights = torch.linspace(-1, 1, features.numel()).reshape(features.shape)
    run.network.zero_grad()
    (features * weights).sum().backward()
    grads = [p.grad.clone() for p in run.network.inputs.parameters()]
    states = run.network.states(batch)
    mask = torch.from_numpy(expected > 0) if model.readout.relu else torch.ones(states.shape)
    run.network.zero_grad()
    (states * mask * weights).sum().backward()
    for one, other in zip(grads, run.network.inputs.parameters()):
        torch.testing.assert_close(one, other.grad)


def test_the_origin_stays_on_a_grid_of_the_range(fitted):
    fit_, data, chosen = fitted()
    before = fit_.network.origin.detach().clone()
    run = IntegerRun(data, chosen, fit_)
    exponent = np.log2(run.reach / run.origin.step)
    assert exponent == pytest.approx(round(exponent))
    assert torch.equal(fit_.network.origin, before)
    for rows in run.shuffled():
        run.advance(rows)
    np.testing.assert_allclose(run.network.origin.detach().numpy(), run.origin.value, rtol=1e-6)
    assert run.integers().state_step * 2**5 == pytest.approx(run.reach)


def test_no_other_range_does_better(fitted):
    fit_, data, chosen = fitted()
    run = IntegerRun(data, chosen, fit_)
    reach, found = run.reach, run.validate()
    for clipping in [reach / run._peak * nearby for nearby in NEARBY] + list(CLIPPINGS):
        run._clip(clipping)
        assert run.objective.better(found, run.validate())
    assert any(reach == pytest.approx(run._peak * c * n) for c in CLIPPINGS for n in NEARBY)


def test_tuning_reports_and_keeps_the_best(fitted):
    fit_, data, chosen = fitted()
    seen = []
    tuned = tune(fit_, data, chosen, seen.append)
    assert [epoch.number for epoch in seen] == [5, 6]
    assert tuned.curve == tuple(seen)
    best = max([tuned.before.accuracy, *(epoch.val_accuracy for epoch in seen)])
    run = IntegerRun(data, chosen, fit_)
    run.network, run.origin, run.reach = tuned.fit.network, tuned.fit.origin, tuned.reach
    assert run.validate().accuracy == best


def test_tuning_helps_very_narrow_states(fitted):
    fit_, data, chosen = fitted(epochs=2, state_bits=4, tune_epochs=8, tune_lr=1.0)
    tuned = tune(fit_, data, chosen, lambda epoch: None)
    assert max(epoch.val_loss for epoch in tuned.curve[-2:]) < tuned.before.loss


def test_the_seed_fixes_every_bit(fitted):
    one, same = (tune(*fitted(), lambda epoch: None).fit.network for _ in range(2))
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, same.state_dict()[name]), name
