"""Sequences as a network takes them, cut from a split of a data set."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset


@dataclass(frozen=True)
class Batch:
    """Some sequences.

    Parameters
    ----------
    x
        (n, T, channels), real inputs; or (n, T), int64 tokens.
    lengths
        (n,): steps of each that count, the others being padding; None for all.
    """

    x: Tensor
    lengths: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def steps(self) -> int:
        """Length T of the longest sequence."""
        return self.x.shape[1]

    def take(self, rows: slice) -> "Batch":
        """Return some of the sequences."""
        return Batch(self.x[rows], None if self.lengths is None else self.lengths[rows])


class Split:
    """One split of a data set, in the narrow integers that it came in.

    Parameters
    ----------
    dataset
        Tells how integers become inputs.
    part
        "train", "val" or "test".
    most
        The first so many sequences only; None for all.
    device
        Where batches are to go.

    Attributes
    ----------
    dtype
        Of real inputs in batches.
    """

    def __init__(
        self, dataset: Dataset, part: str, most: int | None = None, device: str = "cpu"
    ) -> None:
        self.device, self.dtype = device, torch.float32
        self.tokens = dataset.vocabulary is not None
        self.gain = dataset.gain
        self._zero = None if dataset.zero is None else torch.tensor(dataset.zero, dtype=self.dtype)
        rows = slice(most)
        self._x = torch.from_numpy(getattr(dataset, f"x_{part}")[rows])
        #: Classes, (n,) or (n, T) with -1 where none is asked; or real numbers, (n,).
        self.targets = torch.from_numpy(getattr(dataset, f"y_{part}")[rows])
        lengths = getattr(dataset, f"lengths_{part}")
        self._lengths = None if lengths is None else torch.from_numpy(lengths[rows])

    def __len__(self) -> int:
        return len(self._x)

    @property
    def steps(self) -> int:
        """Length T of the longest sequence of the data set."""
        return self._x.shape[1]

    @property
    def columns(self) -> int:
        """Channels of a step."""
        return self._x.shape[2]

    @property
    def integers(self) -> npt.NDArray[np.int64]:
        """The sequences in integers of the wire, (n, T, channels)."""
        return self._x.numpy().astype(np.int64)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Steps that count, (n,)."""
        if self._lengths is None:
            return np.full(len(self), self.steps)
        return self._lengths.numpy()

    def real(self, x: Tensor) -> Tensor:
        """Turn integers of the wire, (..., channels), into inputs of the network."""
        x = x.to(self.dtype)
        return (x if self._zero is None else x - self._zero.to(x)) * self.gain

    def wire(self, x: Tensor) -> Tensor:
        """Turn inputs of the network back into integers of the wire, (..., channels)."""
        x = (x / self.gain).round().long()
        return x if self._zero is None else x + self._zero.to(x)

    def batch(self, rows: Tensor | slice) -> tuple[Batch, Tensor]:
        """Cut out sequences and their targets, to the length of the longest of them."""
        x, y = self._x[rows], self.targets[rows]
        lengths = None if self._lengths is None else self._lengths[rows]
        if lengths is not None:
            longest = int(lengths.max())
            x = x[:, :longest]
            y = y[:, :longest] if y.ndim == 2 else y
        # As narrow integers: a quarter of what would travel else.
        x, y = x.to(self.device), y.to(self.device)
        x = x[:, :, 0].long() if self.tokens else self.real(x)
        return Batch(x, None if lengths is None else lengths.to(self.device)), y
