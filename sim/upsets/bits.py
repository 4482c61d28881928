"""Bits that may flip: of states, pools and weights, as a core stores them."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard

KINDS = ("state", "pool", "weight")


def flip(values: Integers, bit: Integers, bits: int) -> Integers:
    """Flip a bit of signed words of so many bits.

    >>> flip(np.array([5, -1, 0]), np.array([0, 2, 3]), 4).tolist()
    [4, -5, -8]
    """
    half = 1 << bits - 1
    words = (values & 2 * half - 1) ^ (1 << bit)
    return (words ^ half) - half


@dataclass(frozen=True, eq=False)
class Table:
    """Weights of a network that a flipped bit may hit.

    Parameters
    ----------
    name
        "recurrence", "input", "layer" or "readout".
    values
        (rows, columns).
    bits
        Width of a weight; 1 for a sign, which is 1 or -1.
    """

    name: str
    values: Integers
    bits: int

    def change(self, place: Integers, bit: Integers) -> Integers:
        """Return by how much weights change whose bit is flipped, by their places in a row."""
        values = self.values.ravel()[place]
        return -2 * values if self.bits == 1 else flip(values, bit, self.bits) - values


def tables(model: IntegerModel) -> list[Table]:
    """List the weights of a network as a core stores them."""
    recurrence, inputs, readout = model.recurrence, model.inputs, model.readout
    if isinstance(recurrence, Hadamard):
        found = [Table("recurrence", recurrence.signs[:, None], 1)]
    else:
        binary = recurrence.kind == "binary"
        bits = 1 if binary else max(2, recurrence.bits)
        found = [Table("recurrence", recurrence.weights, bits)]
    if isinstance(inputs, Numbers):
        found.append(Table("input", inputs.u, inputs.u_bits))
    else:
        found.append(Table("input", inputs.table.reshape(-1, model.hidden), inputs.table_bits))
    if readout.layer is not None:
        found.append(Table("layer", readout.layer.v, readout.layer.v_bits))
    found.append(Table("readout", readout.v, readout.v_bits))
    return found


@dataclass(frozen=True, eq=False)
class Upsets:
    """Bits to flip, n of one kind.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    sequence, step
        (n,): in which sequence, and after which of its steps, from 1.
    table, place, bit
        (n,): which table of weights, 0 of states and pools; which unit or weight; which bit of it,
        0 the lowest.
    """

    kind: str
    sequence: Integers
    step: Integers
    table: Integers
    place: Integers
    bit: Integers

    def __getitem__(self, rows: slice) -> "Upsets":
        parts = (self.sequence, self.step, self.table, self.place, self.bit)
        return Upsets(self.kind, *(each[rows] for each in parts))


def draw(
    model: IntegerModel, kind: str, lengths: Integers, count: int, rng: np.random.Generator
) -> Upsets:
    """Draw upsets: any step of any sequence, and any bit of its kind, are as likely as others."""
    total = np.cumsum(lengths)
    moment = rng.integers(0, total[-1], count)
    sequence = np.searchsorted(total, moment, side="right")
    step = moment - (total - lengths)[sequence] + 1
    if kind == "weight":
        sizes = np.array([each.values.size * each.bits for each in tables(model)])
        widths = np.array([each.bits for each in tables(model)])
    else:
        widths = np.array([model.state_bits if kind == "state" else model.pool_bits - 1])
        sizes = model.hidden * widths
    ends = np.cumsum(sizes)
    place = rng.integers(0, ends[-1], count)
    table = np.searchsorted(ends, place, side="right")
    place = place - (ends - sizes)[table]
    return Upsets(kind, sequence, step, table, place // widths[table], place % widths[table])


def kinds(model: IntegerModel) -> list[str]:
    """Name the kinds of upsets that a network can have."""
    return [kind for kind in KINDS if kind != "pool" or model.readout.pool is not None]
