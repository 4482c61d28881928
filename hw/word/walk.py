"""Which word is whose: numbers that count up, and where they lie, with their bits turned round."""

from collections.abc import Iterable

from amaranth import Array, Cat, Module, Mux, Signal, Value

from qrnn_hw.hw.word.sizes import WordSizes


def place(plan: WordSizes, number: Signal, turn: Signal) -> Value:
    """Return the address of word ``number`` of pass ``turn``.

    The butterflies combine words whose numbers differ in one of the lowest k bits; pass p is about
    the bits from p k on, so the bits of the number in its block are turned by that, round.
    """
    q, k = plan.block_bits, plan.stages
    low, high = number[:q], number[q:]
    turned = [low.rotate_left(k * p % q) for p in range(plan.passes)]
    return Cat(Array(turned)[turn], high)


def is_last(plan: WordSizes, numbers: "Numbering", biasing: Value, layering: Value) -> Value:
    """Tell whether a number is the last: of the biases in pools, of a layer's units, or of all."""
    last = numbers.last(plan.model.hidden)
    if plan.counts:
        last = Mux(biasing, numbers.last(plan.model.classes), last)
    if plan.units:
        last = Mux(layering, numbers.last(plan.units), last)
    return last


class Numbering:
    """A number that counts up to one of several ends, with a register for each that says so.

    Parameters
    ----------
    m
        Module that it is part of.
    number
        The register that counts.
    counts
        How many words, units or logits there may be.
    """

    def __init__(self, m: Module, number: Signal, counts: Iterable[int]) -> None:
        self.m = m
        self.number = number
        self._lasts = {
            count: Signal(name=f"{number.name}_is_last_of_{count}", init=count == 1)
            for count in counts
        }

    def last(self, count: int) -> Value:
        """Tell whether it is the last of so many."""
        return self._lasts[count]

    def advance(self) -> None:
        """Go to the next."""
        self.m.d.sync += self.number.eq(self.number + 1)
        self.m.d.sync += [last.eq(self.number == n - 2) for n, last in self._lasts.items()]

    def restart(self) -> None:
        """Go to the first."""
        self.m.d.sync += self.number.eq(0)
        self.m.d.sync += [last.eq(count == 1) for count, last in self._lasts.items()]
