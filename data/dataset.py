"""A task: integer sequences as the hardware receives them, in three splits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.raw import Raw

Integers = npt.NDArray[np.integer]
Numbers = npt.NDArray[np.number]


@dataclass(frozen=True)
class Dataset:
    """Sequences, and what is to be said of them.

    Parameters
    ----------
    name
        Task, as the model file names it.
    x_train, x_val, x_test
        (n, T, channels) each, integers of the wire in the smallest type that PyTorch handles
        well. Tokens have one channel, the token number. The test split may have no sequences.
    y_train, y_val, y_test
        (n,) int64 each, a class 0..classes-1 for each sequence; (n, T) with ``every``, -1 where a
        step is not scored; (n,) float64 with ``regression``.
    classes
        Name of each class; of the one quantity with ``regression``.
    input_bits, input_signed
        Format of a channel on the wire, 1..16 bits; of the token number, unsigned.
    input_step
        Real value of one least significant bit; 1.0 for tokens. With ``channel_steps``, that of a
        channel scaled to about -1..1.
    sha256
        Digest of the files or the arrays that the task was read from.
    samples
        How many test sequences the model file carries along.
    image
        Rows and columns, if a sequence is an image; else None.
    order
        (T,): the pixel, row by row, that each step shows; None if it is not an image.
    notes
        What a reader of the accuracy should know about splits and inputs.
    warnings
        Those of the notes that must be known before anything is trained.
    lengths_train, lengths_val, lengths_test
        (n,) int64 each, steps of each sequence, 1..T; what follows them is padding, and the
        network never sees it. None if all have T.
    places_train, places_val
        (n,) int64 each: where each sequence stood in the file or the array that it came from, of
        which both splits were taken; None if the split is all of it.
    vocabulary
        What each token number stands for: a character, or a word, or words apart by spaces. None
        if the inputs are numbers.
    every
        Whether every step has a target, instead of the last.
    decision
        Whether two classes are told apart by one logit, class 1 when it is above 0.
    regression
        Whether the target is a real number, that one logit is to equal.
    answer_scale, answer_offset
        With ``regression``, the numbers that are asked for are ``answer_offset`` more than
        ``answer_scale`` times those of y.
    channel_steps
        Real value of one least significant bit of each channel, in units of the measurement;
        None if ``input_step`` says it.
    channel_offsets
        What a 0 on the wire stands for in each channel, in units of the measurement; None for 0.
    zero
        (channels,): the integer of each channel that is nothing to the network; None for 0.
    reach
        How far integers usually are from ``zero``; None for the end of the wire's range.
    channel_names, channel_units
        Name and unit of each channel; None where nobody said.
    layout
        How the tables are to be read that such sequences come from; None where they say so.
    rounded
        Whether the inputs were real numbers in the files, rounded to multiples of ``input_step`` or
        ``channel_steps``; else they are there as they are on the wire.
    raw
        How sounds or texts become the inputs; None if there is nothing before the integers.
    """

    name: str
    x_train: Integers
    y_train: Numbers
    x_val: Integers
    y_val: Numbers
    x_test: Integers
    y_test: Numbers
    classes: tuple[str, ...]
    input_bits: int
    input_signed: bool
    input_step: float
    sha256: str
    samples: int = 32
    image: tuple[int, int] | None = None
    order: Integers | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lengths_train: Integers | None = None
    lengths_val: Integers | None = None
    lengths_test: Integers | None = None
    places_train: Integers | None = None
    places_val: Integers | None = None
    vocabulary: tuple[str, ...] | None = None
    every: bool = False
    decision: bool = False
    regression: bool = False
    answer_scale: float = 1.0
    answer_offset: float = 0.0
    channel_steps: tuple[float, ...] | None = None
    channel_offsets: tuple[float, ...] | None = None
    zero: tuple[int, ...] | None = None
    reach: int | None = None
    channel_names: tuple[str, ...] | None = None
    channel_units: tuple[str, ...] | None = None
    layout: dict[str, Any] | None = None
    rounded: bool = False
    raw: Raw | None = None

    @property
    def steps(self) -> int:
        """Length T of the longest sequence."""
        return self.x_train.shape[1]

    @property
    def channels(self) -> int:
        """Integers that a step brings."""
        return self.x_train.shape[2]

    @property
    def gain(self) -> float:
        """Factor that brings the integers, less ``zero``, into -1..1: for that are the recipes."""
        return 1 / (self.reach or max((1 << self.input_bits - self.input_signed) - 1, 1))

    @property
    def sizes(self) -> dict[str, int]:
        """Sequences in each split."""
        return {"train": len(self.y_train), "val": len(self.y_val), "test": len(self.y_test)}
