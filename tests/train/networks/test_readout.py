"""Readouts, with a hidden layer and without, against their definition."""

import pytest
import torch

from qrnn_hw.train.networks.quantizer import to_levels
from qrnn_hw.train.networks.readout import Readout

D, UNITS, CLASSES = 12, 5, 3


def readout(layer=UNITS, bits=4, seed=1):
    generator = torch.Generator().manual_seed(seed)
    made = Readout(D, CLASSES, bits, True, generator, layer).double()
    with torch.no_grad():
        made.class_bias.copy_(torch.linspace(-1, 1, CLASSES))
        if made.layer is not None:
            made.layer.bias.copy_(torch.linspace(-0.3, 0.4, layer))
    return made


def features(count=40, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, D, dtype=torch.float64, generator=generator).relu() * 2


def rounded(v, bits):
    """Round a matrix; its gradient passes straight through."""
    levels, step = to_levels(v, bits)
    return v + (levels * step - v).detach()


def definition(made, f):
    layer = made.layer
    units = [sum(w * x for w, x in zip(row, f)) + b
             for row, b in zip(rounded(layer.v, 4), layer.bias)]  # fmt: skip
    units = [u * (u > 0) for u in units]
    return torch.stack([sum(w * u for w, u in zip(row, units)) + b
                        for row, b in zip(rounded(made.v, 4), made.class_bias)])  # fmt: skip


def test_logits_and_gradients_of_a_hidden_layer_equal_those_of_the_definition():
    one, other, given = readout(), readout(), features().requires_grad_()
    same = given.detach().clone().requires_grad_()
    logits, expected = one(given), torch.stack([definition(other, f) for f in same])
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-12)
    weights = torch.linspace(-1, 2, logits.numel(), dtype=torch.float64).reshape(logits.shape)
    for total in (logits, expected):
        (total.square() * weights).sum().backward()
    pairs = list(zip(one.named_parameters(), other.named_parameters()))
    assert [name for (name, _), _ in pairs] == ["v", "class_bias", "layer.v", "layer.bias"]
    for (name, left), (_, right) in pairs:
        torch.testing.assert_close(left.grad, right.grad, rtol=0, atol=1e-10, msg=name)
    torch.testing.assert_close(given.grad, same.grad, rtol=0, atol=1e-10)
    units = one.layer(given)
    assert 0.1 < float((units == 0).double().mean()) < 0.9


@pytest.mark.parametrize("bits", [0, 2, 4])
def test_both_matrices_are_quantized(bits):
    made = readout(bits=bits)
    for product in made.products:
        assert torch.equal(product.weights(), rounded(product.v, bits) if bits else product.v)
    assert [tuple(product.v.shape) for product in made.products] == [(UNITS, D), (CLASSES, UNITS)]
    assert made.hidden == D


def test_without_a_layer_a_readout_is_one_product():
    made = readout(layer=0)
    assert made.products == (made,)
    assert made.layer is None
    assert set(made.state_dict()) == {"v", "class_bias"}
    wanted = features() @ rounded(made.v, 4).T + made.class_bias
    assert torch.equal(made(features()), wanted)
    assert made.hidden == D
