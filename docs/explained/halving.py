"""Draws halving.svg: how wide sums become, exact and halved."""

import numpy as np
from canvas import Canvas

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.halved import halvings

STATE_BITS, STAGES = 12, 9  # 512 units
LEFT, TOP, ROW, BIT, SIDE = 96, 78, 25, 12, 330


def widths() -> list[int]:
    """Return the bits of the largest sums after every stage, where they are exact."""
    largest = [1 << STATE_BITS - 1 + stage for stage in range(STAGES + 1)]
    return [signed_bits(each - 1) for each in largest]


def draw() -> Canvas:
    """Draw a bar for every stage, and which bits are dropped."""
    exact = widths()
    assert exact[-1] == STATE_BITS + STAGES
    word = STATE_BITS + 2  # of a core whose sums are halved
    dropped = np.cumsum([0, *(s % 2 == 0 and s <= 2 * halvings(1 << STAGES) for s in range(1, 10))])
    picture = Canvas(LEFT + 2 * SIDE + 20, TOP + 10 * ROW + 44, "Words of exact and of halved sums")
    for side, (name, said) in enumerate(
        (("exact", "a bit more after every stage"), ("halved", "a bit dropped after every second"))
    ):
        left = LEFT + side * SIDE
        picture.text(left, 28, f"{name} sums", "bold", "start")
        picture.text(left, 48, said, "dim", "start")
        for stage in range(STAGES + 1):
            y = TOP + stage * ROW
            if side == 0:
                name = "states" if stage == 0 else f"stage {stage}"
                picture.text(left - 12, y + 14, name, "dim", "end")
            bits = exact[stage] if side == 0 else min(word, exact[stage] - int(dropped[stage]))
            for bit in range(bits):
                grown = bit >= STATE_BITS
                picture.box(left + bit * BIT, y, BIT - 2, ROW - 7, "two" if grown else "one")
            picture.text(left + bits * BIT + 8, y + 14, bits, "small", "start")
            if side and stage and dropped[stage] > dropped[stage - 1]:
                picture.text(
                    left + bits * BIT + 30, y + 14, "one dropped", "small", "start", "four"
                )
    y = TOP + 10 * ROW + 26
    picture.text(LEFT, y, f"a word takes {exact[-1] + 1} cycles", "dim", "start")
    picture.text(LEFT + SIDE, y, f"a word takes {word} cycles", "dim", "start")
    return picture


if __name__ == "__main__":
    draw().save(__file__)
