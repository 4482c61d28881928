"""What the readout of a serial core reads and multiplies by, whatever the number of lanes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel


@dataclass(frozen=True)
class ReadSizes:
    """Rows, planes and widths of a readout: of the last state, of pools, and of a hidden layer.

    Parameters
    ----------
    model
        What to compute.
    """

    model: IntegerModel

    @property
    def units(self) -> int:
        """Units of the hidden layer; 0 where there is none."""
        layer = self.model.readout.layer
        return 0 if layer is None else len(layer.v)

    @cached_property
    def rows(self) -> Integers:
        """What a readout multiplies by, (rows, d): of the hidden layer, then of the logits.

        The layer's units stand where states do, the first at unit 0.
        """
        readout = self.model.readout
        if readout.layer is None:
            return readout.v
        return np.vstack(
            [readout.layer.v, np.pad(readout.v, ((0, 0), (0, self.model.hidden - self.units)))]
        )

    @property
    def row_bits(self) -> int:
        """Planes of a row."""
        layer = self.model.readout.layer
        return max(self.model.readout.v_bits, 0 if layer is None else layer.v_bits)

    @property
    def row_bias(self) -> Integers:
        """What is added to the products of rows, (parities, rows); of units with their half.

        Of a pool that leaks, as often as that counts it; of another, once a step.
        """
        readout = self.model.readout
        if readout.layer is None:
            pool = readout.pool
            return readout.class_bias * (pool.weight if pool is not None and pool.leak else 1)
        half = 1 << readout.layer.shift >> 1
        return np.hstack([readout.layer.bias + half, readout.class_bias])

    @property
    def value_bits(self) -> int:
        """Bits of the sum of any row: of a logit, or of a unit with its half."""
        model, layer = self.model, self.model.readout.layer
        if layer is None:
            return model.logit_bits
        return max(model.logit_bits, model.sum_bits + 1, layer.shift + 1)

    @property
    def pool_planes(self) -> int:
        """Planes of a pool, which is never negative; 0 where nothing is pooled."""
        return 0 if self.model.readout.pool is None else self.model.pool_bits - 1

    @property
    def leak(self) -> int:
        """Planes by which a pool is shifted to be what it loses a step; 0 where it does not."""
        pool = self.model.readout.pool
        return 0 if pool is None else pool.leak

    @property
    def pool_reads(self) -> int:
        """Planes that a pool's bit takes: the state's, its own, and that of what it loses."""
        return 3 if self.leak else 2

    @property
    def most_steps(self) -> int:
        """How often a bias can count at most, where that depends on the steps; else 0."""
        pool = self.model.readout.pool
        return 0 if pool is None or pool.leak else pool.steps

    @property
    def origin_bits(self) -> int:
        """Planes of the origin: none where it is zero."""
        return 0 if self.model.origin is None else self.model.origin.bits

    @property
    def largest_read(self) -> int:
        """Largest magnitude of what a readout reads of a unit: a pool, or a state less its origin.

        A state less its origin is below ``2**a``.
        """
        return (1 << (self.pool_planes or self.model.state_bits)) - 1

    @cached_property
    def largest_sum(self) -> int:
        """Largest magnitude of what planes of a row sum to so far, in units of the last one.

        Any part of the last plane may be missing from it.
        """
        planes = range(self.row_bits)
        weights = [self.rows & (2 << plane) - 1 for plane in planes[:-1]]
        weights.append(np.maximum(self.rows & (1 << planes[-1]) - 1, np.abs(self.rows)))
        bias = np.abs(self.row_bias).max(0) * (self.most_steps or 1)
        sums = [each.sum(1) * self.largest_read + bias for each in weights]
        return max(1 + int(most.max() >> plane) for plane, most in zip(planes, sums))
