"""Quantized tensors, and the real numbers that they stand for: W, U and V of a trained network."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import (
    Integers,
    Reals,
    require,
    require_finite,
    require_levels,
    require_positive,
    require_shape,
)
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.recurrence import ACTIVATIONS, require_decay, require_hadamard


@dataclass(frozen=True, eq=False)
class Levels:
    """A quantized tensor: ``value = step * levels``, levels signed integers of ``bits`` bits.

    Parameters
    ----------
    bits
        Width of a level, the sign included: 2..16; or 1 for -1, 0 and 1.
    step
        Real value of one level; positive.
    levels
        Integers, int64.

    Raises
    ------
    ModelError
        If a level does not fit.
    """

    bits: int
    step: float
    levels: Integers

    def __post_init__(self) -> None:
        require(1 <= self.bits <= 16, "levels must have 1..16 bits", self.bits)
        require_levels(self.levels, self.bits, f"levels of {self.bits} bits")
        require_positive(self.step, "step")

    @property
    def value(self) -> Reals:
        """The real tensor."""
        return self.step * self.levels.astype(np.float64)


@dataclass(frozen=True, eq=False)
class HadamardWeights:
    """``W = diag(signs) (I (x) S_block) / sqrt(block)`` (arXiv 2502.00047, sections 3.3, 3.4).

    Parameters
    ----------
    signs
        u, (d,), each 1 or -1.
    block
        A power of two, 2 or more, that divides d; d itself for HadamRNN.
    halves, decay
        W is smaller by ``2**(-halves/2)``, 1..16, and row i by ``1 - 2**-decay_i``, decay (d,) of
        0..15, 0 for no decay; None where there is none.
    """

    signs: Integers
    block: int
    halves: int | None = None
    decay: Integers | None = None

    def __post_init__(self) -> None:
        require_hadamard(self.signs, self.block)
        require_decay(self.halves, self.decay, self.hidden)

    @property
    def scale(self) -> Reals:
        """What ``diag(signs) (I (x) S)`` is multiplied by, row by row: (d,)."""
        kept = np.ones(self.hidden)
        if self.decay is not None:
            kept -= (self.decay > 0) * np.exp2(-self.decay)
        return kept / np.sqrt(self.block * 2.0 ** (self.halves or 0))

    @property
    def hidden(self) -> int:
        """Units d."""
        return self.signs.size

    @property
    def activation(self) -> str:
        """The recurrence is linear."""
        return "linear"


@dataclass(frozen=True, eq=False)
class DenseWeights:
    """A quantized matrix, nearly orthogonal (QORNN, arXiv 2402.04012).

    Parameters
    ----------
    w
        (d, d), of 1 (binary or ternary) or 2..8 bits.
    activation
        "linear", "relu" or "modrelu".
    """

    w: Levels
    activation: str

    def __post_init__(self) -> None:
        d = max(self.w.levels.shape, default=0)
        require_shape(self.w.levels, (d, d), "w")
        require(self.w.bits <= 8, "w must have 1..8 bits", self.w.bits)
        known = f"activation must be one of {', '.join(ACTIVATIONS)}"
        require(self.activation in ACTIVATIONS, known, self.activation)

    @property
    def hidden(self) -> int:
        """Units d."""
        return len(self.w.levels)


@dataclass(frozen=True, eq=False)
class NumberInputs:
    """``U x``, where channel c of the wire carries integers of ``step`` each.

    Parameters
    ----------
    u
        (d, channels), of 2..8 bits.
    bits, signed, step
        Format of one channel on the wire, 1..16 bits; and the real value of one unit.
    zero
        (channels,), what counts as nothing on the wire; None where it is 0.
    """

    u: Levels
    bits: int
    signed: bool
    step: float
    zero: Integers | None = None

    def __post_init__(self) -> None:
        require(self.u.levels.ndim == 2, "u must have shape (d, channels)", self.u.levels.shape)
        require(2 <= self.u.bits <= 8, "u must have 2..8 bits", self.u.bits)
        require(1 <= self.bits <= 16, "bits of an input must be 1..16", self.bits)
        require_positive(self.step, "step of an input")
        if self.zero is not None:
            require_shape(self.zero, (self.channels,), "zero of an input")

    def terms(self, x: Integers) -> Reals:
        """Return ``U x`` of inputs of the wire, (n, channels): (n, d)."""
        centred = x if self.zero is None else x - self.zero
        return centred * self.step @ self.u.value.T

    @property
    def hidden(self) -> int:
        """Units d."""
        return len(self.u.levels)

    @property
    def channels(self) -> int:
        """Channels of a time step."""
        return self.u.levels.shape[1]


@dataclass(frozen=True, eq=False)
class TokenInputs:
    """One column a token: U of a one-hot input, or U times an embedding.

    Parameters
    ----------
    table
        (vocabulary, d), of 2..16 bits.
    """

    table: Levels

    def __post_init__(self) -> None:
        shape = self.table.levels.shape
        require(self.table.levels.ndim == 2, "the table must have shape (vocabulary, d)", shape)
        require(2 <= self.table.bits, "the table must have 2..16 bits", self.table.bits)

    def terms(self, x: Integers) -> Reals:
        """Return the columns of tokens, (n, 1): (n, d)."""
        terms: Reals = self.table.step * self.table.levels[x[:, 0]].astype(np.float64)
        return terms

    @property
    def hidden(self) -> int:
        """Units d."""
        return self.table.levels.shape[1]

    @property
    def channels(self) -> int:
        """A step is one token."""
        return 1


@dataclass(frozen=True, eq=False)
class RealLayer:
    """Units between the state and the logits: ``relu(V z + bias)``.

    Parameters
    ----------
    v
        (units, d), of 2..8 bits.
    bias
        (units,), real.
    reach
        The largest that a unit should come to; it is cut off there.
    """

    v: Levels
    bias: Reals
    reach: float

    def __post_init__(self) -> None:
        require(self.v.levels.ndim == 2, "v must have shape (units, d)", self.v.levels.shape)
        require(2 <= self.v.bits <= 8, "v must have 2..8 bits", self.v.bits)
        require_shape(self.bias, self.v.levels.shape[:1], "bias")
        require_finite(self.bias, "bias")
        require_positive(self.reach, "reach")


@dataclass(frozen=True, eq=False)
class RealReadout:
    """``V relu(h) + class_bias``, or ``V h + class_bias``; of a pool, of the mean of the steps.

    Parameters
    ----------
    v
        (classes, d), or (classes, units of the layer), of 2..8 bits; one class is a decision, or a
        number.
    class_bias
        (classes,), real.
    relu
        Whether the ReLU is there.
    every
        Whether there is an output every step, or after the last one.
    pool
        What is read in place of the last state; None for that.
    layer
        Units between; None for none.
    """

    v: Levels
    class_bias: Reals
    relu: bool
    every: bool
    pool: Pool | None = None
    layer: RealLayer | None = None

    def __post_init__(self) -> None:
        require(self.v.levels.ndim == 2, "v must have shape (classes, d)", self.v.levels.shape)
        require(2 <= self.v.bits <= 8, "v must have 2..8 bits", self.v.bits)
        require_shape(self.class_bias, self.v.levels.shape[:1], "class_bias")
        require_finite(self.class_bias, "class_bias")
        if self.pool is not None:
            require(self.relu, "states that are pooled must be cut at zero", "all of them")
        if self.layer is not None:
            units = len(self.layer.v.levels)
            given = self.v.levels.shape
            require(given[1] == units, f"v must have a column for each of {units} units", given)

    @property
    def hidden(self) -> int:
        """Units d."""
        return (self.v if self.layer is None else self.layer.v).levels.shape[1]

    def logits(self, z: Reals) -> Reals:
        """Logits (n, classes) of states (n, d), or means of a pool, cut at zero or not."""
        if self.layer is not None:
            layer = self.layer
            z = np.clip(z @ layer.v.value.T + layer.bias, 0, layer.reach)
        return z @ self.v.value.T + self.class_bias
