"""What a simulation is to do: sequences, stalls, resets, and when to give up."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.counts import readouts
from qrnn_hw.sim.core.rows import random_gaps
from qrnn_hw.sim.core.turns import Turns, at_random, planned

STALLED = 0.3  # share of transfers that stall, where stalls are wanted
WORD_WAIT = 5  # cycles that a word of weights is withheld then, at most


def _none() -> Integers:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Order:
    """One run of the bench.

    Parameters
    ----------
    plan
        The core that runs.
    sequences
        Integers of the model's input range, (T, channels) each, back to back.
    turns
        In which order their steps come.
    idle
        Cycles that each time step is withheld after the one before was taken.
    pauses
        Cycles that each logit is left waiting.
    resets
        Cycles after which a run is broken off by a reset; a last run, recorded, follows.
    weights
        Words that a core is loaded with after every reset, (n,).
    waits
        Cycles that each of them is withheld, (n,).
    gaps
        Cycles that the bytes of rows are withheld, in turns, if the table is outside the core.
    """

    plan: Plan
    sequences: list[Integers]
    turns: Turns
    idle: Integers
    pauses: Integers
    resets: tuple[int, ...] = ()
    weights: Integers = field(default_factory=_none)
    waits: Integers = field(default_factory=_none)
    gaps: Integers = field(default_factory=_none)

    @property
    def stalled(self) -> bool:
        """Whether anything is withheld."""
        return any(part.any() for part in (self.idle, self.pauses, self.waits, self.gaps))

    @property
    def marks(self) -> Integers:
        """What comes beside each step, (steps,): 1 where it is its sequence's last, 2 its side."""
        return self.turns.ends + 2 * self.turns.side

    @property
    def transfers(self) -> int:
        """Logits that must come out."""
        return sum(readouts(self.plan.model, x) for x in self.sequences) * self.plan.model.classes

    @property
    def drain(self) -> int:
        """Cycles to wait for logits beyond those: as long as one more sequence would take."""
        return self.plan.sequence_cycles(1)

    @property
    def deadline(self) -> int:
        """Cycles after which the run is hung: twice what it takes."""
        plan = self.plan
        delay = plan.most_step_cycles - plan.step_cycles
        # Of two at once, each as if it were alone: no turns take longer.
        busy = sum(plan.sequence_cycles(len(x)) + delay * len(x) for x in self.sequences)
        stalls = int(self.idle.sum() + self.pauses.sum() + self.waits.sum())
        # Bytes are withheld in turns, and more of them than a row has: none waits for all.
        stalls += 2 * int(np.abs(self.gaps).sum()) * sum(map(len, self.sequences))
        return 2 * (len(self.weights) + busy + stalls + self.drain)

    def write(self, folder: Path) -> None:
        """Write the files that ``bench.v`` and ``bench_core.py`` read."""
        model = self.plan.model
        data = model.inputs.pack(self.turns.gathered(self.sequences))
        steps = zip(self.idle.tolist(), self.marks.tolist(), data)
        lines = [f"{idle} {marks:b} {value:x}\n" for idle, marks, value in steps]
        (folder / "inputs").write_text("".join(lines))
        (folder / "pauses").write_text("".join(f"{pause}\n" for pause in self.pauses.tolist()))
        words = zip(self.waits.tolist(), self.weights.tolist(), strict=True)
        (folder / "weights").write_text("".join(f"{wait} {word:x}\n" for wait, word in words))
        (folder / "gaps").write_text("".join(f"{gap}\n" for gap in self.gaps.tolist() or [0]))
        numbers = {name: getattr(self, name) for name in ("transfers", "drain", "deadline")}
        (folder / "order.json").write_text(json.dumps({**numbers, "resets": self.resets}))


def free_running(plan: Plan, sequences: list[Integers]) -> Order:
    """Order ``sequences`` without a stall."""
    steps = sum(map(len, sequences))
    logits = sum(readouts(plan.model, x) for x in sequences) * plan.model.classes
    weights = np.array(plan.loaded_words(), np.int64)
    idle, pauses, waits = (np.zeros(count, np.int64) for count in (steps, logits, len(weights)))
    turns = planned([len(x) for x in sequences], plan.at_once)
    return Order(plan, sequences, turns, idle, pauses, weights=weights, waits=waits)


def stalling(plan: Plan, sequences: list[Integers], rng: np.random.Generator) -> Order:
    """Order ``sequences`` with random stalls of all streams, after two resets in mid-run.

    Where two are computed at once, their steps come at random, too.
    """

    def some(count: int, longest: int) -> Integers:
        return rng.integers(1, longest + 1, count) * (rng.random(count) < STALLED)

    idle = some(sum(map(len, sequences)), 2 * plan.step_cycles)
    logits = sum(readouts(plan.model, x) for x in sequences) * plan.model.classes
    pauses = some(logits, 2 * plan.class_cycles)
    resets = rng.integers(1, plan.sequence_cycles(len(sequences[0])), 2)
    weights = np.array(plan.loaded_words(), np.int64)
    waits = some(len(weights), WORD_WAIT)
    if len(weights):
        # One reset while the weights come, and one when they are there.
        resets += np.array([0, len(weights) + waits.sum()])
        resets[0] = rng.integers(1, len(weights) + 1)
    gaps = random_gaps(plan, rng)
    lengths = [len(x) for x in sequences]
    turns = at_random(lengths, rng) if plan.at_once > 1 else planned(lengths, 1)
    resets_at = tuple(resets.tolist())
    return Order(plan, sequences, turns, idle, pauses, resets_at, weights, waits, gaps)
