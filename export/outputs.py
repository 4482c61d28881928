"""The output of an integer model: the origin of its states, their pool, and the logits."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from qrnn_hw.export.check import (
    Integers,
    Reals,
    freeze,
    require,
    require_levels,
    require_positive,
    require_shape,
)

STATISTICS = ("mean", "count")


@dataclass(frozen=True, eq=False)
class Origin:
    """The state that a sequence starts from, and that the readout subtracts.

    Parameters
    ----------
    bits
        2..state_bits.
    levels
        (parities, d), signed integers of ``bits``.
    shift
        (parities,): the origin of a parity is ``levels << shift``.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    bits: int
    levels: Integers
    shift: Integers

    def __post_init__(self) -> None:
        require(2 <= self.bits <= 16, "bits of the origin must be 2..16", self.bits)
        require(
            self.levels.ndim == 2, "the origin must have shape (parities, d)", self.levels.shape
        )
        require_levels(self.levels, self.bits, "the origin")
        require_shape(self.shift, self.levels.shape[:1], "the origin's shift")
        fits = bool((self.shift >= 0).all() and (self.shift <= 16).all())
        require(fits, "the origin's shift must be 0..16", self.shift.tolist())
        freeze(self.levels, self.shift)

    def offset(self, parity: int) -> Integers:
        """Return the origin of a parity, (d,), in units of a state."""
        return self.levels[parity] << self.shift[parity]


@dataclass(frozen=True)
class Pool:
    """What the readout reads in place of the last state: sums over the steps.

    Every step adds z, the state less its origin, cut at zero, for "mean"; and for "count" 1 where
    z, not cut, is 0 or more. A pool that leaks loses ``p >> leak`` before; a count then adds
    ``2**leak``, so that what it loses is no less than a unit.

    Parameters
    ----------
    statistic
        "mean" or "count".
    steps
        1..65536: later steps of a sequence are not summed; 0 of a pool that leaks.
    leak
        1..15; 0 of a pool that does not.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    statistic: str
    steps: int
    leak: int

    def __post_init__(self) -> None:
        known = f"a pool must be {' or '.join(STATISTICS)}"
        require(self.statistic in STATISTICS, known, self.statistic)
        require(0 <= self.leak <= 15, "the leak of a pool must be 0..15", self.leak)
        least, most = (0, 0) if self.leak else (1, 1 << 16)
        fits = least <= self.steps <= most
        require(fits, f"the steps of a pool must be {least}..{most}", self.steps)

    @property
    def one(self) -> int:
        """What a step adds to a count."""
        return 1 << self.leak

    @property
    def weight(self) -> int:
        """The most that a pool comes to, to which every step adds 1; of a count, ``one``."""
        often = 1 << self.leak if self.leak else self.steps
        return often * self.one if self.statistic == "count" else often

    def features(self, z: Integers) -> Integers:
        """Return what states less their origin add, (..., d)."""
        if self.statistic == "mean":
            return np.maximum(z, 0)
        return (z >= 0).astype(z.dtype) << self.leak

    def add(self, p: Integers, features: Integers, step: int) -> Integers:
        """Return a pool after step ``step``, from 1, as ``p``."""
        if self.leak:
            return p - (p >> self.leak) + features
        return p + features if step <= self.steps else p

    def count(self, step: int) -> int:
        """Say how often a bias counts after a step: what a pool comes to that adds 1, or ``one``.

        Of a pool that leaks it is what that comes to in the long run.
        """
        return self.weight if self.leak else min(step, self.steps)


def _require_coefficients(v: Integers, bits: int) -> None:
    """Check a matrix that multiplies what is read."""
    require(v.ndim == 2 and 1 <= len(v) <= 256, "v must have 1..256 rows", v.shape)
    require(2 <= bits <= 8, "v_bits must be 2..8", bits)
    require_levels(v, bits, "v")


@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """Units between the state and the logits: ``min(max(0, (V z + bias + half) >> shift), top)``.

    Parameters
    ----------
    v
        (units, d), signed integers of ``v_bits`` 2..8; 1..256 units.
    bias
        (parities, units), in units of the sum.
    shift
        0..40.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    v: Integers
    v_bits: int
    bias: Integers
    shift: int

    def __post_init__(self) -> None:
        shape = self.v.shape
        _require_coefficients(self.v, self.v_bits)
        require(self.bias.ndim == 2, "bias must have shape (parities, units)", self.bias.shape)
        require_shape(self.bias, (len(self.bias), shape[0]), "bias")
        require(0 <= self.shift <= 40, "shift must be 0..40", self.shift)
        freeze(self.v, self.bias)


