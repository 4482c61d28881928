"""A classification task: integer sequences as the hardware receives them, in three splits."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Dataset:
    """Sequences of one channel and equal length, and their classes.

    Parameters
    ----------
    name
        Task, as the model file names it.
    x_train, x_val, x_test
        (n, T) each, integers of the wire.
    y_train, y_val, y_test
        (n,) each, 0..classes-1.
    classes
        Name of each class.
    input_bits, input_signed
        Format of the integers on the wire, 1..16 bits.
    input_step
        Real value of one least significant bit.
    sha256
        Digest of the file or the arrays that the task was read from.
    samples
        How many test sequences the model file carries along.
    image
        Rows and columns, if a sequence is an image; else None.
    order
        (T,): the pixel, row by row, that each step shows; None if it is not an image.
    notes
        What a reader of the accuracy should know about splits and inputs.
    """

    name: str
    x_train: Integers
    y_train: Integers
    x_val: Integers
    y_val: Integers
    x_test: Integers
    y_test: Integers
    classes: tuple[str, ...]
    input_bits: int
    input_signed: bool
    input_step: float
    sha256: str
    samples: int = 32
    image: tuple[int, int] | None = None
    order: Integers | None = None
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Length T of a sequence."""
        return self.x_train.shape[1]

    @property
    def gain(self) -> float:
        """Factor that brings the integers into -1..1, where the recipes were measured."""
        return 1 / ((1 << self.input_bits - self.input_signed) - 1)

    @property
    def sizes(self) -> dict[str, int]:
        """Sequences in each split."""
        return {"train": len(self.y_train), "val": len(self.y_val), "test": len(self.y_test)}
