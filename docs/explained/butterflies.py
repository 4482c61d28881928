"""Draws butterflies.svg: a step of eight units, number by number."""

from canvas import Canvas, signed
from example import INPUT, SIGNS, UNITS, WEIGHTS, finish, stages

LEFT, TOP, ROW, GAP, BOX = 74, 84, 44, 118, 44


def draw() -> Canvas:
    """Draw the three stages, and what follows them."""
    found = stages()
    total, rounded, states = finish(found[-1])
    columns = len(found) + 3
    width = LEFT + (columns - 1) * GAP + BOX + 60
    picture = Canvas(width, TOP + UNITS * ROW + 16, "A step of eight units, number by number")
    heads = [
        "states",
        "neighbours",
        "2 apart",
        "4 apart",
        "sign, input",
        "divide by 2",
        "new states",
    ]
    for column, head in enumerate(heads):
        x = LEFT + column * GAP + BOX / 2
        picture.text(x, 30, head, "bold")
        if 0 < column < len(found):
            picture.text(x, 50, "add, subtract", "small")
    picture.text(LEFT + 4 * GAP + BOX / 2, 50, f"x = {INPUT}", "small")
    picture.text(LEFT + 5 * GAP + BOX / 2, 50, "and round", "small")
    picture.text(LEFT + 6 * GAP + BOX / 2, 50, "\N{MINUS SIGN}32 to 31", "small")
    for stage in range(1, len(found)):
        _wires(picture, stage)
    for column, values in enumerate([*found, total, rounded, states]):
        for unit, value in enumerate(values):
            x, y = LEFT + column * GAP, TOP + unit * ROW
            cut = column == columns - 1 and rounded[unit] != value
            fill = "one" if column in (0, columns - 1) else "sunk"
            picture.box(x, y, BOX, 30, "four" if cut else fill)
            picture.text(x + BOX / 2, y + 20, signed(value), "on" if cut or fill == "one" else "")
            if column == 0:
                picture.text(x - 16, y + 20, f"unit {unit}", "dim", "end")
            if column >= len(found):
                picture.line((x - GAP + BOX + 4, y + 15), (x - 4, y + 15), width=1)
            if column == len(found):
                sign, term = signed(int(SIGNS[unit]))[:-1] or "+", int(WEIGHTS[unit]) * INPUT
                said = f"{sign}, {'+' * (term >= 0)}{signed(term)}"
                picture.text(x - (GAP - BOX) / 2, y + 10, said, "small")
    return picture


def _wires(picture: Canvas, stage: int) -> None:
    """Join the two numbers that every butterfly takes with the two that it makes."""
    far = 1 << stage - 1
    begin, end = LEFT + (stage - 1) * GAP + BOX + 4, LEFT + stage * GAP - 4
    for unit in range(UNITS):
        other = unit ^ far
        for source in (unit, other):
            minus = unit & far and source == unit
            picture.line(
                (begin, TOP + source * ROW + 15), (end, TOP + unit * ROW + 15),
                colour="two" if minus else "line", width=1.5, dash="5 3" if minus else "",
            )  # fmt: skip


if __name__ == "__main__":
    draw().save(__file__)
