"""What a core takes of a device, before anything is synthesised."""

from dataclasses import dataclass, fields

NAMES = {"cells": "logic cells", "rams": "block RAMs", "dsps": "DSPs", "sprams": "large RAMs"}


@dataclass(frozen=True)
class Cost:
    """Parts of a device that a design takes, or has for it.

    Parameters
    ----------
    cells
        Logic cells: a look-up table with a flip-flop.
    rams
        Block RAMs of 4 kbit.
    dsps
        Multipliers of 16 x 16 bits.
    sprams
        RAMs of 256 kbit.
    """

    cells: int
    rams: int
    dsps: int = 0
    sprams: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(a + b for a, b in zip(vars(self).values(), vars(other).values())))

    def excess(self, room: "Cost") -> str:
        """Say what there is not enough of in ``room``, or nothing."""
        for item in fields(self):
            need, have = getattr(self, item.name), getattr(room, item.name)
            if need > have:
                return f"{need} {NAMES[item.name]} of {have}"
        return ""
