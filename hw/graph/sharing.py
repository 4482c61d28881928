"""Finding sums that several rows have in common."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.hw.graph.adders import Adder, Term

SAME, OPPOSITE = 0, 1


class Sharing:
    """Rows of signed digits, in which the most frequent pair is replaced again and again.

    A pair is two nodes at a distance in powers of two, with equal or with opposite signs. Each
    becomes an adder, and a node itself (greedy extraction of common subexpressions, as in
    Potkonjak et al., IEEE TCAD 15(2), 1996, and, for networks, Tridgell et al., FPL 2019).

    Every node has a depth, in adders; a shift by one makes up for ``cycle`` of them, because it
    delays the other operand. A row of nodes n can be summed within a depth D if the sum of
    ``2**(depth_n - cycle shift_n)`` is at most ``2**D`` (Golumbic 1976); pairs of unequal depth
    are replaced only as long as that holds.

    Parameters
    ----------
    digits
        (rows, inputs, places) of -1, 0, 1.
    rooms
        2**D for every row, less what is to be added later, (rows,).
    cycle
        Adders between registers.

    Attributes
    ----------
    adders
        What was shared.
    depths
        Of the inputs, all 0, and then of the adders.
    """

    def __init__(
        self,
        digits: npt.NDArray[np.int8],
        rooms: npt.NDArray[np.float64],
        cycle: int,
    ) -> None:
        self.rows, self.inputs, self.places = digits.shape
        self.cycle = cycle
        self.depths = [0] * self.inputs
        self.adders: list[Adder] = []
        self._digits = np.zeros((self.rows, 2 * self.inputs, self.places), np.float32)
        self._digits[:, : self.inputs] = digits
        weights = np.exp2(-cycle * np.arange(self.places))
        self._room = rooms - (np.abs(digits) * weights).sum((1, 2))
        # How often each pair occurs, times 64, less a penalty for the depth of its sum.
        self._score = np.zeros((2, self.places, 2 * self.inputs, 2 * self.inputs), np.int32)
        for node in range(self.inputs):
            self._count(node)
        while self._share():
            pass

    def row(self, row: int) -> list[Term]:
        """List what is left of a row."""
        nodes, places = np.nonzero(self._digits[row])
        signs = self._digits[row, nodes, places] < 0
        return [Term(*map(int, ends), bool(sign)) for *ends, sign in zip(nodes, places, signs)]

    def _count(self, node: int) -> None:
        """Count the pairs of a node anew."""
        count = len(self.depths)
        depths = np.minimum(np.maximum(self.depths, self.depths[node]), 63).astype(np.int32)
        for shift in range(self.places):
            low = self._digits[:, :count, : self.places - shift]
            high = self._digits[:, :count, shift:]
            for mine, others, axis in ((low, high, 0), (high, low, 1)):
                if not shift and axis:
                    continue
                column = mine[:, node].ravel()
                all_others = others.transpose(1, 0, 2).reshape(count, -1)
                signed = all_others @ column
                both = np.abs(all_others) @ np.abs(column)
                for sign, number in ((SAME, both + signed), (OPPOSITE, both - signed)):
                    number = (number / 2).astype(np.int32)
                    score = np.where(number > 1, 64 * number - depths, 0)
                    place = self._score[sign, shift]
                    if shift:
                        place[(node, slice(count)) if not axis else (slice(count), node)] = score
                    else:  # each pair once
                        place[node, node:count] = score[node:]
                        place[:node, node] = score[:node]
                        place[node, node] = 0

    def _share(self) -> bool:
        """Replace the best pair; False if none occurs twice."""
        count = len(self.depths)
        scores = self._score[:, :, :count, :count]
        best = np.unravel_index(int(scores.argmax()), scores.shape)
        if scores[best] <= 0:
            return False
        sign, shift, low, high = map(int, best)
        first = self._digits[:, low, : self.places - shift]
        second = self._digits[:, high, shift:]
        found = (first != 0) & (second == (-first if sign == OPPOSITE else first))
        if low == high:  # each digit in one pair only
            for place in range(shift, found.shape[1]):
                found[:, place] &= ~found[:, place - shift]
        depth = 1 + max(self.depths[low], self.depths[high] - self.cycle * shift)
        more = np.exp2(depth - self.cycle * np.arange(found.shape[1])) - (
            np.exp2(self.depths[low] - self.cycle * np.arange(found.shape[1]))
            + np.exp2(self.depths[high] - self.cycle * np.arange(shift, self.places))
        )
        needed = np.cumsum(found * more, 1)
        found &= (needed <= self._room[:, None]) | (more <= 0)
        if np.count_nonzero(found) < 2:
            self._score[best] = 0
            return True

        self._room -= (found * more).sum(1)
        self._grow()
        rows, places = np.nonzero(found)
        self._digits[rows, count, places] = self._digits[rows, low, places]
        self._digits[rows, low, places] = 0
        self._digits[rows, high, places + shift] = 0
        self.adders.append(Adder(Term(low), Term(high, shift, sign == OPPOSITE)))
        self.depths.append(depth)
        for node in {low, high, count}:
            self._count(node)
        return True

    def _grow(self) -> None:
        count = len(self.depths)
        if count < self._digits.shape[1]:
            return
        self._digits = np.pad(self._digits, ((0, 0), (0, count), (0, 0)))
        self._score = np.pad(self._score, ((0, 0), (0, 0), (0, count), (0, count)))
