"""The recurrent matrix of an integer model: a signed Hadamard matrix, or any small integers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers, freeze, require, require_levels, require_shape
from qrnn_hw.export.halved import HalvedTransform, halvings, offsets

LEAST, MOST = 4, 16384  # units
HALVES = 16  # a 256th of a state is left after a step
DECAY = 15  # the mildest: a state loses 1/32768 of itself a step
ACTIVATIONS = ("linear", "relu", "modrelu")
HALVED = "halved"
TRANSFORMS = ("exact", HALVED)
Apply = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


def sylvester(order: int) -> npt.NDArray[np.float64]:
    """Sylvester's Hadamard matrix of a power-of-two order.

    >>> sylvester(2).astype(int).tolist()
    [[1, 1], [1, -1]]
    """
    matrix = np.ones((1, 1))
    while matrix.shape[0] < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def require_hadamard(signs: Integers, block: int) -> None:
    """Check the two things that a signed block Hadamard matrix is made of."""
    d = signs.size
    require(signs.ndim == 1 and LEAST <= d <= MOST, f"signs must be {LEAST}..{MOST}", signs.shape)
    require(bool(np.isin(signs, (-1, 1)).all()), "signs must be 1 or -1", "others")
    power = block >= 2 and not block & (block - 1)
    require(power, "the block must be a power of two, 2 or more", block)
    require(d % block == 0, f"the {d} units must be a multiple of the block", block)


def require_transform(transform: str | None, block: int) -> None:
    """Check how sums are formed; what is exact must be left out."""
    known = transform in (None, HALVED)
    require(known, f"the transform must be {HALVED}, or left out", transform)
    possible = transform is None or halvings(block) > 0
    require(possible, "a transform that is halved must have blocks of 8 units or more", block)


def require_decay(halves: int | None, decay: Integers | None, hidden: int) -> None:
    """Check by how much a state is less worth every step; what is nothing must be left out."""
    known = halves is None or 1 <= halves <= HALVES
    require(known, f"halves must be 1..{HALVES}, or left out", halves)
    if decay is not None:
        require_shape(decay, (hidden,), "decay")
        known = bool((decay >= 0).all() and (decay <= DECAY).all() and decay.any())
        require(known, f"decay must be 0..{DECAY}, and left out where it is 0", decay.tolist())
        freeze(decay)


@dataclass(frozen=True, eq=False)
class Hadamard:
    """``W = diag(signs) (I (x) S) / 2**(q/2)``, S Sylvester's matrix of order ``block = 2**q``.

    A full HadamRNN has one block, a Block-HadamRNN d / block of them (HadamRNN, arXiv 2502.00047,
    sections 3.3 and 3.4). The division is a shift, which alternates between steps for odd q. With
    decay the rows of W are smaller: all by ``2**(-halves/2)``, and each by its ``1 - 2**-decay``.

    Parameters
    ----------
    signs
        u, (d,), each 1 or -1.
    block
        2**q, 2 or more; divides d.
    halves
        1..16: every step the state is worth ``2**(-halves/2)`` of what it was; None for all of it.
    decay
        (d,), 0..15: the share ``2**-decay`` that a unit's sum loses every step; 0 for none. None
        where no unit loses any.
    transform
        "halved": sums drop a bit every second stage, as :mod:`qrnn_hw.export.halved` says, and the
        division that is left is less. None for exact sums.

    Raises
    ------
    ModelError
        If they are something else.
    """

    signs: Integers
    block: int
    halves: int | None = None
    decay: Integers | None = None
    transform: str | None = None
    activation: ClassVar[str] = "linear"
    multiplier: ClassVar[int] = 1
    guard: ClassVar[int] = 0

    def __post_init__(self) -> None:
        require_hadamard(self.signs, self.block)
        require_decay(self.halves, self.decay, self.hidden)
        require_transform(self.transform, self.block)
        freeze(self.signs)

    @property
    def hidden(self) -> int:
        """Units d."""
        return int(self.signs.size)

    @property
    def log2_block(self) -> int:
        """The q of ``block = 2**q``."""
        return self.block.bit_length() - 1

    @property
    def parities(self) -> int:
        """2 where q + halves is odd and the scale of the state alternates, else 1."""
        return 1 + (self.log2_block + (self.halves or 0)) % 2

    @property
    def halvings(self) -> int:
        """Bits that sums drop within the transform."""
        return 0 if self.transform is None else halvings(self.block)

    @property
    def offsets(self) -> Integers:
        """What is added to the states before the transform, (d,): zeros where it is exact."""
        if self.transform is None:
            return np.zeros(self.hidden, np.int64)
        return offsets(self.hidden, self.block)

    def shift(self, step: int) -> int:
        """Return the rounding shift of step ``step``: what the transform has not dropped yet."""
        q = self.log2_block + (self.halves or 0)
        return (q // 2 if step % self.parities else (q + 1) // 2) - self.halvings

    @property
    def row_sum(self) -> int:
        """Largest sum of the magnitudes of a row of ``(I (x) S)``."""
        return self.block

    @property
    def entries(self) -> int:
        """Entries of the matrix that are not zero."""
        return self.hidden * self.block

    @property
    def weight_bits(self) -> int:
        """Bits that the matrix takes: its signs."""
        return self.hidden

    @property
    def kind(self) -> str:
        """What the weights are."""
        return "hadamard" if self.block == self.hidden else "block hadamard"

    def matrix(self) -> Integers:
        """Write out ``diag(signs) (I (x) S)``, (d, d), without the division."""
        blocks = np.kron(np.eye(self.hidden // self.block), sylvester(self.block))
        return (self.signs[:, None] * blocks).astype(np.int64)

    def product(self, dtype: type[np.number[Any]]) -> Apply:
        """Return a function that multiplies rows n, (batch, d), by the matrix, in ``dtype``.

        Of a unit with decay, the sum y loses the floor of its share before it takes its sign. As
        two products with the factors of ``S_2ab = S_a (x) S_b``: exact as long as the sums are
        exact in ``dtype``.
        """
        columns = 1 << self.log2_block // 2
        rows = self.block // columns
        left, right = (sylvester(order).astype(dtype) for order in (rows, columns))
        signs = self.signs.astype(dtype)
        kept = None if self.decay is None else (self.decay > 0).astype(dtype)
        shares = None if self.decay is None else np.exp2(-self.decay).astype(dtype)

        def apply(n: npt.NDArray[Any]) -> npt.NDArray[Any]:
            grid = n.astype(dtype).reshape(-1, rows, columns)
            sums = (left @ (grid @ right)).reshape(n.shape)
            if shares is not None:
                sums -= np.floor(sums * shares) * kept
            return sums * signs

        return apply

    def halved(self, bits: int) -> "Callable[[Integers], tuple[Integers, Integers]]":
        """Return a function as :meth:`product` does, for sums that are halved in words of ``bits``.

        It takes and gives whole numbers, and says how many of each row wrapped.
        """
        transform = HalvedTransform(self.hidden, self.block, bits)

        def apply(n: Integers) -> tuple[Integers, Integers]:
            sums, wrapped = transform(n)
            if self.decay is not None:
                share = sums >> self.decay.astype(n.dtype)
                sums = np.where(self.decay > 0, sums - share, sums)
            return sums * self.signs.astype(n.dtype), wrapped

        return apply


@dataclass(frozen=True, eq=False)
class Dense:
    """Any matrix of small integers, times one scale (QORNN, arXiv 2402.04012).

    A step computes ``v = ((weights n) << guard) + ...`` and, after the activation, the state
    ``(v * multiplier + half) >> fraction``.

    Parameters
    ----------
    weights
        (d, d), signed integers of ``bits`` bits; of one bit, -1..1.
    bits
        1 (binary or ternary), or 2..8.
    multiplier, fraction
        1..65535, and 0..40: the scale of a sum, ``multiplier / 2**fraction``.
    guard
        0..8: fraction bits of the sum below a product, so that inputs are not rounded coarsely.
    activation
        "linear", "relu" or "modrelu".

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    weights: Integers
    bits: int
    multiplier: int
    fraction: int
    guard: int
    activation: str
    parities: ClassVar[int] = 1
    halvings: ClassVar[int] = 0

    def __post_init__(self) -> None:
        d = max(self.weights.shape, default=0)
        require_shape(self.weights, (d, d), "weights")
        require(LEAST <= d <= MOST, f"hidden units must be {LEAST}..{MOST}", d)
        require(1 <= self.bits <= 8, "bits of weights must be 1..8", self.bits)
        require_levels(self.weights, self.bits, "weights")
        require(1 <= self.multiplier < 1 << 16, "multiplier must be 1..65535", self.multiplier)
        require(0 <= self.fraction <= 40, "fraction must be 0..40", self.fraction)
        require(0 <= self.guard <= 8, "guard must be 0..8", self.guard)
        require(
            self.activation in ACTIVATIONS,
            f"activation must be one of {', '.join(ACTIVATIONS)}",
            self.activation,
        )
        freeze(self.weights)

    @property
    def hidden(self) -> int:
        """Units d."""
        return len(self.weights)

    def shift(self, step: int) -> int:
        """Return the rounding shift, the same in every step."""
        return self.fraction

    @property
    def row_sum(self) -> int:
        """Largest sum of the magnitudes of a row, guard bits included."""
        return int(np.abs(self.weights).sum(1).max()) << self.guard

    @property
    def entries(self) -> int:
        """Entries of the matrix that are not zero."""
        return int(np.count_nonzero(self.weights))

    @property
    def weight_bits(self) -> int:
        """Bits that the matrix takes: one a binary weight, two a ternary, else ``bits``."""
        width = {"binary": 1, "ternary": 2}.get(self.kind, self.bits)
        return self.weights.size * width

    @property
    def kind(self) -> str:
        """What the weights are: "binary" (all 1 or -1), "ternary" (0 too), or "levels"."""
        largest = np.abs(self.weights)
        if (largest == 1).all():
            return "binary"
        return "ternary" if (largest <= 1).all() else "levels"

    def matrix(self) -> Integers:
        """Return the weights, (d, d), without guard and scale."""
        return self.weights

    def product(self, dtype: type[np.number[Any]]) -> Apply:
        """Return a function that multiplies rows n, (batch, d), by the weights, in ``dtype``."""
        transposed = self.weights.T.astype(dtype)

        def apply(n: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return (n.astype(dtype) @ transposed) * dtype(1 << self.guard)

        return apply
