"""The output of an integer model: the origin of its states, and the logits."""

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Readout:
    """``y_c = sum_i V_ci z_i + class_bias_c``, z the state less its origin, cut at zero or not.

    Parameters
    ----------
    v
        (classes, d), signed integers of ``v_bits`` 2..8; one class is a yes-or-no decision.
    class_bias
        (parities, classes), in units of a logit.
    relu
        Whether z is cut at zero.
    every
        Whether logits follow every step, or only the last one.
    logit_step
        (parities,): the real value of a unit of a logit.

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

    def __post_init__(self) -> None:
        shape = self.v.shape
        require(self.v.ndim == 2 and 1 <= shape[0] <= 256, "v must have 1..256 rows", shape)
        require(2 <= self.v_bits <= 8, "v_bits must be 2..8", self.v_bits)
        require_levels(self.v, self.v_bits, "v")
        parities = self.logit_step.size
        require_shape(self.class_bias, (parities, shape[0]), "class_bias")
        require_shape(self.logit_step, (parities,), "logit_step")
        require_positive(self.logit_step, "logit_step")
        freeze(self.v, self.class_bias, self.logit_step)

    @property
    def hidden(self) -> int:
        """Units d."""
        return self.v.shape[1]

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
