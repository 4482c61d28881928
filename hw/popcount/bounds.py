"""Proven ranges of the values in a popcount core."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel


@dataclass(frozen=True)
class Range:
    """Integers ``low..high``.

    >>> Range(-8, 3).signed, Range(-3, 8).signed, Range(0, 8).unsigned
    (4, 5, 4)
    """

    low: int
    high: int

    @classmethod
    def of(cls, *values: Integers) -> "Range":
        """Return the range of the integers in arrays."""
        return cls(
            min(int(array.min()) for array in values), max(int(array.max()) for array in values)
        )

    @property
    def signed(self) -> int:
        """Bits of a two's complement word that holds the range."""
        negative = int(~self.low).bit_length() if self.low < 0 else 0
        return max(int(self.high).bit_length(), negative) + 1

    @property
    def unsigned(self) -> int:
        """Bits of an unsigned word that holds the range."""
        return max(1, int(self.high).bit_length())

    def __or__(self, other: "Range") -> "Range":
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, eq=False)
class Bounds:
    """Ranges for any input of a model, row by row, not from the largest row and input.

    Parameters
    ----------
    model
        The network.
    xnor
        Whether the recurrent weights are compared with the states: XNOR counts a weight of -1 one
        too high in every plane, which makes ``sum_b s_b 2**b = -1`` too low in the end.
    """

    model: IntegerModel
    xnor: bool

    @cached_property
    def weights(self) -> Range:
        """Recurrent weights."""
        return Range.of(self.model.recurrence.matrix())

    @cached_property
    def v(self) -> Range:
        """Output weights."""
        return Range.of(self.model.readout.v)

    @cached_property
    def correction(self) -> Integers:
        """What is missing in the sums of the rows, (d,)."""
        if not self.xnor:
            return np.zeros(self.model.hidden, np.int64)
        return (self.model.recurrence.matrix() < 0).sum(1).astype(np.int64)

    @cached_property
    def constants(self) -> Integers:
        """What is added to the sum of a unit and parity; then of a class and parity."""
        model = self.model
        biased = model.recurrence.activation != "modrelu"
        units = (self.correction << model.recurrence.guard) + (model.bias if biased else 0)
        return np.concatenate([np.broadcast_to(units, model.bias.shape).ravel(),
                               model.readout.class_bias.ravel()])  # fmt: skip

    @cached_property
    def scaled(self) -> Range:
        """Scaled inputs; of tokens, addresses in the table."""
        inputs = self.model.inputs
        if isinstance(inputs, Tokens):
            return Range(0, inputs.table.size - 1)
        return Range.of(*(inputs.ends(p) for p in range(inputs.parities)))

    def _products(
        self, matrix: Integers, low: Integers, high: Integers
    ) -> tuple[Integers, Integers]:
        """Bounds of ``matrix @ n`` for ``low <= n <= high``, row by row."""
        up: Integers = np.maximum(matrix, 0)
        down: Integers = np.minimum(matrix, 0)
        return up @ low + down @ high, up @ high + down @ low

    @cached_property
    def _states(self) -> tuple[Integers, Integers]:
        top = np.full(self.model.hidden, 1 << self.model.state_bits - 1)
        return -top, top - 1

    @cached_property
    def _recurrent(self) -> tuple[Integers, Integers]:
        return self._products(self.model.recurrence.matrix(), *self._states)

    @cached_property
    def _terms(self) -> tuple[Integers, Integers]:
        """Bounds of the input's term, (parities, d)."""
        inputs, low, high = self.model.inputs, [], []
        for p in range(inputs.parities):
            if isinstance(inputs, Tokens):
                terms = inputs.table[p] << inputs.table_shift[p]
                low.append(terms.min(0))
                high.append(terms.max(0))
            else:
                least, most = self._products(inputs.u, *inputs.ends(p))
                low.append(least)
                high.append(most)
        return np.array(low), np.array(high)

    @cached_property
    def _features(self) -> list[tuple[Integers, Integers]]:
        """Bounds of the features, by parity."""
        model, (low, high) = self.model, self._states
        found = []
        for p in range(model.parities):
            least, most = low - model.offset(p), high - model.offset(p)
            if model.readout.relu:
                least, most = np.maximum(least, 0), np.maximum(most, 0)
            found.append((least, most))
        return found

    @cached_property
    def features(self) -> Range:
        """What V is multiplied by."""
        return Range.of(*(end for ends in self._features for end in ends))

    @cached_property
    def sums(self) -> Range:
        """Sums of a row: of the recurrence, as they are counted, and of V."""
        counted = [end - self.correction for end in self._recurrent]
        outputs = [self._products(self.model.readout.v, *ends) for ends in self._features]
        return Range.of(*counted, *(end for ends in outputs for end in ends))

    @cached_property
    def terms(self) -> Range:
        """Constants, alone and with the terms of the input."""
        units = self.constants[: self.model.bias.size].reshape(self.model.bias.shape)
        low, high = self._terms
        return Range.of(units + low, units + high, self.constants)

    @cached_property
    def values(self) -> Range:
        """What the activation is applied to."""
        model = self.model
        bias = model.bias if model.recurrence.activation != "modrelu" else 0
        low, high = (
            (product << model.recurrence.guard) + term + bias
            for product, term in zip(self._recurrent, self._terms)
        )
        return Range.of(low, high)

    @cached_property
    def logits(self) -> Range:
        """Logits."""
        found = []
        for p, ends in enumerate(self._features):
            bias = self.model.readout.class_bias[p]
            found += [end + bias for end in self._products(self.model.readout.v, *ends)]
        return Range.of(*found)


@lru_cache(maxsize=4)
def bounds(model: IntegerModel, xnor: bool) -> Bounds:
    """Return the bounds of a model; its many plans share them."""
    return Bounds(model, xnor)
