"""The components of a design that is made up, for pages."""

from qrnn_hw.boards.tools.components import Block, Components
from qrnn_hw.boards.tools.critical import Leg

NONE = {"luts": 0, "ffs": 0, "brams": 0, "spram": 0, "dsps": 0}


def made(scale=1):
    """Make up a design that fills ``scale`` columns of tiles."""
    tiles = [[x, y, 4] for x in range(1, 1 + scale) for y in range(1, 31)]
    count = sum(n for *_, n in tiles)
    takes = {
        "": NONE | {"luts": 1},
        "core": NONE | {"luts": 2},
        "core.lanes": NONE | {"luts": count, "ffs": count},
        "core.states": NONE | {"brams": 2},
        "core.update": NONE | {"luts": 3 * len(tiles), "ffs": 3},
        "core.signs": NONE | {"luts": len(tiles)},
        "link.<b>": NONE | {"luts": 3},
    }
    threes, ones = ([[x, y, n] for x, y, _ in tiles] for n in (3, 1))
    at = {"": [[1, 31, 1]], "core": [[2, 31, 2]], "core.lanes": tiles, "core.update": threes,
          "core.signs": ones, "link.<b>": [[3, 31, 3]]}  # fmt: skip
    path = [
        Leg("core.lanes", "sum_1", 1.25, 0.0, 3, 4),
        Leg("", "", 0.5, 0.25, 3, 5),
        Leg("core.update", "<i>", 1.0, 2.0, 9, 9),
    ]
    blocks = [
        Block("brams", "core.states", 6, 7),
        Block("pin", "", 13, 0),
        Block("pll", "", 12, 31),
    ]
    return Components(takes, at, blocks, path)
