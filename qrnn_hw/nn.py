"""Networks that hardware computes, as PyTorch modules for a training loop of your own.

A module runs whole sequences: ``net(x)`` takes real inputs (n, T, channels) and gives logits
(n, classes). Its weights are quantized at every use, and gradients pass straight through, so an
optimizer of PyTorch trains it like any other module. Three things are special:

- Inputs should be about -1..1, all channels alike: U has one step for all of them.
- ``net.settle(x)``, after half the training or more, puts the origin of a Hadamard recurrence on
  the grid that hardware stores; the other weights then adapt to it.
- ``net.export(x)`` ends in the :class:`~qrnn_hw.export.trained.TrainedModel` that ``build``,
  ``verify`` and ``predict`` take.

Random numbers come from PyTorch: ``torch.manual_seed`` fixes what a module begins with.

Examples
--------
The 8x8 digits of scikit-learn, a pixel a step. ``qrnn-hw train digits`` reaches 96 %, in ten times
the time.

>>> import torch
>>> import qrnn_hw
>>> from sklearn.datasets import load_digits
>>> from sklearn.model_selection import train_test_split
>>> x, y = load_digits(return_X_y=True)
>>> x, y = torch.tensor(x[:, :, None] / 16, dtype=torch.float32), torch.tensor(y)
>>> x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
>>> torch.set_num_threads(1)  # more only wait for each other
>>> _ = torch.manual_seed(1)
>>> net = qrnn_hw.nn.HadamRNN(channels=1, hidden=64, classes=10)
>>> optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
>>> rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
>>> for epoch in range(60):
...     if epoch == 36:
...         net.settle(x)
...     for rows in torch.randperm(len(x)).split(64):
...         loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
...         optimizer.zero_grad()
...         loss.backward()
...         optimizer.step()
...         net.clip()
...     rates.step()
>>> bool((net(x_test).argmax(1) == y_test).float().mean() > 0.95)
True
>>> wire = qrnn_hw.nn.WireFormat(bits=5, signed=False, step=1 / 16)
>>> model = net.export(x, wire=wire, classes="0123456789")
>>> bool((qrnn_hw.predict(model, x_test[:, :, 0]).classes == y_test.numpy()).mean() > 0.95)
True
"""

from typing import Literal, Unpack

import torch

from qrnn_hw.data.wire import WireFormat
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.recurrence import ACTIVATIONS, HALVES
from qrnn_hw.train.networks.cells.binary import BinaryMatrix
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.dense import Activation, Dense
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.recurrent import Options, Recurrent, require_between
from qrnn_hw.train.networks.signs import balanced_signs
from qrnn_hw.train.recipe import Cell, Recipe

__all__ = ["QORNN", "BlockHadamRNN", "HadamRNN", "Recurrent", "WireFormat"]


def _check(cell: Cell, hidden: int, options: Options, block: int = 16) -> None:
    """Check the size of a network as that of a recipe."""
    layer = options.get("layer", 0)
    Recipe(hidden=hidden, epochs=1, batch=1, lr=1.0, cell=cell, block=block, layer=layer)


def _hadamard(hidden: int, block: int, halves: int) -> Hadamard:
    require_between("halves", halves, 0, HALVES)
    return Hadamard(balanced_signs(hidden, block, torch.default_generator), block, halves)


