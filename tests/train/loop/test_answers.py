"""The loss of many answers, on every way that it is computed, against the definition."""

import numpy as np
import pytest
import torch

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.loop import answers
from qrnn_hw.train.loop.answers import mean_loss, width
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.strategy import Setting, Whole, in_reals
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.readout import Readout
from qrnn_hw.train.networks.signs import balanced_signs
from qrnn_hw.train.objective import Objective

TOKENS, CHANNELS, CLASSES, STEPS = 5, 3, 4, 21


def network(kind, inputs="tokens", classes=CLASSES, biased=True, d=16, read=STEPS, layer=0):
    generator = torch.Generator().manual_seed(1)
    match kind:
        case "full":
            recurrence = Hadamard(balanced_signs(d, d, generator), d)
        case "block":
            recurrence = Hadamard(balanced_signs(d, 4, generator), 4)
        case "fading":
            recurrence = Hadamard(balanced_signs(d, 4, generator), 4, 3)
        case "dense":
            recurrence = Dense(BjorckMatrix(d, 4, generator), "linear", generator)
    # Not quantized: on a grid states are zero but for rounding, and a ReLU has no gradient there.
    if inputs == "numbers":
        entry = NumberInput(d, CHANNELS, 0, generator)
    else:
        entry = TokenInput(d, TOKENS, 2 if inputs == "embedding" else 0, 0, generator, 2)
    readout = Readout(d, classes, 4, True, generator, layer)
    net = Network(recurrence, entry, readout, read, biased).double()
    with torch.no_grad():
        if biased:
            net.origin.copy_(torch.linspace(-0.5, 0.7, d))
        net.readout.class_bias.copy_(torch.linspace(-1, 1, classes))
    return net


def objective(classes=CLASSES, decision=False, read=STEPS):
    """Ask something of the last steps."""
    y = np.full((1, STEPS), -1)
    y[:, STEPS - read :] = 1
    parts = {f"{kind}_{part}": y for kind in "xy" for part in ("train", "val", "test")}
    names = ("no", "yes") if decision else tuple(map(str, range(classes)))
    return Objective(Dataset("made up", **parts, classes=names, input_bits=3, input_signed=False,
                             input_step=1.0, sha256="", every=True, decision=decision))  # fmt: skip


