"""Whose step comes when: the order in which the steps of sequences go into a core."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers

BURST = 3  # steps of one sequence before one of the other, in the mean, where turns are random


@dataclass(frozen=True)
class Turns:
    """The order of the steps of all sequences.

    Parameters
    ----------
    lengths
        Steps of each sequence.
    number
        (steps,), which sequence each step is of.
    side
        (steps,), 0 or 1: which of two sequences at once that is, for the core.
    """

    lengths: tuple[int, ...]
    number: Integers
    side: Integers

    @cached_property
    def ends(self) -> npt.NDArray[np.bool_]:
        """Whether each step is the last of its sequence, (steps,)."""
        _, last = np.unique(self.number[::-1], return_index=True)
        return np.isin(np.arange(len(self.number)), len(self.number) - 1 - last)

    def gathered(self, each: list[Integers]) -> Integers:
        """Put what every sequence has a row of for every step in order, (steps, ...)."""
        left = [iter(rows) for rows in each]
        return np.array([next(left[number]) for number in self.number])


def one_by_one(lengths: list[int]) -> Turns:
    """Let the sequences come one after the other."""
    number = np.repeat(np.arange(len(lengths)), lengths)
    return Turns(tuple(lengths), number, np.zeros_like(number))


def in_pairs(lengths: list[int]) -> Turns:
    """Let two sequences take turns, from their first steps on; then the next two.

    What the longer one has more comes by itself. So the host has them.
    """
    number: list[int] = []
    for first in range(0, len(lengths), 2):
        pair = range(first, min(first + 2, len(lengths)))
        for step in range(max(lengths[n] for n in pair)):
            number += [n for n in pair if step < lengths[n]]
    return Turns(tuple(lengths), np.array(number), np.array(number) % 2)


def at_random(lengths: list[int], rng: np.random.Generator) -> Turns:
    """Let each of two sides take the next sequence when it has ended one, at a random pace."""
    waiting = list(range(len(lengths)))[::-1]
    sides: list[list[int]] = [[], []]  # the sequence of each step that a side still has
    number, side, now = [], [], 0
    while waiting or any(sides):
        if rng.random() < 1 / BURST:
            now = 1 - now
        if not sides[now] and waiting:
            taken = waiting.pop()
            sides[now] = [taken] * lengths[taken]
        if not sides[now]:
            now = 1 - now
        number.append(sides[now].pop())
        side.append(now)
    return Turns(tuple(lengths), np.array(number), np.array(side))


def planned(lengths: list[int], at_once: int) -> Turns:
    """Return the turns of sequences that always wait: two by two where a core takes two."""
    return in_pairs(lengths) if at_once > 1 else one_by_one(lengths)
