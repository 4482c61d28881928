"""Draws folding.svg: eight units on two lanes, four words that pass one after the other."""

from canvas import Canvas, signed
from example import UNITS, stages

LANES, DISTANCES = 2, (2, 1)
WORDS = UNITS // LANES
CELL, ROW, LEFT, TOP = 88, 62, 190, 76
Word = tuple[int, ...]


def delayed(words: list[Word | None], distance: int) -> tuple[list[Word | None], list[Word | None]]:
    """Pass words through a stage; return what waits in its memory, and what leaves it, by time.

    The first words wait. When the others come, the sums leave and the differences take their place.
    """
    memory: list[Word | None] = [None] * distance
    waits: list[Word | None] = []
    leaves: list[Word | None] = []
    count = 0
    for word in [*words, *[None] * distance]:
        old = memory[0]
        kept, out = word, old
        if word is not None:
            if count // distance % 2 and old is not None:
                out = tuple(a + b for a, b in zip(old, word))
                kept = tuple(a - b for a, b in zip(old, word))
            count += 1
        memory = [*memory[1:], kept]
        waits.append(kept)
        leaves.append(out)
    return waits, leaves


def draw() -> Canvas:
    """Draw the words as they pass, a row for every place and a column for every word of time."""
    values, final = stages()[1], stages()[-1]  # lanes are neighbours: they have met before
    stream: list[Word | None] = [
        tuple(values[LANES * word + lane] for lane in range(LANES)) for word in range(WORDS)
    ]
    rows: list[tuple[str, str, list[Word | None], str]] = [("words come", "", stream, "one")]
    for distance in DISTANCES:
        near = "next to each other" if distance == 1 else f"{distance} words apart"
        waits, stream = delayed(stream, distance)
        rows += [("waits", "in block RAM", waits, "sunk"), ("leaves", near, stream, "three")]
    assert [each for each in stream if each] == [
        tuple(final[LANES * word + lane] for lane in range(LANES)) for word in range(WORDS)
    ], "words must leave as the butterflies make them"
    columns = len(stream)
    picture = Canvas(LEFT + columns * CELL + 20, TOP + len(rows) * ROW + 12,
                     "Eight units in four words of two lanes")  # fmt: skip
    picture.text(LEFT - 16, 34, "time, in words", "dim", "end")
    for column in range(columns):
        picture.text(LEFT + column * CELL + CELL / 2, 34, column, "dim")
    for row, (name, more, words, fill) in enumerate(rows):
        y = TOP + row * ROW
        picture.text(LEFT - 16, y + 18, name, "bold", "end")
        picture.text(LEFT - 16, y + 35, more, "small", "end")
        for column, word in enumerate(words):
            if word is not None:
                x = LEFT + column * CELL
                picture.box(x + 3, y, CELL - 6, ROW - 20, fill)
                said = ", ".join(map(signed, word))
                kind = "" if fill == "sunk" else "on"
                picture.text(x + CELL / 2, y + 26, said, kind)
    return picture


if __name__ == "__main__":
    draw().save(__file__)
