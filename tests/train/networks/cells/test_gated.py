"""The gated baselines."""

import pytest
import torch

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.cells.gated import GatedNetwork, gated_parameters
from qrnn_hw.train.networks.quantizer import quantize

NOISE = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_parameters_are_counted(cell):
    net = GatedNetwork(cell, 7, 3, 4, False, torch.Generator())
    weights = sum(p.numel() for p in net.parameters() if p.ndim == 2)
    biases = sum(p.numel() for p in net.parameters() if p.ndim == 1)
    assert (weights, biases) == gated_parameters(cell, 7, 3, 4)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weights_of_few_bits_are_rounded_at_use_and_trained_straight_through(cell):
    net, batch = GatedNetwork(cell, 7, 3, 4, False, torch.Generator(), bits=3), Batch(NOISE)
    real = GatedNetwork(cell, 7, 3, 4, False, torch.Generator())
    rounded = {name: quantize(w, 3) for name, w in net.named_parameters() if w.ndim == 2}
    real.load_state_dict({**net.state_dict(), **{n: w.detach() for n, w in rounded.items()}})
    torch.testing.assert_close(net(batch), real(batch))
    assert not torch.allclose(
        net(batch), GatedNetwork(cell, 7, 3, 4, False, torch.Generator())(batch)
    )
    for one in (net, real):
        one(batch).square().sum().backward()
    for name, weight in net.named_parameters():
        torch.testing.assert_close(weight.grad, dict(real.named_parameters())[name].grad, msg=name)
    net.clip_outliers(0.5)
    sizes = [w.abs().max() / w.square().mean().sqrt() for w in rounded.values()]
    assert min(sizes) > 1.5
    assert net.layer.weight_hh_l0.abs().max() < real.layer.weight_hh_l0.abs().max() / 2


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_real_weights_are_not_clipped(cell):
    net = GatedNetwork(cell, 7, 3, 4, False, torch.Generator())
    before = net.layer.weight_hh_l0.clone()
    net.clip_outliers(0.5)
    assert torch.equal(net.layer.weight_hh_l0, before)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("tokens", [False, True])
def test_the_last_step_of_each_length_is_read(cell, tokens):
    generator = torch.Generator().manual_seed(1)
    net = GatedNetwork(cell, 7, 3, 4, tokens, generator)
    x = torch.randint(3, (5, 6), generator=generator)
    x = x if tokens else torch.randn(5, 6, 3, generator=generator)
    lengths = torch.tensor([6, 1, 3, 4, 2])
    logits = net(Batch(x, lengths))
    for row, length in enumerate(lengths):
        alone = net(Batch(x[row : row + 1, :length]))
        torch.testing.assert_close(logits[row], alone[0])
    net.read = 2
    assert net(Batch(x)).shape == (5, 2, 4)
    torch.testing.assert_close(net(Batch(x))[:, 0], net(Batch(x[:, :5]))[:, -1])


def test_the_generator_draws_all_weights():
    one, same, other = (
        GatedNetwork("lstm", 5, 2, 3, False, torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, same.state_dict()[name]), name
    assert not torch.equal(one.layer.weight_hh_l0, other.layer.weight_hh_l0)
