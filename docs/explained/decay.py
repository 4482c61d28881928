"""Draws decay.svg: what is left of a state after so many steps."""

from canvas import Canvas, signed

BEGIN, STEPS = 1600, 64
SHARES = {0: "keeps all", 5: "loses 1/32 a step", 3: "loses 1/8 a step"}
COLOURS = ("dim", "one", "two")
LEFT, TOP, WIDE, HIGH = 76, 40, 520, 240


def kept(shift: int) -> list[int]:
    """Return a state after every step, as the hardware keeps it: less its share, rounded down."""
    values = [BEGIN]
    for _ in range(STEPS):
        last = values[-1]
        values.append(last - (last >> shift) if shift else last)
    return values


def draw() -> Canvas:
    """Draw a line for every share."""
    picture = Canvas(LEFT + WIDE + 210, TOP + HIGH + 62, "What is left of a state, step by step")
    for value in range(0, BEGIN + 1, 400):
        y = TOP + HIGH * (1 - value / BEGIN)
        picture.line((LEFT, y), (LEFT + WIDE, y), width=1)
        picture.text(LEFT - 10, y + 5, signed(value), "dim", "end")
    for step in range(0, STEPS + 1, 8):
        picture.text(LEFT + WIDE * step / STEPS, TOP + HIGH + 22, step, "dim")
    picture.text(LEFT + WIDE / 2, TOP + HIGH + 46, "steps", "dim")
    for (shift, name), colour in zip(SHARES.items(), COLOURS):
        values = kept(shift)
        points = [
            (LEFT + WIDE * step / STEPS, TOP + HIGH * (1 - value / BEGIN))
            for step, value in enumerate(values)
        ]
        picture.line(*points, colour=colour, width=2.5)
        x, y = points[-1]
        picture.text(x + 10, y + 5, f"{name}: {signed(values[-1])} left", "", "start", colour)
    return picture


if __name__ == "__main__":
    draw().save(__file__)
