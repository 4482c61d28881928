"""Draws bitplanes.svg: numbers that lie in a memory as planes of bits."""

from canvas import Canvas, signed
from example import BITS, STATES, UNITS

CELL, LEFT, TOP = 46, 150, 92


def draw() -> Canvas:
    """Draw eight states, bit under bit."""
    picture = Canvas(
        LEFT + UNITS * CELL + 250, TOP + BITS * CELL + 30, "Eight states as bit-planes"
    )
    picture.text(LEFT - 14, TOP - 46, "unit", "dim", "end")
    picture.text(LEFT - 14, TOP - 20, "state", "dim", "end")
    for unit, state in enumerate(STATES.tolist()):
        x = LEFT + unit * CELL + CELL / 2
        picture.text(x, TOP - 46, unit, "dim")
        picture.text(x, TOP - 20, signed(state), "bold")
    for row in range(BITS):
        bit, y = BITS - 1 - row, TOP + row * CELL
        lit = bit == 2
        name = "sign" if row == 0 else f"plane {bit}"
        picture.text(LEFT - 14, y + CELL / 2 + 5, name, "bold" if lit else "dim", "end")
        for unit, state in enumerate(STATES.tolist()):
            one = state >> bit & 1
            x = LEFT + unit * CELL
            fill = ("one" if one else "sunk") if not lit else ("two" if one else "sunk")
            picture.box(x + 2, y + 2, CELL - 4, CELL - 4, fill)
            picture.text(x + CELL / 2, y + CELL / 2 + 5, one, "on" if one else "dim")
        weight = -(1 << bit) if row == 0 else 1 << bit
        x = LEFT + UNITS * CELL + 16
        picture.text(x, y + CELL / 2 + 5, f"counts {signed(weight)}", "dim", "start")
    y = TOP + (BITS - 1 - 2) * CELL
    picture.line((LEFT - 2, y), (LEFT + UNITS * CELL + 2, y), (LEFT + UNITS * CELL + 2, y + CELL),
                 (LEFT - 2, y + CELL), (LEFT - 2, y), colour="two", width=2.5)  # fmt: skip
    x = LEFT + UNITS * CELL + 104
    picture.text(x, y + CELL / 2 - 3, "one address of the", "", "start", "two")
    picture.text(x, y + CELL / 2 + 15, "memory, one cycle", "", "start", "two")
    return picture


if __name__ == "__main__":
    draw().save(__file__)
