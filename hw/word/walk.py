"""Where the words of a pass are: numbers with their bits turned round."""

from amaranth import Array, Cat, Signal, Value

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
