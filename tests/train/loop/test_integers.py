"""The arithmetic of hardware as a strategy of training."""

import numpy as np
import pytest
import torch

from qrnn_hw.export import golden
from qrnn_hw.train.loop.integers import NEARBY
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.tune import in_integers
from qrnn_hw.train.rounding.ranges import CLIPPINGS

CELLS = [
    pytest.param({}, id="hadamrnn"),
    pytest.param({"cell": "qornn", "hidden": 16}, id="qornn"),
    pytest.param({"cell": "qornn", "hidden": 16, "activation": "relu"}, id="relu"),
]


@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "every", "channels", "zero"])
@pytest.mark.parametrize("changes", CELLS)
def test_features_are_those_of_hardware_and_gradients_those_of_the_network(fitted, kind, changes):
    fit_, data, chosen = fitted(kind, **changes)
    strategy = in_integers(fit_, data, chosen)
    strategy.clip(8.0)  # nothing saturates
    batch, _ = strategy.setting.train.batch(torch.arange(40))
    features = strategy.features(batch)
    model = strategy.model()
    x, lengths = strategy.wire(batch)
    assert np.array_equal(x, strategy.setting.train.integers[:40, : batch.steps])
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
    strategy.network.zero_grad()
    (features * weights).sum().backward()
    grads = [p.grad.clone() for p in strategy.network.inputs.parameters()]
    states = strategy.network.states(batch)
    mask = torch.from_numpy(expected > 0) if model.readout.relu else torch.ones(states.shape)
    strategy.network.zero_grad()
    (states * mask * weights).sum().backward()
    for one, other in zip(grads, strategy.network.inputs.parameters()):
        torch.testing.assert_close(one, other.grad)


def test_the_origin_stays_on_a_grid_of_the_range(fitted):
    fit_, data, chosen = fitted()
    before = fit_.network.origin.detach().clone()
    strategy = in_integers(fit_, data, chosen)
    exponent = np.log2(strategy.reach / strategy.origin.step)
    assert exponent == pytest.approx(round(exponent))
    assert torch.equal(fit_.network.origin, before)
    run = Run(strategy)
    for rows in run.shuffled():
        run.advance(rows)
    np.testing.assert_allclose(
        strategy.network.origin.detach().numpy(), strategy.origin.value, rtol=1e-6
    )
    assert strategy.model().state_step * 2**5 == pytest.approx(strategy.reach)


def test_no_other_range_does_better(fitted):
    fit_, data, chosen = fitted()
    strategy = in_integers(fit_, data, chosen)
    reach, found = strategy.reach, strategy.score(strategy.network)
    better = strategy.setting.objective.better
    for clipping in [reach / strategy._peak * nearby for nearby in NEARBY] + list(CLIPPINGS):
        strategy.clip(clipping)
        assert better(found, strategy.score(strategy.network))
    assert any(reach == pytest.approx(strategy._peak * c * n) for c in CLIPPINGS for n in NEARBY)
