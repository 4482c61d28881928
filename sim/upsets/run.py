"""Golden runs with upsets, beside the same runs without.

The bit is flipped in a golden run, right after a step, and many such runs go side by side. A state
and a pool are overwritten in the next step by what it makes of them; a weight stays as it is until
the end of the sequence, as one does in a memory until it is loaded again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.golden import Reading
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.sim.upsets.bits import Upsets, flip, tables
from qrnn_hw.sim.upsets.effects import FEWEST, Booleans, Effects

TOGETHER = 512  # runs side by side


class _Read(Reading):
    """A reading of networks of which some have another weight in their readout."""

    def __init__(self, model: IntegerModel, batch: int, changes: "_Changes") -> None:
        super().__init__(model, batch)
        self.changes = changes
        self.rows = np.arange(batch)

    def multiplied(self, z: Integers, v: Integers) -> Integers:
        sums = super().multiplied(z, v)
        layer = self.model.readout.layer
        name = "layer" if layer is not None and v is layer.v else "readout"
        for row, (unit, column), change in self.changes.of(name, self.rows):
            sums[row, unit] += change * z[row, column]
        return sums


@dataclass
class _Changes:
    """What flipped weights change in the sums of some runs, each from a step on."""

    model: IntegerModel
    upsets: Upsets
    now: int = 0

    def __post_init__(self) -> None:
        self.tables = tables(self.model) if self.upsets.kind == "weight" else []
        self.change = np.zeros(self.upsets.place.size, np.int64)
        for number, table in enumerate(self.tables):
            hit = self.upsets.table == number
            self.change[hit] = table.change(self.upsets.place[hit], self.upsets.bit[hit])

    def of(self, name: str, rows: Integers) -> Any:
        """List the runs, by their places in ``rows``, whose table changed, where, and how much."""
        for number, table in enumerate(self.tables):
            if table.name != name:
                continue
            hit = (self.upsets.table[rows] == number) & (self.upsets.step[rows] <= self.now)
            for row in np.flatnonzero(hit).tolist():
                at = divmod(int(self.upsets.place[rows[row]]), table.values.shape[1])
                yield row, at, int(self.change[rows[row]])

    def sums(self, products: Integers, n: Integers, x: Integers, step: int) -> None:
        """Change sums of a step, (runs, d), in their place."""
        model, rows = self.model, np.arange(len(n))
        for row, (unit, column), change in self.of("recurrence", rows):
            if isinstance(model.recurrence, Hadamard):
                products[row, unit] *= -1
            else:
                products[row, unit] += (change << model.recurrence.guard) * n[row, column]
        inputs, parity = model.inputs, model.parity(step)
        for row, (first, second), change in self.of("input", rows):
            if isinstance(inputs, Numbers):
                scaled = inputs.scaled(x[row], parity)
                products[row, first] += change * scaled[second]
            elif first == parity * inputs.vocabulary + x[row, 0]:
                products[row, second] += change << int(inputs.table_shift[parity])


@dataclass
class _Runs:
    """Runs side by side, with upsets or without."""

    model: IntegerModel
    changes: _Changes
    size: int
    n: Integers = field(init=False)

    def __post_init__(self) -> None:
        model = self.model
        start = model.offset(0)
        self.n = np.broadcast_to(start.astype(np.int64), (self.size, model.hidden)).copy()
        self.reading = _Read(model, self.size, self.changes)
        self.product = golden.products(model)

    def step(self, x: Integers, t: int) -> None:
        """Take a step, (runs, channels)."""

        def product(n: Integers) -> tuple[Integers, Integers]:
            sums, wrapped = self.product(n)
            self.changes.sums(sums, n, x, t)
            return sums, wrapped

        self.n, _, _ = golden.advance(self.model, product, self.n, x, t)
        self.reading.take(self.n, t)

    def upset(self, t: int) -> None:
        """Flip the bits of this step; of a state before it is read, and of a pool after."""
        upsets, model = self.changes.upsets, self.model
        rows = np.flatnonzero(upsets.step == t)
        places = upsets.place[rows]
        if upsets.kind == "pool":
            pools = self.reading.z
            pools[rows, places] = flip(pools[rows, places], upsets.bit[rows], model.pool_bits)
        elif upsets.kind == "state":
            found = flip(self.n[rows, places], upsets.bit[rows], model.state_bits)
            self.n[rows, places] = found
            if model.readout.pool is None:
                self.reading.take(self.n, t)


def _together(
    model: IntegerModel, x: Integers, lengths: Integers, upsets: Upsets, total: Reals,
    count: Integers,
) -> tuple[Booleans, Integers, Booleans, Integers]:  # fmt: skip
    """Run upsets side by side.

    Parameters
    ----------
    total, count
        Squares of differences are added to, and how many; by the steps after an upset.

    Returns
    -------
    logits, classes, last, gone
        As :class:`Effects` has them.
    """
    runs, every = len(x), model.readout.every
    pooled = model.readout.pool is not None
    none = replace(upsets, kind="none")
    upset, clean = (_Runs(model, _Changes(model, each), runs) for each in (upsets, none))
    logits, classes, last = np.zeros(runs, bool), np.zeros(runs, np.int64), np.zeros(runs, bool)
    shown = np.zeros(runs, np.int64)  # the last step with a difference
    for t in range(1, int(lengths.max()) + 1):
        for each in (upset, clean):
            each.step(x[:, t - 1], t)
        upset.upset(t)
        upset.changes.now = t
        alive = lengths >= t
        states, pools = upset.n - clean.n, upset.reading.z - clean.reading.z
        differs = states.any(1)
        if pooled:
            differs |= pools.any(1)
        shown[differs & alive] = t
        there = alive & (upsets.step <= t)
        size = np.square((pools if upsets.kind == "pool" else states)[there], dtype=float).sum(1)
        np.add.at(total, t - upsets.step[there], size)
        np.add.at(count, t - upsets.step[there], 1)
        chosen = alive if every else lengths == t
        if not chosen.any():
            continue
        rows = np.flatnonzero(chosen)
        upset.reading.rows = rows
        found, wanted = upset.reading.logits(t, chosen), clean.reading.logits(t, chosen)
        logits[rows] |= (found != wanted).any(1)
        last[rows] = model.readout.decide(found) != model.readout.decide(wanted)
        classes[rows] += last[rows]
    gone = np.where(shown == 0, 1, np.maximum(shown - upsets.step + 1, 0))  # 0: nothing differed
    stays = (shown == lengths) | (upsets.kind == "weight")
    return logits, classes, last, np.where(stays, 0, gone)


def run(
    model: IntegerModel,
    x: Integers,
    lengths: Integers,
    upsets: Upsets,
    progress: Callable[[int], None] = lambda count: None,
) -> Effects:
    """Run sequences with upsets, and compare with the runs without.

    Parameters
    ----------
    x, lengths
        Sequences, (n, T, channels), as :func:`qrnn_hw.export.golden.run` takes them.
    progress
        Called with the number of upsets that were run since the last call.
    """
    parts, longest = [], int(lengths.max())
    total, count = np.zeros(longest), np.zeros(longest, np.int64)
    for begin in range(0, upsets.step.size, TOGETHER):
        part = upsets[begin : begin + TOGETHER]
        parts.append(_together(model, x[part.sequence], lengths[part.sequence], part, total, count))
        progress(part.step.size)
    sizes = np.where(count >= FEWEST, total / np.maximum(count, 1), np.nan)
    names = tuple(each.name for each in tables(model))
    logits, classes, last, gone = (np.concatenate(each) for each in zip(*parts))
    return Effects(upsets, logits, classes, last, gone, sizes, names)
