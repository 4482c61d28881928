"""Multiples of one value by a constant, with few adders."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from qrnn_hw.hw.digits import signed_digits
from qrnn_hw.hw.graph.adders import Adder, AdderGraph, Operand

MOST = 64
Ints = npt.NDArray[np.int64]


def _odd(values: Ints) -> Ints:
    """Divide out the twos; zero stays."""
    return values // np.maximum(values & -values, 1)


def _sums(sets: Ints, largest: int) -> Iterator[Ints]:
    """Yield odd sums and differences of two members of each set, one shifted: (sets,) each."""
    members = range(sets.shape[1])
    for a, b, place in product(members, members, range(1, largest.bit_length() + 1)):
        for sign in (1, -1):
            yield np.abs(sets[:, a] + sign * (sets[:, b] << place))


def _grown(sets: Ints, largest: int) -> Ints:
    """Join each set with each number that one adder makes of it."""
    grown = [np.column_stack([sets, more]) for more in _sums(sets, largest)]
    found = np.unique(np.concatenate(grown), axis=0)
    return found[(found[:, -1] <= largest) & (found[:, -1] > 1)]


def _makes(sets: Ints, targets: Ints) -> npt.NDArray[np.bool_]:
    """Tell of which sets one adder makes the odd target, (sets,)."""
    made = np.zeros(len(sets), bool)
    for a, sign in product(range(sets.shape[1]), (1, -1)):
        rest = _odd(np.abs(targets - sign * sets[:, a]))
        made |= (rest[:, None] == sets).any(1)
    return made


def _before(sets: Ints, target: int) -> Iterator[Ints]:
    """Yield numbers of which, with the set, one adder would make ``target``: (sets,) each."""
    for a, sign in product(range(sets.shape[1]), (1, -1)):
        yield _odd(np.abs(target - sign * sets[:, a]))
        for place in range(1, target.bit_length() + 1):
            yield np.abs(target - sign * (sets[:, a] << place))
    for place, sign in product(range(1, target.bit_length() + 1), (1, -1)):
        factor = (1 << place) + sign
        if target % factor == 0:
            yield np.full(len(sets), target // factor)


def _numbers(target: int) -> list[list[int]]:
    """List, of as few as possible up to four, chains of numbers that end in ``target``."""
    largest = 2 * target
    sets = np.ones((1, 1), np.int64)
    for _ in range(3):
        made = _makes(sets, np.full(len(sets), target))
        if made.any():
            return [[*row[1:], target] for row in sets[made].tolist()]
        if sets.shape[1] < 3:
            sets = _grown(sets, largest)
    found = []
    for between in _before(sets, target):
        made = _makes(sets, between) & (between > 1)
        rows = np.column_stack([sets, between])[made]
        found += [[*row[1:], target] for row in rows.tolist()]
    return found


def _chain(numbers: list[int]) -> tuple[int, tuple[Adder, ...]]:
    """Turn a chain of numbers into adders, and tell their depth."""
    made, depths, adders = [1], [0], []
    for number in numbers:
        choices = []
        for (a, low), (b, high) in product(enumerate(made), repeat=2):
            for sign, other in product((1, -1), repeat=2):
                rest = other * (number - sign * low)
                if rest > 0 and rest % high == 0 and not (rest // high) & (rest // high - 1):
                    shift = (rest // high).bit_length() - 1
                    adder = Adder(Operand(a, 0, sign < 0), Operand(b, shift, other < 0))
                    choices.append((max(depths[a], depths[b]), shift, adder))
        depth, _, adder = min(choices, key=lambda choice: choice[:2])
        made.append(number)
        depths.append(depth + 1)
        adders.append(adder)
    return depths[-1], tuple(adders)


def multiple(number: int) -> list[AdderGraph]:
    """Find graphs of one input and one output, ``number`` times as large.

    Of up to four adders the fewest (in the sense of Dempster and Macleod, IEE Proc. CDS 141(5),
    1994, without right shifts); beyond, one for each signed digit but the first. Of as many
    adders, the graphs least deep, up to ``MOST`` of them.

    Parameters
    ----------
    number
        Odd, 1 or more.
    """
    if number == 1:
        return [AdderGraph(1, (), (Operand(0),))]
    found = dict.fromkeys(map(_chain, _numbers(number)))
    shallow = [adders for _, adders in sorted(found, key=lambda chain: chain[0])[:MOST]]
    return [
        AdderGraph(1, adders, (Operand(len(adders)),)) for adders in shallow or [_digit_sum(number)]
    ]


def _digit_sum(number: int) -> tuple[Adder, ...]:
    """Add the signed digits, the highest first, so that each sum waits for the next digit."""
    digits = signed_digits(np.array([number]))[0]
    places = np.flatnonzero(digits).tolist()
    adders: list[Adder] = []
    for place, above in zip(places[-2::-1], places[:0:-1]):
        adders.append(
            Adder(Operand(0, 0, bool(digits[place] < 0)), Operand(len(adders), above - place))
        )
    return tuple(adders)
