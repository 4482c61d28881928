"""Sequences one behind another, as a stream brings them, and what pools that leak make of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.split import SPLIT_SEED
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.outputs import STATISTICS, Pool
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.pooled.draw import Sequences

SIDE, BEHIND = 64, 8  # streams side by side at most, and sequences of each at least
KEPT = 4000  # steps of streams that a model file carries along, about
PACES = (-3, -2, -1)  # leaks: a pool holds 2**pace of the usual sequence


def joined(known: Sequences) -> Sequences:
    """Put sequences one behind another, in random order, as several streams.

    Each stream begins with its last sequence, of which nothing is asked, so that no answer is one
    of the first.

    Returns
    -------
    Sequences
        The streams, (n, T, channels); y is (n, T): a class at the last step of each sequence, and
        -1 where none is asked.
    """
    count = max(1, min(SIDE, len(known.y) // BEHIND))
    order = np.random.default_rng(SPLIT_SEED).permutation(len(known.y))
    queues = [np.append(order[first::count][-1:], order[first::count]) for first in range(count)]
    lengths = np.array([known.lengths[queue].sum() for queue in queues])
    x = np.zeros((count, lengths.max(), known.x.shape[2]), known.x.dtype)
    y = np.full(x.shape[:2], -1, np.int64)
    for row, queue in enumerate(queues):
        x[row, : lengths[row]] = np.concatenate(
            [known.x[one, : known.lengths[one]] for one in queue]
        )
        ends = known.lengths[queue].cumsum() - 1
        y[row, ends[1:]] = known.y[queue[1:]]
    return Sequences(x, lengths, y)


def streamed(dataset: Dataset) -> Dataset:
    """Make a data set of streams, as long as the longest, out of one of labelled sequences."""
    found = {}
    for part in ("train", "val", "test"):
        x, y = getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}").astype(np.int64)
        given = getattr(dataset, f"lengths_{part}")
        lengths = np.full(len(y), x.shape[1]) if given is None else given
        none = Sequences(x[:, :1], lengths, y[:, None])
        found[part] = joined(Sequences(x, lengths, y)) if len(y) else none
    steps = max(streams.x.shape[1] for streams in found.values())
    entries: dict[str, Any] = {}
    for part, streams in found.items():
        behind = ((0, 0), (0, steps - streams.x.shape[1]))
        entries[f"x_{part}"] = np.pad(streams.x, (*behind, (0, 0)))
        entries[f"y_{part}"] = np.pad(streams.y, behind, constant_values=-1)
        entries[f"lengths_{part}"] = streams.lengths
    note = "sequences stand one behind another, in random order, and are asked for at their ends"
    kept, notes = max(1, KEPT // steps), (*dataset.notes, note)
    return replace(dataset, **entries, every=True, samples=kept, notes=notes)


def leaks(lengths: Integers) -> tuple[int, ...]:
    """Choose the leaks to try: pools that hold a part of the usual sequence."""
    usual = int(np.log2(max(np.median(lengths), 1)))
    return tuple(sorted({min(max(usual + pace, 1), 15) for pace in PACES}))


@dataclass(frozen=True)
class Asked:
    """What pools come to where streams are asked for a class.

    Parameters
    ----------
    pools
        By statistic and leak, (rows, d): in real units, as of the mean of a step; the share of
        steps.
    y
        (rows,), the classes.
    """

    pools: dict[tuple[str, int], Reals]
    y: Integers


def asked(model: TrainedModel, streams: Sequences, bits: int, tried: tuple[int, ...]) -> Asked:
    """Run streams, in the integers of hardware, and read pools of every leak.

    Parameters
    ----------
    bits
        Of a state.
    tried
        Leaks.
    """
    from qrnn_hw.train.kernels.leaky import leaky

    integers = integer_model(model, bits)
    weights, inputs, ask = integers.recurrence, integers.numbers, streams.y >= 0
    assert isinstance(weights, Hadamard)
    decay = np.zeros(model.hidden, np.int64) if weights.decay is None else weights.decay
    sums = {one: np.zeros((ask.sum(), len(tried), model.hidden), np.int64) for one in STATISTICS}
    narrow = (inputs.u.T, weights.signs, decay, integers.bias[0])
    u, signs, shares, bias = (np.ascontiguousarray(array, np.int32) for array in narrow)
    leaky(
        inputs.scaled(streams.x.astype(np.int64), 0).astype(np.int32), streams.lengths, ask, u,
        signs, weights.block, shares, bias, integers.shift(1), 1 << bits - 1, np.array(tried),
        sums["mean"], sums["count"],
    )  # fmt: skip
    pools = {}
    for place, leak in enumerate(tried):
        for one, unit in (("mean", integers.state_step), ("count", 1.0)):
            pools[one, leak] = sums[one][:, place] * (unit / Pool(one, 0, leak).weight)
    return Asked(pools, streams.y[ask])
