"""Networks of every kind against their definition, values and gradients."""

import pytest
import torch

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks import network as networks
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.cells.rotations import RotationMatrix
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.readout import Readout
from qrnn_hw.train.networks.signs import balanced_signs

D, CHANNELS, TOKENS, CLASSES = 12, 3, 5, 3


def network(kind, inputs, read, seed=1, biased=True, silent=None, layer=0):
    generator = torch.Generator().manual_seed(seed)
    match kind:
        case "full":
            recurrence = Hadamard(balanced_signs(16, 16, generator), 16)
        case "block":
            recurrence = Hadamard(balanced_signs(D, 4, generator), 4)
        case "fading":
            recurrence = Hadamard(balanced_signs(D, 4, generator), 4, 1)
        case "projunn":
            recurrence = Dense(ProjunnMatrix(D, 4, "d", generator), "linear", generator)
        case "rotations":
            recurrence = Dense(RotationMatrix(D, 4, generator), "linear", generator)
        case "radius":
            recurrence = Dense(BjorckMatrix(D, 4, generator), "linear", generator, radius=True)
        case _:
            recurrence = Dense(BjorckMatrix(D, 4, generator), kind, generator)
    d = 16 if kind == "full" else D
    match inputs:
        case "numbers":
            entry = NumberInput(d, CHANNELS, 4, generator)
        case "tokens":
            entry = TokenInput(d, TOKENS, 0, 8, generator, silent)
        case "embedding":
            entry = TokenInput(d, TOKENS, 2, 8, generator, silent)
    relu = recurrence.linear
    readout = Readout(d, CLASSES, 4, relu, generator, layer)
    net = Network(recurrence, entry, readout, read, biased).double()
    with torch.no_grad():
        if kind == "rotations":
            # Orthogonal beyond single precision.
            start = recurrence.weight.start
            start.copy_(torch.linalg.qr(start).Q)
        for bias in (net.origin, net.bias):
            if bias is not None and biased:
                bias.copy_(torch.linspace(-0.5, 0.7, d))
        net.readout.class_bias.copy_(torch.linspace(-1, 1, CLASSES))
    return net


def step_by_step(net, batch):
    """Follow the definition: h_0 = 0, h_t = f(W h + U x + b), and b = (I - W) c if linear."""
    recurrence, columns = net.recurrence, net.inputs.columns()
    matrix = recurrence.matrix() if isinstance(recurrence, Hadamard) else recurrence.weight()
    bias = 0.0 if net.bias is None else net.bias
    if net.recurrence.linear:
        bias = net.origin - matrix @ net.origin
    state, states = torch.zeros(len(batch), len(matrix), dtype=torch.float64), []
    for x in batch.x.unbind(1):
        state = state @ matrix.T + (x @ columns if x.is_floating_point() else columns[x]) + bias
        activation = getattr(recurrence, "activation", "linear")
        if activation == "relu":
            state = state.relu()
        if activation == "modrelu":
            sign = torch.where(state < 0, -1.0, 1.0)
            state = sign * (state.abs() + recurrence.threshold).relu()
        states.append(state)
    states = torch.stack(states, 1)
    if net.read is not None:
        first = 0 if batch.lengths is not None else max(batch.steps - net.read, 0)
        states = states[:, first:]
    elif batch.lengths is None:
        states = states[:, -1]
    else:
        states = states[torch.arange(len(batch)), batch.lengths - 1]
    features = states.relu() if net.readout.relu else states
    return features @ (net.readout.v + (net.readout_levels() - net.readout.v).detach()).T + (
        net.readout.class_bias
    )


def sequences(inputs, steps, varied, seed=5):
    generator = torch.Generator().manual_seed(seed)
    if inputs == "numbers":
        x = torch.randn(4, steps, CHANNELS, dtype=torch.float64, generator=generator)
    else:
        x = torch.randint(TOKENS, (4, steps), generator=generator)
    lengths = torch.randint(1, steps + 1, (4,), generator=generator) if varied else None
    return Batch(x, lengths)


@pytest.fixture(autouse=True)
def _levels(monkeypatch):
    def levels(self):
        whole, step = self.readout.levels()
        return whole * step

    monkeypatch.setattr(Network, "readout_levels", levels, raising=False)


def assert_defined(kind, inputs, read, varied, steps):
    batch = sequences(inputs, steps, varied)
    fast, slow = network(kind, inputs, read), network(kind, inputs, read)
    logits, expected = fast(batch), step_by_step(slow, batch)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-10)
    weights = torch.linspace(-1, 2, logits.numel(), dtype=torch.float64).reshape(logits.shape)
    (logits.square() * weights).sum().backward()
    (expected.square() * weights).sum().backward()
    pairs = zip(fast.named_parameters(), slow.named_parameters())
    for (name, one), (_, other) in pairs:
        missing = torch.zeros_like(one)
        grads = [missing if part.grad is None else part.grad for part in (one, other)]
        scale = 1 + grads[1].abs().max()
        torch.testing.assert_close(grads[0] / scale, grads[1] / scale, rtol=0, atol=1e-10, msg=name)


@pytest.mark.parametrize("steps", [1, 2, 20])
@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("read", [None, 3, 100])
@pytest.mark.parametrize("inputs", ["numbers", "tokens", "embedding"])
@pytest.mark.parametrize(
    "kind", ["full", "block", "fading", "linear", "projunn", "rotations", "relu", "modrelu"]
)
def test_logits_and_gradients_equal_those_of_the_definition(kind, inputs, read, varied, steps):
    assert_defined(kind, inputs, read, varied, steps)


