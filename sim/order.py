"""What a simulation is to do: sequences, stalls, resets, and when to give up."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.export.integer import Integers
from qrnn_hw.hw.plan import Plan

STALLED = 0.3  # share of transfers that stall, where stalls are wanted


@dataclass(frozen=True)
class Order:
    """One run of the bench.

    Parameters
    ----------
    plan
        The core that runs.
    sequences
        Integers of the model's input range, (T,) each, back to back.
    idle
        Cycles that each time step is withheld after the one before was taken.
    pauses
        Cycles that each logit is left waiting.
    resets
        Cycles after which a run is broken off by a reset; a last run, recorded, follows.
    """

    plan: Plan
    sequences: list[Integers]
    idle: Integers
    pauses: Integers
    resets: tuple[int, ...] = ()

    @property
    def stalled(self) -> bool:
        """Whether anything is withheld."""
        return bool(self.idle.any() or self.pauses.any())

    @property
    def transfers(self) -> int:
        """Logits that must come out."""
        return len(self.sequences) * self.plan.model.classes

    @property
    def drain(self) -> int:
        """Cycles to wait for logits beyond those: as long as one more sequence would take."""
        return self.plan.sequence_cycles(1)

    @property
    def deadline(self) -> int:
        """Cycles after which the run is hung: twice what it takes."""
        busy = sum(self.plan.sequence_cycles(sequence.size) for sequence in self.sequences)
        return 2 * (busy + int(self.idle.sum() + self.pauses.sum()) + self.drain)

    def write(self, folder: Path) -> None:
        """Write the files that ``bench.v`` and ``bench_core.py`` read."""
        model = self.plan.model
        data = np.concatenate(self.sequences) & (1 << model.input_bits) - 1
        ends = np.cumsum([sequence.size for sequence in self.sequences]) - 1
        last = np.isin(np.arange(data.size), ends)
        steps = zip(self.idle.tolist(), last.tolist(), data.tolist())
        lines = [f"{idle} {end:d} {value:x}\n" for idle, end, value in steps]
        (folder / "inputs").write_text("".join(lines))
        (folder / "pauses").write_text("".join(f"{pause}\n" for pause in self.pauses.tolist()))
        numbers = {name: getattr(self, name) for name in ("transfers", "drain", "deadline")}
        (folder / "order.json").write_text(json.dumps({**numbers, "resets": self.resets}))


def free_running(plan: Plan, sequences: list[Integers]) -> Order:
    """Order ``sequences`` without a stall."""
    steps = sum(sequence.size for sequence in sequences)
    transfers = len(sequences) * plan.model.classes
    return Order(plan, sequences, np.zeros(steps, np.int64), np.zeros(transfers, np.int64))


def stalling(plan: Plan, sequences: list[Integers], rng: np.random.Generator) -> Order:
    """Order ``sequences`` with random stalls of both streams, after two resets in mid-run."""

    def some(count: int, longest: int) -> Integers:
        return rng.integers(1, longest + 1, count) * (rng.random(count) < STALLED)

    idle = some(sum(sequence.size for sequence in sequences), 2 * plan.step_cycles)
    pauses = some(len(sequences) * plan.model.classes, 2 * plan.class_cycles)
    resets = rng.integers(1, plan.sequence_cycles(sequences[0].size), 2)
    return Order(plan, sequences, idle, pauses, tuple(resets.tolist()))
