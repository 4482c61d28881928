"""The gradient of a recurrence that saturates, against a loop that autograd differentiates."""

import numpy as np
import pytest
import torch

from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.loop.tune import in_integers
from qrnn_hw.train.networks.impulse import recurrent
from qrnn_hw.train.rounding import simulate

CELLS = [
    pytest.param({}, id="odd"),
    pytest.param({"hidden": 16}, id="even"),
    pytest.param({"cell": "block-hadamrnn", "hidden": 24, "block": 8}, id="block"),
    pytest.param({"hidden": 16, "halves": 1}, id="fading"),
]


def stopped(model, x, length):
    """Find the units, (T, d), that a step of one sequence stops gradients at."""
    signs, block = model.recurrence.signs, model.recurrence.block
    matrix = recurrent(torch.tensor(signs).double(), block).numpy() * np.sqrt(block)
    matrix = np.rint(matrix).astype(np.int64)
    top, state, stops = 1 << model.state_bits - 1, model.offset(0), []
    for step in range(1, length + 1):
        parity, shift = step % model.parities, model.shift(step)
        sums = matrix @ state + model.inputs.terms(x[None, step - 1], parity)[0]
        free = sums + (1 << shift >> 1) >> shift
        state = np.clip(free, -top, top - 1)
        limit = (state == -top) | (state == top - 1)
        stops.append(limit & (free != state).any())
    return np.array(stops)


@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "channels"])
@pytest.mark.parametrize("changes", CELLS)
def test_gradients_stop_at_saturated_states(dataset, recipe, kind, changes):
    if simulate.fixed is None:
        pytest.skip("needs numba")
    data, chosen = dataset(kind), recipe(epochs=2, state_bits=6, tune_epochs=1, **changes)
    strategy = in_integers(fit(data, chosen, lambda epoch: None), data, chosen)
    strategy.clip(0.4)
    network, (batch, _) = strategy.network, strategy.setting.train.batch(torch.arange(20))
    model, (x, lengths) = strategy.model(), strategy.wire(batch)
    network.origin.requires_grad_(True)
    states = strategy.clipped(network.recurrence, model, x, lengths)
    expected = simulate.real_states(model, simulate.last_states(model, x, lengths), lengths)
    np.testing.assert_allclose(states.detach(), expected, atol=1e-5)

    weights = torch.linspace(-1, 1, states.numel()).view(states.shape)
    parameters = [*network.inputs.parameters(), network.origin]
    found = torch.autograd.grad((states * weights).sum(), parameters)
    matrix, total, count = network.recurrence.matrix(), 0.0, 0
    drive = network.inputs.drive(batch.x, network.inputs.columns())
    for row, length in enumerate(lengths):
        stops, state = torch.from_numpy(stopped(model, x[row], length)), -network.origin
        count += int(stops.sum())
        for step in range(length):
            state = matrix @ state + drive[row, step]
            state = torch.where(stops[step], state.detach(), state)
        total = total + ((state + network.origin) * weights[row]).sum()
    assert count > 20
    for one, other in zip(found, torch.autograd.grad(total, parameters)):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
