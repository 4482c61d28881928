"""Labelled sequences that are all there is: some validate, none test."""

import hashlib
from dataclasses import replace

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part


def _digest(whole: Part) -> str:
    """SHA-256 of sequences, their ends and their labels, in hexadecimal."""
    hasher = hashlib.sha256()
    for array in (whole.x, whole.y, whole.lengths):
        if array is not None:
            hasher.update(f"{array.dtype}{array.shape}".encode())
            hasher.update(array.tobytes())
    return hasher.hexdigest()


def labelled(
    whole: Part,
    classes: tuple[str, ...],
    *,
    share: float = 0.2,
    input_bits: int | None = None,
    decision: bool = False,
    name: str = "own",
) -> Dataset:
    """Make a data set of labelled sequences, without a test split.

    Integers are real numbers too, of a step of one: whoever uses the network need not know of the
    format on the wire.

    Parameters
    ----------
    whole
        The sequences, and a class 0.. of each; integers or finite floats.
    classes
        Name of each class.
    share
        Of each class of two sequences or more, what validates, 0..1: one at least. If no class
        has two, all sequences validate, those that were trained on.
    input_bits
        Width of a channel on the wire, 1..16; None takes 8 for floats, and as few as suffice for
        integers.
    decision
        Whether one logit tells the two classes apart.
    name
        Of the task.

    Raises
    ------
    DataError
        If integers do not fit, or a channel is zero.
    """
    train, val = map(whole.take, stratified(whole.y.astype(np.int64), share))
    note = f"{share:.0%} of the sequences validate, by class, the same for every seed; none test"
    if not len(val):
        val, note = train, "no class has two sequences: those that are trained on validate"
    dataset = measured(
        train,
        val,
        whole.take(np.zeros(0, np.int64)),
        bits=input_bits,
        name=name,
        classes=classes,
        sha256=_digest(whole),
        notes=(note,),
        decision=decision,
    )
    return replace(dataset, rounded=True)
