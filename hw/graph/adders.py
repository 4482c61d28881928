"""A network of adders: what each adds, and what comes out."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers


@dataclass(frozen=True)
class Operand:
    """A value with a sign and a power of two: ``-(node << shift)``, or without the minus.

    Parameters
    ----------
    node
        Index of an input, or the number of inputs plus the index of an adder.
    shift
        0 or more.
    negative
        Whether it is subtracted.
    """

    node: int
    shift: int = 0
    negative: bool = False


@dataclass(frozen=True)
class Adder:
    """The sum of two terms, the first one without a shift; or, alone, the opposite of a term.

    A serial adder that starts from a zero carry adds or subtracts, so at most one of two terms is
    negative.
    """

    first: Operand
    second: Operand | None = None

    @property
    def terms(self) -> tuple[Operand, ...]:
        """What is added."""
        return (self.first,) if self.second is None else (self.first, self.second)


@dataclass(frozen=True)
class AdderGraph:
    """Sums of inputs, made of adders.

    Parameters
    ----------
    inputs
        How many.
    adders
        Each adds inputs and adders before it.
    outputs
        What comes out, none negative; None for zero.
    """

    inputs: int
    adders: tuple[Adder, ...]
    outputs: tuple[Operand | None, ...]

    def evaluate(self, x: Integers) -> Integers:
        """Return the outputs for inputs x, (n, inputs), as (n, outputs)."""
        values: list[Integers] = list(x.T)

        def value(term: Operand) -> Integers:
            shifted = values[term.node] << term.shift
            return -shifted if term.negative else shifted

        for adder in self.adders:
            values.append(np.sum([value(term) for term in adder.terms], 0))
        zero = np.zeros(len(x), np.int64)
        return np.stack([zero if out is None else value(out) for out in self.outputs], 1)

    @property
    def reach(self) -> int:
        """Largest sum of the shifts between an input and an output: how late zeros can become."""
        reach = [0] * self.inputs
        for adder in self.adders:
            reach.append(max(reach[term.node] + term.shift for term in adder.terms))
        return max((reach[out.node] + out.shift for out in self.outputs if out), default=0)
