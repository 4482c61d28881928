"""Networks away from the processor."""

import pytest
import torch

from qrnn_hw.export.errors import ToolError
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.loop.device import device_of
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.cells.powers import ConstantOperator
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.readout import Readout

GPU = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="torch.cuda.is_available() is False: no GPU to test on"
)
KINDS = ("plain", "tokens", "lengths", "every", "regression")


@pytest.mark.parametrize(
    ("asked", "there", "found"),
    [("cpu", True, "cpu"), ("cpu", False, "cpu"), ("auto", True, "cuda"), ("auto", False, "cpu"),
     ("cuda", True, "cuda")],
)  # fmt: skip
def test_the_device_is_one_that_there_is(asked, there, found, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device_of(asked) == found


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ToolError, match="a GPU that torch can use, and it sees none"):
        device_of("cuda")


@pytest.mark.parametrize("varied", [False, True], ids=["equal", "varied"])
@pytest.mark.parametrize("read", [None, 3, 9])
@pytest.mark.parametrize("inputs", ["numbers", "tokens"])
@pytest.mark.parametrize("n", [2, 8], ids=["few", "many"])
def test_nothing_of_a_network_stays_behind(n, inputs, read, varied, monkeypatch):
    """On "meta" nothing is computed, but a tensor that is elsewhere is refused."""
    monkeypatch.setattr(
        impulse,
        "_plain",
        lambda signs, block: ConstantOperator(torch.eye(8, device="meta"), torch.float32),
    )
    generator = torch.Generator().manual_seed(1)
    entry = NumberInput(8, 3, 4, generator)
    if inputs == "tokens":
        entry = TokenInput(8, 5, 0, 8, generator, 2)
    readout = Readout(8, 4, 4, True, generator)
    net = Network(Hadamard(torch.ones(8), 8), entry, readout, read).to("meta")
    x = torch.zeros(n, 9, 3) if inputs == "numbers" else torch.zeros(n, 9, dtype=torch.long)
    lengths = torch.full((n,), 9, device="meta") if varied else None
    logits = net(Batch(x.to("meta"), lengths))
    assert logits.device.type == "meta"
    logits.sum().backward()
    assert all(weight.grad.device.type == "meta" for weight in net.parameters())


def test_the_path_for_any_device_trains_as_well(dataset, recipe, monkeypatch):
    """Without the kernel the processor takes the path that a GPU takes."""
    for kind in KINDS:
        compiled = fit(dataset(kind), recipe(epochs=2), lambda epoch: None)
        with monkeypatch.context() as patch:
            patch.setattr(impulse, "kernel", None)
            plain = fit(dataset(kind), recipe(epochs=2), lambda epoch: None)
        for one, other in zip(compiled.curve, plain.curve):
            assert one.loss == pytest.approx(other.loss, rel=0.02), kind


@pytest.mark.parametrize("changes", [{}, {"dropout": 0.5}], ids=["plain", "dropout"])
@pytest.mark.parametrize("kind", KINDS)
@GPU
def test_a_gpu_comes_to_the_loss_of_the_processor(kind, changes, dataset, recipe):
    losses = []
    for device in ("cpu", "cuda"):
        run = Run.of(dataset(kind), recipe(device=device, **changes))
        losses.append([run.advance(rows) for rows in run.shuffled()])
        assert {weight.device.type for weight in run.network.parameters()} == {device}
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


@GPU
def test_what_a_gpu_trains_comes_back(dataset, recipe):
    fitted = fit(dataset(), recipe(device="cuda", epochs=2), lambda epoch: None)
    assert {weight.device.type for weight in fitted.network.parameters()} == {"cpu"}
    assert fitted.origin is not None
