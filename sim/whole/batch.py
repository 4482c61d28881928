"""A batch of sequences for ``whole.cpp``: what the core is fed with, and what must come of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.serial.row import FETCH_CYCLES
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.sim.core.counts import Counts, readouts
from qrnn_hw.sim.core.rows import LEAD, TAIL
from qrnn_hw.sim.whole.digest import digests, factors, of_sequence

WORD = 32  # bits of an input's words
STATES = 1 << 24  # of a batch, at most, if it has more than one sequence: 64 MB of golden states
CYCLES = 3_000_000  # of a batch, about: seconds, so that little is lost with it


@dataclass(frozen=True)
class Expected:
    """A golden run over a batch.

    Parameters
    ----------
    counts
        What must be compared.
    cycles
        (n,): what each sequence takes, back to back.
    run
        The golden run, with all states.
    digests
        Of each sequence: of all its states, and of its logits.
    """

    counts: Counts
    cycles: Integers
    run: golden.Run
    digests: list[int]


def batches(plan: Plan, lengths: Integers) -> list[slice]:
    """Part sequences of such lengths into batches, in order; the same for the same plan."""
    found: list[slice] = []
    begin = states = cycles = 0
    for end, steps in enumerate(lengths.tolist()):
        # What the golden run keeps is as long as the longest of them.
        grown = max(states // max(1, end - begin), steps * plan.model.hidden) * (end - begin + 1)
        more = plan.sequence_cycles(steps)
        if end > begin and (grown > STATES or cycles + more > CYCLES):
            found.append(slice(begin, end))
            begin, grown, cycles = end, steps * plan.model.hidden, 0
        states, cycles = grown, cycles + more
    if begin < len(lengths):
        found.append(slice(begin, len(lengths)))
    return found


def _words(plan: Plan, x: Integers) -> Integers:
    """Lay steps, (T, channels), out as words of 32 bits, (T, words), the lowest first."""
    inputs = plan.model.inputs
    count = -(-inputs.width // WORD)
    if inputs.width <= WORD:
        shifts = inputs.bits * np.arange(inputs.channels)
        return ((x & (1 << inputs.bits) - 1) << shifts).sum(1, keepdims=True)
    text = b"".join(value.to_bytes(4 * count, "little") for value in inputs.pack(x))
    return np.frombuffer(text, "<u4").reshape(-1, count).astype(np.int64)


def _header(plan: Plan, count: int) -> list[int]:
    """Return the numbers before the lists, in the order that ``whole.cpp`` takes them."""
    model = plan.model
    # As long as anything in a core may be silent: a step, a readout, a row, with room to spare.
    patience = 4 * (plan.sequence_cycles(2) + plan.most_step_cycles + FETCH_CYCLES)
    return [
        count,
        -(-model.inputs.width // WORD),
        isinstance(plan.trace, PlaneWrites),
        model.hidden,
        plan.lanes,
        model.state_bits,
        model.recurrence.activation == "relu",
        model.readout.every,
        model.classes,
        plan.sequence_cycles(1),
        patience,
        max(0, model.pool_bits - 1) if model.readout.pool is not None else 0,
        plan.row_bytes,
        LEAD,
        TAIL,
    ]


def write(plan: Plan, x: Integers, lengths: Integers, path: Path) -> Expected:
    """Run the golden model over a batch, write the file of it, and return what must be compared.

    Parameters
    ----------
    x, lengths
        (n, T, channels), integers of the model's input range, and the length of each.
    """
    model, trace = plan.model, plan.trace
    longest = int(lengths.max())
    x = x[:, :longest]
    run = golden.run(model, x, lengths, states=True)
    factor = factors(model.hidden)
    states = digests(run.states, factor)
    pools = digests(run.pools, factor) if run.pools.size else None
    offsets = [int(digests(model.offset(p), factor)) for p in range(model.parities)]
    shown = trace if isinstance(trace, PlaneWrites) else None
    lists = [shown.step, shown.readout, shown.pool] if shown else [(), (), ()]
    words = _header(plan, len(x))
    for each in (*lists, plan.loaded_words()):
        words += [len(each), *each]
    parts = [np.array(words, np.int64)]
    every, total, compared = model.readout.every, Counts(), int(lengths.sum()) * model.hidden
    whole: list[int] = []
    for number, steps in enumerate(lengths.tolist()):
        answers = readouts(model, x[number, :steps])
        parts += [
            np.array([steps]),
            _words(plan, x[number, :steps]).ravel(),
            states[number, :steps],
        ]
        if shown and shown.pool and pools is not None:
            parts.append(pools[number, :steps])
        if shown and shown.readout:
            asked = np.arange(1, steps + 1) if every else np.array([steps])
            offset = np.array(offsets, np.int64)[asked % model.parities]
            parts.append(states[number, asked - 1] - offset)
            compared += answers * model.hidden
        rows = slice(0, steps) if every else slice(None)
        logits = run.logits[number][rows].ravel()
        parts += [logits, np.atleast_1d(run.classes[number])[rows]]
        whole.append(of_sequence(states[number, :steps], logits))
        total += Counts(1, steps, 0, answers * model.classes)
    np.concatenate([part.astype("<i8") for part in parts]).tofile(path)
    pooled = int(lengths.sum()) * model.hidden if shown and shown.pool else 0
    counts = total + Counts(0, 0, compared, 0, run.saturated, pooled)
    return Expected(counts, _cycles(plan, run, lengths), run, whole)


def _cycles(plan: Plan, run: golden.Run, lengths: Integers) -> Integers:
    """Count the cycles of each sequence, with the delays of steps that saturate, (n,)."""
    found = np.array([plan.sequence_cycles(steps) for steps in lengths.tolist()])
    if plan.most_step_cycles == plan.step_cycles:
        return found
    for number in np.flatnonzero(run.overflows.any(1)):
        found[number] += plan.delays(run.overflows[number, : lengths[number]]).sum()
    return found