class HadamRNN(Recurrent):
    """``h_t = diag(signs) H h_{t-1} / sqrt(hidden) + U x_t + bias``, H a Hadamard matrix.

    No recurrent weight is learned (arXiv 2502.00047). Logits are ``V relu(h_T) + class_bias``.

    Parameters
    ----------
    channels
        Numbers of a time step.
    hidden
        Units, a power of two, 4 to 16384.
    classes
        Logits; one is a decision between two classes, or a number.
    u_bits, v_bits, origin_bits
        Widths of a weight of U, of V and of an origin, 2..8 [default: 4, 4 and 5].
    bias
        Whether a step adds a learned bias, which stands as an origin; without, there is none to
        store, nor to subtract before a readout.
    every
        Whether logits follow every step, instead of the last.
    dropout
        Share of the units that the readout does not see in training.
    layer
        Units of a hidden layer of the readout, 256 and ``hidden`` at most; 0 for none.
    halves
        A step keeps ``2**(-halves/2)`` of a state, 0..16: with 0 it forgets nothing.

    Raises
    ------
    ModelError
        If a size is not one that hardware computes.

    Examples
    --------
    >>> net = HadamRNN(channels=3, hidden=32, classes=5)
    >>> net(torch.zeros(2, 10, 3)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self, channels: int, hidden: int, classes: int, *, halves: int = 0,
        **options: Unpack[Options],
    ) -> None:  # fmt: skip
        _check("hadamrnn", hidden, options)
        recurrence = _hadamard(hidden, hidden, halves)
        super().__init__("hadamrnn", recurrence, channels, hidden, classes, **options)


class BlockHadamRNN(Recurrent):
    """HadamRNN whose Hadamard matrix is one of blocks: units mix within their block alone.

    Parameters
    ----------
    channels, classes, u_bits, v_bits, origin_bits, bias, every, dropout, layer, halves
        As in :class:`HadamRNN`.
    hidden
        Units, a multiple of the block, up to 16384.
    block
        Units of a block, a power of two, 2 or more.

    Raises
    ------
    ModelError
        If a size is not one that hardware computes.

    Examples
    --------
    >>> net = BlockHadamRNN(channels=1, hidden=48, classes=2, block=16, every=True)
    >>> net(torch.zeros(2, 10)).shape
    torch.Size([2, 10, 2])
    """

    def __init__(
        self, channels: int, hidden: int, classes: int, *, block: int = 16, halves: int = 0,
        **options: Unpack[Options],
    ) -> None:  # fmt: skip
        _check("block-hadamrnn", hidden, options, block)
        recurrence = _hadamard(hidden, block, halves)
        super().__init__("block-hadamrnn", recurrence, channels, hidden, classes, **options)


class QORNN(Recurrent):
    """``h_t = f(W h_{t-1} + U x_t + bias)``, W a learned matrix, quantized, nearly orthogonal.

    W is projected towards the orthogonal matrices by Björck's iteration (arXiv 2402.04012).

    Parameters
    ----------
    channels, classes, u_bits, v_bits, bias, every, dropout
        As in :class:`HadamRNN`; a modReLU has a bias.
    hidden
        Units, 4 to 16384; W costs ``hidden**2`` weights.
    w_bits
        Width of a weight of W, 1 (ternary) to 8.
    method
        "bjorck"; or "binary", which takes the signs of W and ``w_bits`` for one.
    activation
        f: "linear", "relu" or "modrelu".
    radius
        Whether W is divided by its spectral radius, so that no state grows: for linear recurrences
        over a hundred steps or more.

    Raises
    ------
    ModelError
        If a size is not one that hardware computes.

    Examples
    --------
    >>> net = QORNN(channels=2, hidden=24, classes=3, activation="relu")
    >>> net(torch.zeros(4, 7, 2), lengths=[7, 3, 5, 1]).shape
    torch.Size([4, 3])
    """

    def __init__(
        self, channels: int, hidden: int, classes: int, *, w_bits: int = 4,
        method: Literal["bjorck", "binary"] = "bjorck", activation: Activation = "linear",
        radius: bool = False, **options: Unpack[Options],
    ) -> None:  # fmt: skip
        _check("qornn", hidden, options)
        require_between("w_bits", w_bits, 1, 8)
        for name, given, known in (
            ("method", method, ("bjorck", "binary")),
            ("activation", activation, ACTIVATIONS),
        ):
            if given not in known:
                raise ModelError(f"{name} must be {', '.join(known)}, not {given!r}", "choose one")
        generator = torch.default_generator
        binary = method == "binary"
        weight = (
            BinaryMatrix(hidden, generator) if binary else BjorckMatrix(hidden, w_bits, generator)
        )
        recurrence = Dense(weight, activation, generator, radius)
        super().__init__("qornn", recurrence, channels, hidden, classes, **options)
