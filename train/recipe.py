"""Every hyperparameter of a training run."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from qrnn_hw.export.errors import ModelError

# Beyond it a mistyped number would end in a lack of memory, not in a message.
LEAST, MOST = 4, 16384

Schedule = Literal["cosine", "linear"]
Cell = Literal["hadamrnn", "block-hadamrnn", "qornn", "ornn", "lstm", "gru"]
HADAMARD = ("hadamrnn", "block-hadamrnn")
# Cells in full precision, for comparison: nothing compiles them.
BASELINES = ("ornn", "lstm", "gru")
CELLS = (*HADAMARD, "qornn", *BASELINES)
METHODS = ("bjorck", "projunn-d", "projunn-t", "rotations", "binary")
# What recipes did not always have: it is not mentioned where it is not there.
LATER: dict[str, int | str] = {"halves": 0, "layer": 0, "transform": ""}
# Units of a hidden layer, at most.
MOST_LAYER = 256


@dataclass(frozen=True)
class Recipe:
    """How to train one network; with the data set it fixes the result to the bit.

    Parameters
    ----------
    hidden
        Units d, 4 to 16384: a power of two for hadamrnn, a multiple of the block for
        block-hadamrnn.
    epochs
        Passes over the training split.
    batch
        Sequences a step.
    lr
        Peak learning rate of Adam, after a linear warm-up.
    seed
        Draws signs, initial weights, batches, dropped units and warps.
    cell
        What recurs: see ``CELLS``.
    block
        block-hadamrnn: units of a block, a power of two, 2 or more.
    halves
        hadamrnn, block-hadamrnn: a step keeps ``2**(-halves/2)`` of a state, 0 to 16.
    weights
        hadamrnn, block-hadamrnn: "real" keeps U (or the table), V and the origin as real numbers,
        as a baseline.
    w_bits
        qornn: bits of a recurrent weight, 1 (ternary) to 8. lstm, gru: bits of every weight, 2 to
        8, or 0 for real numbers.
    method
        qornn, ornn: how W is kept near the orthogonal matrices; "rotations" rounds it once, when
        the origin of others is rounded; "binary" (qornn) does not, and takes the signs of W.
    activation
        qornn, ornn: "linear", "relu" or "modrelu", in every step.
    u_bits, v_bits, origin_bits
        Widths of a level of U, V and the origin, 2..8, the sign included.
    layer
        hadamrnn, block-hadamrnn: units of a hidden layer between the states and V, 256 and
        ``hidden`` at most; 0 for none. Its weights have ``v_bits`` too.
    table_bits
        Width of a level of the token table, 2..16.
    embedding
        Width of the embedding that the token table is made of; 0 for a table without.
    warp
        Turn, stretch and move each image a little, as :mod:`qrnn_hw.train.loop.warp` says.
    dropout
        Fraction of the units that the readout does not see in a training step, 0 or more, below 1.
    draws
        Draws of the signs that the most promising one is chosen from.
    outliers
        Multiple of their root mean square that weights of U and of V are clipped at; 0 for none.
    u_factor, w_factor
        Learning rates of U (or the table) and of W, relative to ``lr``.
    clip
        Largest norm of the gradient of U, of W and of the rest; a longer one is shortened to it. 0
        for no limit.
    bias
        Whether a step adds a learned bias, that of a linear recurrence standing as an origin; a
        modReLU, which is its thresholds, does.
    radius
        qornn: divide the quantized W by its spectral radius, so that no state grows. Only the value
        of a level changes.
    exact
        qornn by Björck: W starts as an orthogonal matrix that rounding does not change, not as any.
    silent
        A token that adds nothing to the state; None if all are heard.
    sampled
        Tasks with a target each step: of the steps where all sequences have the same target, so
        many are read in a training step, and stand for the others; 0 reads all. For linear
        recurrences over tokens.
    noise
        Deviation of noise on the states that a sampled training step reads, relative to the largest
        of them: learned states bear rounding, and answers keep a distance to others.
    freeze
        Fraction of the steps after which the origin is rounded to its grid and stays there.
    rounding_bits
        From then on the last state carries noise of the size that rounding every state to so many
        bits leaves there, so that the weights learn to bear it; 0 for none, and nothing where
        ``noise_bits`` is at work. For linear recurrences that are read at the last step.
    state_bits
        Width of a state to train for, in integer arithmetic at the end; 0 for none.
    noise_bits
        From the first epoch on the states that are read carry noise in proportion to their range,
        of the size that rounding every state to so many bits leaves; 0 for none. For linear
        recurrences that are read at the last step, and sampled training steps.
    tune_epochs, tune_lr
        How many epochs of integer arithmetic, after the others, and their peak learning rate
        relative to ``lr``.
    schedule
        How the learning rate falls to zero after its warm-up: "cosine", along half of one, or
        "linear".
    average
        Once the origin is rounded, an average of the weights is kept, each optimizer step's with a
        weight of ``1 - average`` and that before with ``average``; it is what validates and what
        remains. 0 for none. Tuning goes on from it, without another.
    balance
        Whether the loss counts each class as much as any other, however few sequences it has; or
        the weight of each class. The epoch that is kept is then that of the least loss.
    transform
        Of Hadamard cells: "exact" or "halved" sums, that tuning knows of and that are built; "" for
        those that validation finds as good.
    threads
        Of the processor; sums of matrix products may round differently with another number.
    device
        Where the epochs before tuning run: "cpu", or "cuda", a GPU, which rounds differently too.

    Raises
    ------
    ModelError
        If ``hidden``, ``block`` or ``layer`` does not suit the cell.
    """

    hidden: int
    epochs: int
    batch: int
    lr: float
    seed: int = 0
    cell: Cell = "hadamrnn"
    block: int = 16
    halves: int = 0
    transform: Literal["", "exact", "halved"] = ""
    weights: Literal["quantized", "real"] = "quantized"
    w_bits: int = 4
    method: Literal["bjorck", "projunn-d", "projunn-t", "rotations", "binary"] = "bjorck"
    activation: Literal["linear", "relu", "modrelu"] = "linear"
    u_bits: int = 4
    v_bits: int = 4
    origin_bits: int = 5
    layer: int = 0
    table_bits: int = 8
    embedding: int = 0
    warp: bool = False
    dropout: float = 0.0
    draws: int = 8
    outliers: float = 2.5
    u_factor: float = 0.3
    w_factor: float = 0.1
    clip: float = 0.0
    bias: bool = True
    radius: bool = False
    exact: bool = False
    silent: int | None = None
    sampled: int = 0
    noise: float = 0.0
    freeze: float = 0.6
    rounding_bits: int = 9
    state_bits: int = 0
    noise_bits: int = 0
    tune_epochs: int = 3
    tune_lr: float = 0.1
    schedule: Schedule = "cosine"
    average: float = 0.0
    balance: bool | tuple[float, ...] = False
    threads: int = 1
    device: Literal["cpu", "cuda"] = "cpu"

    def __post_init__(self) -> None:
        d, nearest = self.hidden, max(self.hidden.bit_length() - 1, 2)
        if self.cell == "hadamrnn" and (not LEAST <= d <= MOST or d & (d - 1)):
            raise ModelError(
                f"hidden must be a power of two, {LEAST} to {MOST}, not {d}",
                f"try --hidden {min(1 << nearest + (d > 1 << nearest), MOST)}, "
                "or --cell block-hadamrnn for other sizes",
            )
        if self.cell == "block-hadamrnn":
            if self.block < 2 or self.block & (self.block - 1):
                raise ModelError(
                    f"block must be a power of two, 2 or more, not {self.block}",
                    f"try --block {max(1 << self.block.bit_length() - 1, 2)}",
                )
            if d % self.block:
                whole = max(round(d / self.block), 1) * self.block
                raise ModelError(
                    f"hidden must be a multiple of the block, {self.block}, not {d}",
                    f"try --hidden {max(whole, LEAST)}",
                )
        least = 1 if self.cell in ("lstm", "gru") else LEAST
        if not least <= d <= MOST:
            raise ModelError(
                f"hidden must be {least} to {MOST}, not {d}", f"try --hidden {min(max(d, 4), MOST)}"
            )

        most = min(d, MOST_LAYER) if self.cell in HADAMARD else 0
        if not 0 <= self.layer <= most:
            raise ModelError(
                f"the hidden layer of a {self.cell} of {d} units must have 0 to {most}, "
                f"not {self.layer}",
                f"try --layer {most}" if most else "choose --cell hadamrnn for a hidden layer",
            )

    def settings(self) -> dict[str, Any]:
        """Lay the recipe out as a table, the same in every release that can follow it."""
        return {name: value for name, value in asdict(self).items() if value or name not in LATER}

    @property
    def units_of_block(self) -> int:
        """Order of the Hadamard matrix in W."""
        return self.hidden if self.cell == "hadamrnn" else self.block

    @property
    def baseline(self) -> bool:
        """Whether weights stay real, for comparison only."""
        return self.cell in BASELINES or self.weights == "real"