@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("read", [None, 3, 100])
@pytest.mark.parametrize("inputs", ["numbers", "tokens", "embedding"])
@pytest.mark.parametrize("kind", ["full", "block", "fading"])
def test_without_a_kernel_they_do_too(kind, inputs, read, varied, monkeypatch):
    monkeypatch.setattr(impulse, "kernel", None)
    assert_defined(kind, inputs, read, varied, 20)


@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("kind", ["full", "block", "linear"])
@pytest.mark.parametrize("way", ["response", "states"])
def test_more_tokens_than_sequences_take_the_response_where_memory_is_short(
    way, kind, varied, monkeypatch
):
    """Four sequences, five tokens."""
    if way == "response":
        monkeypatch.setattr(networks, "NUMBERS", 4 * 20 * D - 1)
    scanned, tail = [], Network._tail
    monkeypatch.setattr(Network, "_tail", lambda *args: scanned.append(args) or tail(*args))
    assert_defined(kind, "tokens", None, varied, 20)
    assert bool(scanned) == (way == "states")


@pytest.mark.parametrize("silent", [None, 2])
@pytest.mark.parametrize("biased", [True, False], ids=["bias", "none"])
@pytest.mark.parametrize("inputs", ["tokens", "embedding"])
@pytest.mark.parametrize("kind", ["full", "block", "linear", "radius"])
def test_states_at_some_steps_are_those_of_all_steps(kind, inputs, biased, silent):
    batch, steps = sequences(inputs, 20, False), torch.tensor([7, 0, 19, 3, 18])
    one, other = (network(kind, inputs, 20, biased=biased, silent=silent) for _ in range(2))
    some, whole = one.states_at(batch, steps), other.states(batch)[:, steps]
    torch.testing.assert_close(some, whole, rtol=0, atol=1e-10)
    assert (some[0] - some[1]).abs().max() > 0.1
    weights = torch.linspace(-1, 2, some.numel(), dtype=torch.float64).reshape(some.shape)
    for states in (some, whole):
        (states.square() * weights).sum().backward()
    for (name, left), (_, right) in zip(one.named_parameters(), other.named_parameters()):
        if left.grad is None:
            assert right.grad is None and not name.startswith(("inputs", "recurrence.weight"))
        else:
            torch.testing.assert_close(left.grad, right.grad, rtol=0, atol=1e-9, msg=name)


def test_a_silent_token_adds_nothing():
    for inputs in ("tokens", "embedding"):
        net = network("full", inputs, 4, silent=2)
        columns, (levels, _) = net.inputs.columns(), net.inputs.levels()
        assert not columns[2].any() and not levels[2].any()
        assert columns[[0, 1, 3, 4]].any(1).all()


@pytest.mark.parametrize("kind", ["full", "linear", "relu"])
def test_without_a_bias_there_is_none(kind):
    net = network(kind, "tokens", None, biased=False)
    assert not {"origin", "bias"} & {name for name, _ in net.named_parameters()}
    assert not any(part.any() for part in net.rest())


@pytest.mark.parametrize("read", [None, 3])
@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("inputs", ["numbers", "tokens"])
def test_a_hidden_layer_is_measured_where_it_is_read(inputs, varied, read):
    net, batch = network("block", inputs, read, layer=5), sequences(inputs, 9, varied)
    layer, features = net.readout.layer, net.features(batch).detach()
    largest = layer(features).max().item()
    net.measure_layer([batch.take(slice(0, 1)), batch.take(slice(1, 4))])
    assert layer.reach.item() == pytest.approx(largest)
    with torch.no_grad():
        layer.v.zero_()
    net.measure_layer([batch])
    assert layer.reach == 1


def test_padding_does_not_matter():
    batch = sequences("numbers", 9, True)
    other = batch.x.clone()
    other[torch.arange(9) >= batch.lengths[:, None]] = 7
    for kind in ("block", "relu"):
        net = network(kind, "numbers", None)
        assert torch.equal(net(batch), net(Batch(other, batch.lengths)))


def test_the_seed_draws_the_network():
    one, same, other = (network("full", "numbers", None, seed).readout.v for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_outliers_are_clipped_at_a_multiple_of_the_root_mean_square():
    net = network("full", "numbers", None)
    with torch.no_grad():
        net.inputs.u.fill_(1)
        net.readout.v.fill_(0.5)
        net.readout.v[1, 7] = -9
    bound = 2.5 * net.readout.v.square().mean().sqrt().item()
    net.clip_outliers(2.5)
    assert (net.inputs.u == 1).all()
    assert net.readout.v[1, 7].item() == pytest.approx(-bound)
    assert net.readout.v[0, 0] == 0.5


def test_outliers_of_a_hidden_layer_are_clipped_by_its_own():
    net = network("full", "numbers", None, layer=4)
    with torch.no_grad():
        net.readout.v.fill_(0.1)
        net.readout.layer.v.fill_(2)
        net.readout.layer.v[1, 7] = 90
    bound = 2.5 * net.readout.layer.v.square().mean().sqrt().item()
    net.clip_outliers(2.5)
    assert net.readout.layer.v[1, 7].item() == pytest.approx(bound)
    assert (net.readout.v == 0.1).all()
