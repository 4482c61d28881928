"""Networks as the released code writes them, against a reference of that code in torch."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.importing.released import Run, quantized, trained
from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.export.weights import NumberInputs, TokenInputs
from qrnn_hw.sim.core.float_run import float_run

D, CHANNELS, CLASSES, STEPS = 16, 3, 5, 12


def uniform(m, bits):
    """Quantize as arXiv 2502.00047 section 3.5 does."""
    top, alpha = 2.0 ** (bits - 1), float(m.detach().abs().max()) or 1.0
    return ((m * (top / alpha)).round().clamp(-top, max(top - 1, 1))) * (alpha / top)


class Quantize(nn.Module):
    """The quantizer of U, V and a dense W."""

    def __init__(self, bits):
        super().__init__()
        self.bits = bits

    def forward(self, m):
        return uniform(m, self.bits)

    def right_inverse(self, m):
        return m


class Signed(nn.Module):
    """Hadamard blocks with signed rows, whatever the weight."""

    def __init__(self, vector, kernel):
        super().__init__()
        self.sign_vector = vector
        self.kernel = kernel

    def forward(self, m):
        return torch.diag(torch.sign(self.sign_vector).view(-1)) @ self.kernel

    def right_inverse(self, m):
        return m


class Bjorck(nn.Module):
    """The projection of the last training step, as evaluation has it."""

    def __init__(self, weight):
        super().__init__()
        self.register_buffer("_w_bjorck", weight.data.clone())

    def forward(self, m):
        return self._w_bjorck


def linear(columns, rows, bits, *, bias):
    layer = nn.Linear(columns, rows, bias=bias)
    if bits is not None:
        parametrize.register_parametrization(layer, "weight", Quantize(bits))
    return layer


class ModReLU(nn.Module):
    """The released one, which adds a millionth."""

    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(0.2 * torch.rand(D) - 0.1)

    def forward(self, z):
        return torch.sgn(z) * torch.relu(torch.abs(z) + 1e-6 + self.b)


class Network(nn.Module):
    """The forward pass of the released classes, for one layer."""

    def __init__(self, recurrent, bits, *, v_bits, every=False, words=0, activation=None, line=1):
        super().__init__()
        self.every, self.line = every, line
        self.activation = activation or nn.ReLU()
        self.input_layer = linear(CHANNELS, D, bits, bias=False)
        self.recurrent_layer = recurrent
        self.output_layer = linear(D, CLASSES, v_bits, bias=True)
        if words:
            self.word_embedding = nn.Embedding(words, CHANNELS, padding_idx=0)

    @torch.no_grad()
    def forward(self, x):
        if hasattr(self, "word_embedding"):
            x = self.word_embedding(x)
        h, outputs = torch.zeros(len(x), D), []
        for step in torch.unbind(x, dim=1):
            h = self.recurrent_layer(h) + self.input_layer(step)
            active = self.activation(h)
            if not self.line:
                h = active
            outputs.append(self.output_layer(active))
        return torch.stack(outputs, 1) if self.every else outputs[-1]


def hadamard(block, seed=0):
    torch.manual_seed(seed)
    layer = nn.Linear(D, D)
    kernel = torch.tensor(sylvester(block), dtype=torch.float32) / block**0.5
    layer.sign_vector = nn.Parameter(torch.randn(1, D))
    signed = Signed(layer.sign_vector, torch.block_diag(*(D // block * [kernel])))
    parametrize.register_parametrization(layer, "weight", signed)
    return layer


def spectral(bits, seed=0, *, bias=True):
    torch.manual_seed(seed)
    layer = nn.Linear(D, D, bias=bias)
    nn.init.orthogonal_(layer.weight)
    spectral_norm(layer)
    parametrize.register_parametrization(layer, "weight", Bjorck(layer.weight))
    parametrize.register_parametrization(layer, "weight", Quantize(bits))
    return layer


def arrays(network):
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def integers(count=4, low=0, high=256, channels=CHANNELS):
    return np.random.default_rng(5).integers(low, high, (count, STEPS, channels))


def close(model, network, x, real):
    """Compare with the network's float32."""
    expected = network.eval()(torch.tensor(real)).numpy()
    assert expected.std() > 0.01
    np.testing.assert_allclose(float_run(model, x), expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("block", [16, 8, 2])
@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_hadamard_network_computes_what_it_did(block, bits):
    network = Network(hadamard(block), bits, v_bits=bits)
    model = trained(arrays(network), Run(bits, block=block))
    assert (model.cell, model.hidden) == ("HadamRNN" if block == D else "Block-HadamRNN", D)
    x = integers()
    close(model, network, x, (x / 255).astype(np.float32))


@pytest.mark.parametrize("line", [True, False])
@pytest.mark.parametrize("bits", [1, 3, 6])
def test_a_qornn_computes_what_it_did(bits, line):
    network = Network(spectral(bits), bits, v_bits=bits, line=line)
    model = trained(arrays(network), Run(bits, linear=line))
    assert (model.cell, model.recurrence.activation) == ("QORNN", "linear" if line else "relu")
    x = integers()
    close(model, network, x, (x / 255).astype(np.float32))


def test_a_modrelu_network_has_its_thresholds():
    recurrent = spectral(5, bias=False)
    network = Network(recurrent, 5, v_bits=None, activation=ModReLU(), line=False, every=True)
    run = Run(5, linear=False, every=True, input_signed=True, input_bits=4, input_step=0.25)
    model = trained(arrays(network), run)
    assert (model.recurrence.activation, model.readout.relu) == ("modrelu", False)
    x = integers(low=-8, high=8)
    # V is no longer what it was.
    network.output_layer.weight.data = torch.tensor(model.readout.v.value, dtype=torch.float32)
    close(model, network, x, (x * 0.25).astype(np.float32))


def test_a_real_v_is_quantized_to_the_bits_that_are_given():
    network = Network(hadamard(D), 4, v_bits=None)
    v = network.output_layer.weight.detach().numpy()
    model = trained(arrays(network), Run(4, v_bits=8))
    assert model.readout.v.bits == 8
    assert 0 < np.abs(model.readout.v.value - v).max() <= 1.001 * model.readout.v.step


def test_words_are_folded_with_the_input_weights():
    network = Network(hadamard(D), 4, v_bits=4, words=11, every=True)
    model = trained(arrays(network), Run(4, every=True, table_bits=16))
    assert isinstance(model.inputs, TokenInputs)
    x = integers(high=11, channels=1)
    close(model, network, x, x[:, :, 0])


def test_one_hot_vectors_are_tokens():
    network = Network(hadamard(D), 3, v_bits=3)
    model = trained(arrays(network), Run(3, one_hot=True))
    x = integers(high=CHANNELS, channels=1)
    close(model, network, x, np.eye(CHANNELS, dtype=np.float32)[x[:, :, 0]])


@pytest.mark.parametrize("bits", range(1, 9))
def test_the_quantizer_rounds_as_torch_does(bits):
    rng = np.random.default_rng(bits)
    for matrix in (rng.standard_normal((40, 30)), rng.integers(-8, 9, (40, 30)) / 8):
        matrix = matrix.astype(np.float32)
        expected = uniform(torch.tensor(matrix), bits).numpy()
        np.testing.assert_allclose(quantized(matrix, bits).value, expected, rtol=1e-6)
    assert not quantized(np.zeros((3, 3), np.float32), bits).value.any()


def test_small_weights_in_half_precision_keep_their_levels():
    matrix = np.array([[1.0, -0.5, 0.25]], np.float16) * np.float16(2**-12)
    found = quantized(matrix, 8)
    assert found.levels.tolist() == [[127, -64, 32]]
    np.testing.assert_allclose(found.value[0, 1:], matrix[0, 1:])


def test_the_inputs_have_the_format_that_is_given():
    network = Network(hadamard(D), 4, v_bits=4)
    inputs = trained(arrays(network), Run(4, input_bits=12, input_signed=True, input_step=0.5))
    inputs = inputs.inputs
    assert isinstance(inputs, NumberInputs)
    assert (inputs.bits, inputs.signed, inputs.step) == (12, True, 0.5)


R, P = "recurrent_layer.", "parametrizations.weight."
SIGNS = R + "sign_vector"
HADAMARD = [
    pytest.param({SIGNS: None}, f"{SIGNS} must be in the file, and is missing", id="no-signs"),
    pytest.param({R + "bias": None}, f"{R}bias must be in the file", id="no-bias"),
    pytest.param({"output_layer.bias": None}, "output_layer.bias must be in", id="no-class-bias"),
    pytest.param(
        {R + "bias": np.zeros(D - 1, "f")}, rf"{R}bias must have shape \(16,\), not \(15,\)", id="d"
    ),
    pytest.param(
        {f"input_layer.{P}original": np.zeros((D + 1, 3), "f")},
        rf"input_layer.{P}original must have shape \(16, n\), not \(17, 3\)",
        id="input",
    ),
    pytest.param(
        {f"output_layer.{P}original": np.full((5, D), np.nan, "f")},
        f"output_layer.{P}original must be finite, and has NaN or infinity",
        id="nan",
    ),
    pytest.param(
        {R + "bias": np.zeros(D, np.int64)}, f"{R}bias must hold real numbers, not int64", id="int"
    ),
    pytest.param(
        {SIGNS: np.zeros((1, D), "f"), f"{R}{P}0.sign_vector": np.zeros((1, D), "f")},
        f"{SIGNS} must not be zero, and is at unit 0",
        id="zero-sign",
    ),
    pytest.param(
        {f"{R}{P}0.sign_vector": np.ones((1, D), "f")},
        f"{R}{P}0.sign_vector must equal {SIGNS}, and differs",
        id="two-signs",
    ),
    pytest.param(
        {f"{R}{P}original": np.zeros((D, 3), "f")}, f"{R}{P}original must have shape", id="dead"
    ),
    pytest.param(
        {"recurrent_layer_2.bias": np.zeros(D, "f")},
        "recurrent_layer_2.bias must not be there: a second layer",
        id="second-layer",
    ),
    pytest.param(
        {"lstm.weight_hh_l0": np.zeros((4, 4), "f")},
        "lstm.weight_hh_l0 must not be there: the released networks have no such",
        id="unknown",
    ),
    pytest.param(
        {"input_layer.weight": np.zeros((D, 3), "f")},
        "input_layer.weight must be quantized, as input_layer",
        id="real-input",
    ),
    pytest.param(
        {"word_embedding.weight": np.zeros(((1 << 16) + 1, CHANNELS), "f")},
        r"word_embedding.weight must be for 2\.\.65536 tokens, not 65537",
        id="vocabulary",
    ),
]


@pytest.mark.parametrize(("change", "message"), HADAMARD)
def test_what_does_not_fit_is_named(change, message):
    tensors = {**arrays(Network(hadamard(D), 4, v_bits=4)), **change}
    tensors = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    with pytest.raises(ModelError, match=f"^{message}"):
        trained(tensors, Run(4))


@pytest.mark.parametrize("block", [3, 1, 32, 0])
def test_blocks_that_do_not_fit_are_refused(block):
    with pytest.raises(ModelError, match=r"^the block must be a power of two that divides"):
        trained(arrays(Network(hadamard(D), 4, v_bits=4)), Run(4, block=block))


def test_a_spectral_layer_without_bjorck_is_refused():
    tensors = arrays(Network(spectral(4), 4, v_bits=4))
    del tensors[f"{R}{P}1._w_bjorck"]
    with pytest.raises(ModelError, match=rf"^{R}{P}1\._w_bjorck must be in the file"):
        trained(tensors, Run(4))


def test_a_bias_before_a_modrelu_is_refused():
    network = Network(spectral(4), 4, v_bits=4, activation=ModReLU(), line=False)
    with pytest.raises(ModelError, match=f"^{R}bias must be zero before a modReLU"):
        trained(arrays(network), Run(4, linear=False))
    with pytest.raises(ModelError, match=r"^activation\.b must not be there"):
        trained(arrays(network), Run(4))
