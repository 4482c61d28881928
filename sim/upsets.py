"""Upsets: what one flipped bit of a state, a pool or a weight does to the answers.

The bit is flipped in a golden run, right after a step, and many such runs go side by side. A state
and a pool are overwritten in the next step by what it makes of them; a weight stays as it is until
the end of the sequence, as one does in a memory until it is loaded again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.golden import Reading
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard

KINDS = ("state", "pool", "weight")
TOGETHER = 512  # runs side by side
FEWEST = 20  # upsets of which a share is told
Booleans = npt.NDArray[np.bool_]


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


@dataclass(frozen=True)
class Part:
    """What upsets of one bit, or of one table of weights, did.

    Parameters
    ----------
    upsets
        How many.
    logits_changed, last_class_changed
        The shares that had other logits in any answer, and another class in the last one.
    """

    upsets: int
    logits_changed: float
    last_class_changed: float


@dataclass(frozen=True, eq=False)
class Effects:
    """What upsets of a kind did.

    Parameters
    ----------
    upsets
        The upsets.
    logits
        (n,): whether any answer had other logits.
    classes
        (n,): how many answers were another class.
    last
        (n,): whether the last answer of the sequence was.
    gone
        (n,): steps, the upset's own among them, until states, pools and weights were as if nothing
        had happened; 0 where they were not until the end of the sequence.
    sizes
        (longest,): the mean over upsets of the sum of the squares of all units' differences, 0, 1,
        ... steps after the upset: of a pool's units for upsets of pools, else of states. NaN where
        fewer than ``FEWEST`` sequences went on for so long.
    names
        Of the tables of weights.
    """

    upsets: Upsets
    logits: Booleans
    classes: Integers
    last: Booleans
    gone: Integers
    sizes: Reals
    names: tuple[str, ...]

    @property
    def curve(self) -> Reals:
        """The size of the difference, 0, 1, ... steps after the upset: the root of the sizes."""
        return np.sqrt(self.sizes[~np.isnan(self.sizes)])

    def until(self, share: float) -> int | None:
        """Return after how many steps the difference is but a share of what it was, for good."""
        above = np.flatnonzero(self.curve > share * self.curve[0])
        return int(above[-1]) + 1 if above[-1] + 1 < self.curve.size else None

    def groups(self) -> dict[str, Booleans]:
        """Group upsets by what they hit: a bit of a state or a pool, or a table of weights."""
        hit = self.upsets
        if hit.kind == "weight":
            return {name: hit.table == number for number, name in enumerate(self.names)}
        return {f"bit {bit}": hit.bit == bit for bit in np.unique(hit.bit).tolist()}

    @property
    def parts(self) -> dict[str, Part]:
        """What the upsets of each group did; of those that there are."""
        return {
            name: Part(int(hit.sum()), self._share(self.logits[hit]), self._share(self.last[hit]))
            for name, hit in self.groups().items()
            if hit.any()
        }

    @staticmethod
    def _share(which: Booleans) -> float:
        return round(float(which.mean()), 6)

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for programs."""
        told: dict[str, Any] = {
            "upsets": int(self.logits.size),
            "logits_changed": self._share(self.logits),
            "classes_changed": self._share(self.classes > 0),
            "last_class_changed": self._share(self.last),
            "answers_changed": round(float(self.classes.mean()), 6),
            "gone_at_the_end": self._share(self.gone > 0),
            "parts": {name: vars(part) for name, part in self.parts.items()},
        }
        if self.upsets.kind != "weight":
            told |= {
                "steps_to_a_half": self.until(1 / 2),
                "steps_to_a_tenth": self.until(1 / 10),
                "sizes": self.curve.round(3).tolist(),
            }
        return told


def kinds(model: IntegerModel) -> list[str]:
    """Name the kinds of upsets that a network can have."""
    return [kind for kind in KINDS if kind != "pool" or model.readout.pool is not None]


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
