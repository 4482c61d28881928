"""The trained network, as the file ``model.pt`` holds it: quantized weights and what they mean."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qrnn_hw.export.check import (
    Integers,
    Reals,
    require,
    require_finite,
    require_positive,
    require_shape,
)
from qrnn_hw.export.outputs import needs
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.export.task import image_of, require_task
from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)

CELLS = ("HadamRNN", "Block-HadamRNN", "QORNN")


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained network in real units.

    ::

        h_0 = 0,   h_t = f(W h_{t-1} + U x_t + b),   logits = readout(h_T) or readout(h_t)

    where f is the identity, the ReLU, or ``modReLU_b(z) = sign(z) max(0, |z| + b)``, which takes
    the bias for its threshold. A linear recurrence may store a part of its bias as ``origin`` c,
    the point that it leaves where it is, ``b = (I - W) c``: then ``g_t = h_t - c`` has no bias.

    Parameters
    ----------
    cell
        "HadamRNN", "Block-HadamRNN" or "QORNN".
    recurrence, inputs, readout
        W, U and V.
    bias
        b, (d,), real: what is not in the origin.
    origin
        (d,), or None.
    state_range
        The largest ``abs(g_t)`` of any unit and step on the training set.
    ranges
        For a width of the states, as text, the real range that suits it best, as calibration
        measured; may be empty.
    task
        Name of the task, sequence length, class names: whatever tells a reader what this solves.
        Programs read ``steps``, ``classes``, ``order``, ``image``, ``data_step``,
        ``data_offset``, ``answer_scale``, ``answer_offset``, ``channels``, ``units``,
        ``vocabulary`` and ``raw`` (:mod:`qrnn_hw.export.raw`) of it.
    samples_x, samples_lengths, samples_y
        A few test sequences (n, T, channels) in integers of the wire, their lengths (n,), and
        their classes, (n,) or (n, T) with -1 where none is asked; ``verify`` and ``build`` run
        them where the data set is not at hand.
    card
        How the model was made: recipe, seeds, data digest, curve, accuracies (0..1).

    Raises
    ------
    ModelError
        If a field contradicts another or is not finite.
    """

    cell: str
    recurrence: HadamardWeights | DenseWeights
    inputs: NumberInputs | TokenInputs
    readout: RealReadout
    bias: Reals
    origin: Levels | None
    state_range: float
    ranges: dict[str, float] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    samples_x: Integers = field(default_factory=lambda: np.zeros((0, 1, 1), np.int64))
    samples_lengths: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    samples_y: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    card: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.cell in CELLS, f"cell must be one of {', '.join(CELLS)}", self.cell)
        dense = isinstance(self.recurrence, DenseWeights)
        require(dense == (self.cell == "QORNN"), f"the weights must be those of a {self.cell}",
                type(self.recurrence).__name__)  # fmt: skip
        d = self.hidden
        for name in ("inputs", "readout"):
            given = getattr(self, name).hidden
            require(given == d, f"{name} must be for {d} units", given)
        require_shape(self.bias, (d,), "bias")
        require_finite(self.bias, "bias")
        if self.origin is not None:
            require(not dense, "an origin must belong to a Hadamard recurrence", self.cell)
            require_shape(self.origin.levels, (d,), "origin")
            require(2 <= self.origin.bits <= 8, "origin must have 2..8 bits", self.origin.bits)
        require_positive(self.state_range, "state_range")
        for bits, reach in self.ranges.items():
            require(bits.isdecimal(), "ranges must be of widths of a state", bits)
            require_positive(reach, f"the range of {bits} bits")
        shape, channels = self.samples_x.shape, self.inputs.channels
        require_task(self.task, channels)
        fits = len(shape) == 3 and (shape[2] == channels or not shape[0])
        require(fits, f"samples_x must have shape (n, T, {channels})", shape)
        count, steps = shape[:2]
        require_shape(self.samples_lengths, (count,), "samples_lengths")
        if count or self.samples_y.size:
            asked = (count, steps) if self.readout.every else (count,)
            require_shape(self.samples_y, asked, "samples_y")
        lengths = self.samples_lengths
        outside = lengths[(lengths < 1) | (lengths > steps)][:1]
        require(not outside.size, f"samples_lengths must be 1..{steps}", outside.tolist())

    @property
    def hidden(self) -> int:
        """Hidden units d."""
        return self.recurrence.hidden

    @property
    def classes(self) -> int:
        """Number of logits."""
        return len(self.readout.v.levels)

    @property
    def needs(self) -> frozenset[str]:
        """Name what the network has of contract 3."""
        origin = self.origin is not None and bool(self.origin.levels.any())
        return needs(self.inputs, self.recurrence, self.readout, origin=origin)

    @property
    def data_step(self) -> float | list[float] | None:
        """Numbers of the task's files that make one on the wire, or those of each channel.

        None if the files hold whole numbers that are those of the wire: pixels, tokens, frames of
        sound, and whatever was given as integers.
        """
        task, step = self.task, getattr(self.inputs, "step", None)
        if "data_step" in task:
            found: float | list[float] | None = task["data_step"]
            return found
        # Files of earlier releases do not tell.
        whole = self.image or task.get("order") or isinstance(raw_of(task), Sound)
        return None if whole or step in (None, 1.0) else task.get("channel_steps") or step

    @property
    def data_offset(self) -> float | list[float]:
        """What a 0 on the wire stands for in the task's files, or that of each channel."""
        found: float | list[float] = self.task.get("data_offset", 0.0)
        return found

    @property
    def answer_unit(self) -> tuple[float, float]:
        """What a logit of 1 is in what is asked for, and what one of 0 is."""
        scale, offset = (self.task.get(f"answer_{name}") for name in ("scale", "offset"))
        return (1.0 if scale is None else scale), (offset or 0.0)

    def answers(self, logits: Reals) -> Reals:
        """Turn logits into what is asked for: a number, of a regression, in units of the files."""
        scale, offset = self.answer_unit
        return logits * scale + offset

    @property
    def truth(self) -> Reals | None:
        """The numbers that the samples of a regression should give, (n,), in those of its files.

        None where the file does not tell.
        """
        told = self.card.get("samples_truth")
        if not isinstance(told, list) or len(told) != len(self.samples_x):
            return None
        found = np.array([one if isinstance(one, int | float) else np.nan for one in told], float)
        return found if np.isfinite(found).all() else None

    @property
    def image(self) -> tuple[int, int] | None:
        """Rows and columns of the image that a sequence is; None if it is none."""
        return image_of(self.task)