@dataclass(frozen=True, eq=False)
class Readout:
    """``y_c = sum_i V_ci z_i + class_bias_c``, z the state less its origin, cut at zero or not.

    Of a pool, z is that, and a bias counts once a step. Where there is a layer, V multiplies what
    that makes of z.

    Parameters
    ----------
    v
        (classes, d), or (classes, units of the layer): signed integers of ``v_bits`` 2..8; one
        class is a yes-or-no decision.
    class_bias
        (parities, classes), in units of a logit.
    relu
        Whether z is cut at zero.
    every
        Whether logits follow every step, or only the last one.
    logit_step
        (parities,): the real value of a unit of a logit.
    pool, layer
        None where the readout reads the last state, and directly.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    v: Integers
    v_bits: int
    class_bias: Integers
    relu: bool
    every: bool
    logit_step: Reals
    pool: Pool | None = None
    layer: HiddenLayer | None = None

    def __post_init__(self) -> None:
        shape = self.v.shape
        _require_coefficients(self.v, self.v_bits)
        parities = self.logit_step.size
        require_shape(self.class_bias, (parities, shape[0]), "class_bias")
        require_shape(self.logit_step, (parities,), "logit_step")
        require_positive(self.logit_step, "logit_step")
        freeze(self.v, self.class_bias, self.logit_step)
        if self.pool is not None:
            require(parities == 1, "states that are pooled must have one scale", "two")
            require(self.relu, "states that are pooled must be cut at zero", "all of them")
        if self.layer is not None:
            units = len(self.layer.v)
            require(shape[1] == units, f"v must have a column for each of {units} units", shape)
            require(len(self.layer.bias) == parities, f"the layer must have {parities} parities",
                    len(self.layer.bias))  # fmt: skip

    @property
    def hidden(self) -> int:
        """Units d."""
        return self.reads.shape[1]

    @property
    def reads(self) -> Integers:
        """The matrix that multiplies z, (rows, d): V, or the layer's."""
        return self.v if self.layer is None else self.layer.v

    @property
    def classes(self) -> int:
        """Number of logits."""
        return len(self.v)

    @property
    def parities(self) -> int:
        """Scales that alternate between steps."""
        return self.logit_step.size

    def decide(self, logits: Integers | Reals) -> Integers:
        """Return the class of logits, (..., classes): the largest, or whether the only one is > 0.

        Where several are largest, the lowest index.
        """
        if self.classes == 1:
            return (logits[..., 0] > 0).astype(np.int64)
        return logits.argmax(-1)


def needs(inputs: object, recurrence: object, readout: Any, *, origin: bool) -> frozenset[str]:
    """Name what the parts of a network, in integers or real numbers, have of contract 3."""
    pool: Pool | None = readout.pool
    parts = {
        "a zero point": getattr(inputs, "zero", None) is not None,
        "decay by halves": getattr(recurrence, "halves", None) is not None,
        "decay": getattr(recurrence, "decay", None) is not None,
        "a halved transform": getattr(recurrence, "transform", None) is not None,
        "a pooled readout": pool is not None,
        "an origin of a pooled readout": pool is not None and origin,
        "a pool that leaks": pool is not None and pool.leak > 0,
        "a hidden layer": readout.layer is not None,
        "a hidden layer of a pooled readout": pool is not None and readout.layer is not None,
    }
    return frozenset(name for name, there in parts.items() if there)
