"""The gated baselines."""

import pytest
import torch

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.cells.gated import GatedNetwork, gated_parameters


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_parameters_are_counted(cell):
    net = GatedNetwork(cell, 7, 3, 4, False, torch.Generator())
    assert sum(p.numel() for p in net.parameters()) == gated_parameters(cell, 7, 3, 4)


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
