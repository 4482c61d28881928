"""Arrays of several lengths, side by side."""

from collections.abc import Sequence

import numpy as np

from qrnn_hw.export.check import Integers


def padded(parts: Sequence[Integers], fill: int) -> Integers:
    """Return (n, T, ...) from one or more parts (its length, ...), ``fill`` behind the shorter."""
    whole = np.full((len(parts), max(map(len, parts)), *parts[0].shape[1:]), fill)
    for row, part in zip(whole, parts):
        row[: len(part)] = part
    return whole
