"""The network against its definition, values and gradients."""

import pytest
import torch

from qrnn_hw.train.impulse import recurrent
from qrnn_hw.train.network import HadamRNN
from qrnn_hw.train.quantizer import quantize
from qrnn_hw.train.signs import balanced_signs


def network(d, seed=1, classes=3):
    generator = torch.Generator().manual_seed(seed)
    net = HadamRNN(balanced_signs(d, generator), classes, 4, 4, generator).double()
    with torch.no_grad():
        net.origin.copy_(torch.linspace(-0.5, 0.7, d))
        net.class_bias.copy_(torch.linspace(-1, 1, classes))
    return net


def step_by_step(net, inputs):
    """Follow the definition: h_0 = 0, h_t = W h + U x + b, b = (I - W) c."""
    matrix, u = recurrent(net.signs), quantize(net.u, 4)
    bias = net.origin - matrix @ net.origin
    state = torch.zeros(len(inputs), len(u), dtype=torch.float64)
    for x in inputs.T:
        state = state @ matrix.T + x[:, None] * u + bias
    return state.relu() @ quantize(net.v, 4).T + net.class_bias


@pytest.mark.parametrize("steps", [1, 2, 33])
@pytest.mark.parametrize("d", [4, 8, 64, 128])
def test_logits_and_gradients_equal_those_of_the_definition(d, steps):
    inputs = torch.randn(6, steps, dtype=torch.float64, generator=torch.Generator().manual_seed(d))
    target = torch.tensor([0, 1, 2, 2, 1, 0])
    fast, slow = network(d), network(d)
    for net, logits in ((fast, fast(inputs)), (slow, step_by_step(slow, inputs))):
        net.logits = logits
        torch.nn.functional.cross_entropy(logits, target).backward()
    torch.testing.assert_close(fast.logits, slow.logits, rtol=0, atol=1e-10)
    for (name, one), (_, other) in zip(fast.named_parameters(), slow.named_parameters()):
        torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=1e-10, msg=name)


def test_the_seed_draws_the_network():
    one, same, other = (network(16, seed).v for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_outliers_are_clipped_at_a_multiple_of_the_root_mean_square():
    net = network(64)
    with torch.no_grad():
        net.u.fill_(1)
        net.v.fill_(0.5)
        net.v[1, 7] = -9
    bound = 2.5 * net.v.square().mean().sqrt().item()
    net.clip_outliers(2.5)
    assert (net.u == 1).all()
    assert net.v[1, 7].item() == pytest.approx(-bound)
    assert net.v[0, 0] == 0.5