def sequences(inputs="tokens", n=6, classes=CLASSES, varied=False):
    """Draw some, the same token for all at most steps, as in a copy task; a third goes unasked."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randint(TOKENS, (n, STEPS), generator=generator)
    x[:, 4:17] = torch.randint(TOKENS, (13,), generator=generator)
    if inputs == "numbers":
        x = torch.randn(n, STEPS, CHANNELS, dtype=torch.float64, generator=generator)
    lengths = torch.randint(1, STEPS + 1, (n,), generator=generator) if varied else None
    targets = torch.randint(classes, (n, STEPS), generator=generator)
    targets[torch.rand(n, STEPS, generator=generator) < 0.3] = -1
    if varied:
        targets[torch.arange(STEPS) >= lengths[:, None]] = -1
    return Batch(x, lengths), targets


def plain_logits(net):
    return lambda features, generator: net.readout(features)


def loss(net, batch, targets, goal, logits=None, generator=None):
    generator = generator or torch.Generator().manual_seed(3)
    dropped = logits is not None
    logits = logits or plain_logits(net)
    return mean_loss(net, batch, targets, goal, logits, generator, dropped)


def definition(net, batch, targets, decision=False):
    """Follow ``h_t = W h_{t-1} + U x_t + (I - W) origin`` step by step."""
    columns, recurrence = net.inputs.columns(), net.recurrence
    hadamard = isinstance(recurrence, Hadamard)
    matrix = recurrence.matrix() if hadamard else recurrence.weight()
    state, losses = torch.zeros(len(batch), len(matrix), dtype=torch.float64), []
    first = STEPS - net.reads(batch)
    for t, x in enumerate(batch.x.unbind(1)):
        drive = x @ columns if x.is_floating_point() else columns[x]
        state = state @ matrix.T + drive + net.origin - matrix @ net.origin
        asked = targets[:, t] >= 0
        if t < first or not asked.any():
            continue
        logits, answers = net.readout(state.relu())[asked], targets[:, t][asked]
        if decision:
            compute = torch.nn.functional.binary_cross_entropy_with_logits
            losses.append(compute(logits[:, 0], answers.double(), reduction="none"))
        else:
            losses.append(torch.nn.functional.cross_entropy(logits, answers, reduction="none"))
    return torch.cat(losses).mean()


def assert_same(one, other, value, expected):
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-10)
    for total in (value, expected):
        total.backward()
    for (name, left), (_, right) in zip(one.named_parameters(), other.named_parameters()):
        scale = 1 + right.grad.abs().max()
        torch.testing.assert_close(left.grad / scale, right.grad / scale, rtol=0, atol=1e-10,
                                   msg=name)  # fmt: skip


@pytest.fixture(params=["whole", "pieces"])
def pieces(request, monkeypatch):
    if request.param == "pieces":
        monkeypatch.setattr(answers, "NUMBERS", 6 * 16 * 4)
    return request.param == "pieces"


@pytest.fixture(params=["compiled", "plain torch"])
def engine(request, monkeypatch):
    if request.param == "plain torch":
        monkeypatch.setattr(impulse, "kernel", None)
    return request.param


@pytest.mark.parametrize("read", [STEPS, 9, 1])
@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("biased", [True, False], ids=["bias", "none"])
@pytest.mark.parametrize("inputs", ["tokens", "embedding", "numbers"])
@pytest.mark.parametrize("kind", ["full", "fading", "dense"])
def test_losses_and_gradients_equal_those_of_the_definition(
    kind, inputs, biased, varied, read, pieces, engine
):
    one, other = (network(kind, inputs, biased=biased, read=read) for _ in range(2))
    batch, targets = sequences(inputs, varied=varied)
    value = loss(one, batch, targets, objective(read=read))
    assert_same(one, other, value, definition(other, batch, targets))


@pytest.mark.parametrize("classes", [2, 3, 5, 6, 13])
@pytest.mark.parametrize("n", [1, 16, 17, 40])
def test_any_number_of_sequences_and_classes(n, classes):
    one, other = (network("full", classes=classes) for _ in range(2))
    batch, targets = sequences(n=n, classes=classes)
    value = loss(one, batch, targets, objective(classes))
    assert_same(one, other, value, definition(other, batch, targets))


@pytest.mark.parametrize("inputs", ["tokens", "numbers"])
def test_a_hidden_layer_at_every_step(pieces, ways, inputs):
    one, other = (network("full", inputs, layer=7) for _ in range(2))
    batch, targets = sequences(inputs)
    value = loss(one, batch, targets, objective())
    assert ways == (["_by_pieces"] if pieces else [])
    assert_same(one, other, value, definition(other, batch, targets))


def test_a_decision_at_every_step(pieces):
    one, other = (network("full", classes=1) for _ in range(2))
    batch, targets = sequences(classes=2)
    value = loss(one, batch, targets, objective(decision=True))
    assert_same(one, other, value, definition(other, batch, targets, decision=True))


def test_far_logits_cost_what_they_should():
    one, other = (network("full") for _ in range(2))
    with torch.no_grad():
        for net in (one, other):
            net.readout.v *= 3000
    batch, targets = sequences()
    value, expected = loss(one, batch, targets, objective()), definition(other, batch, targets)
    assert expected > 500
    assert_same(one, other, value, expected)


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("part", ["v", "class_bias", "table"])
def test_what_is_not_finite_shows_in_the_loss(part, broken):
    net = network("full").float()
    weights = net.inputs.table if part == "table" else getattr(net.readout, part)
    with torch.no_grad():
        weights[1] = broken
    batch, targets = sequences()
    assert not torch.isfinite(loss(net, batch, targets, objective()))


@pytest.fixture
def ways(monkeypatch):
    """Record which way was taken."""
    taken = []
    for name in ("_side_by_side", "_by_pieces"):
        original = getattr(answers, name)
        monkeypatch.setattr(
            answers, name, lambda *args, way=name, run=original: taken.append(way) or run(*args)
        )
    return taken


def test_hadamard_recurrences_over_tokens_run_side_by_side(ways, engine):
    batch, targets = sequences()
    for kind in ("full", "block", "dense"):
        loss(network(kind), batch, targets, objective())
    numbers = network("full", "numbers"), *sequences("numbers"), objective()
    loss(*numbers)
    single = network("full", classes=1), *sequences(classes=2), objective(decision=True)
    loss(*single)
    assert ways == (["_side_by_side"] * 2 if engine == "compiled" else [])


def test_without_memory_for_a_few_sequences_there_is_another_way(ways, pieces, monkeypatch):
    monkeypatch.setattr(answers, "BYTES", 1 << 10)
    loss(network("full"), *sequences(), objective())
    assert ways == (["_by_pieces"] if pieces else [])


def test_sequences_side_by_side_stay_within_their_memory():
    for n, steps, units, classes in ((1, 10, 64, 2), (128, 1020, 128, 9), (500, 20_000, 512, 256)):
        lanes = width(n, steps, units, classes, 4)
        assert lanes % 32 == 0
        assert steps * lanes * (4 * (classes - 1) + units // 8) <= answers.BYTES
    assert width(1, 10, 64, 2, 4) == 32
    assert width(128, 1020, 128, 9, 4) == 64
    assert width(500, 1 << 20, 512, 256, 4) == 0


def test_pieces_bound_the_states_in_memory(monkeypatch):
    """Three sequences of 16 units: 5 steps are 240 numbers, and 6 would be too many."""
    monkeypatch.setattr(answers, "NUMBERS", 250)
    net, (batch, targets) = network("dense"), sequences(n=3)
    largest, original = [], type(net.recurrence()).scan

    def scan(self, start, drive):
        largest.append(drive.numel())
        return original(self, start, drive)

    monkeypatch.setattr(type(net.recurrence()), "scan", scan)
    loss(net, batch, targets, objective()).backward()
    # Forward and, piece by piece, once more on the way back.
    assert largest == [240, 240, 240, 240, 48, 48, 240, 240, 240, 240]


def _dropping(net):
    def logits(features, generator):
        mask = torch.rand(features.shape, generator=generator) < 0.5
        return net.readout(features * mask)

    return logits


def test_what_is_dropped_is_dropped_again_on_the_way_back(pieces):
    """The gradient is that of the value, for one and the same random numbers."""
    net, (batch, targets) = network("block", "numbers"), sequences("numbers")
    weight = net.readout.class_bias

    def value():
        return loss(net, batch, targets, objective(), _dropping(net))

    assert value() != loss(net, batch, targets, objective())
    (gradient,) = torch.autograd.grad(value(), weight)
    origin = torch.autograd.grad(value(), net.origin)[0]
    for parameter, expected in ((weight, gradient), (net.origin, origin)):
        with torch.no_grad():
            parameter[1] += 1e-6
            above = value()
            parameter[1] -= 2e-6
            below = value()
            parameter[1] += 1e-6
        assert float(above - below) / 2e-6 == pytest.approx(float(expected[1]), abs=1e-7)


def test_the_number_of_threads_leaves_no_trace():
    before, results = torch.get_num_threads(), []
    batch, targets = sequences(n=150)
    for threads in (1, 2, 3, 2):
        torch.set_num_threads(threads)
        net = network("full").float()
        value = loss(net, batch, targets, objective())
        value.backward()
        results.append([value.detach(), *(weight.grad for weight in net.parameters())])
    torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(*pair) for pair in zip(results[0], other))


def test_a_batch_leaves_nothing_to_the_next():
    batches = sequences(n=40), sequences(n=7)
    values = [
        [loss(network("full"), *part, objective()).item() for part in batches] for _ in range(3)
    ]
    assert values[0] == values[1] == values[2]


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_training_takes_it_and_comes_to_the_same(dropout, dataset, recipe, ways):
    chosen = recipe(dropout=dropout, bias=False)
    settings = (Setting.of(dataset("every"), chosen) for _ in range(2))
    one, other = (Run(kind(setting)) for kind, setting in zip((in_reals, Whole), settings))
    rows = one.shuffled()[0]
    other.shuffled()
    pairs = [(run.loss(rows), run) for run in (one, other)]
    assert ways == ([] if dropout else ["_side_by_side"])
    torch.testing.assert_close(pairs[0][0], pairs[1][0])
    for value, _ in pairs:
        value.backward()
    for weight, expected in zip(one.network.parameters(), other.network.parameters()):
        torch.testing.assert_close(weight.grad, expected.grad, rtol=1e-3, atol=1e-6)
