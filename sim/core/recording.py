"""What a simulation left behind, as arrays."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]

OUTPUT = np.dtype(
    [("cycle", "<u4"), ("data", "<i8"), ("user", "<u4"), ("last", "<u4"), ("sequence", "<u4")]
)


def trace_record(bits: int) -> np.dtype[np.void]:
    """Lay out what the bench traces: an address, and a word of so many bits."""
    return np.dtype([("address", "<u4"), ("word", "u1", ((bits + 31) // 32 * 4,))])


@dataclass(frozen=True)
class Recording:
    """One run of the bench.

    Parameters
    ----------
    accepted
        Cycle of every transfer on the input.
    outputs
        Every transfer on the output, of type ``OUTPUT``.
    trace
        Every write of states, of type ``trace_record(bits)``.
    finished
        The run ended before its deadline.
    unstable
        Cycles in which an output that waited changed.
    busy
        The core was busy at the end.
    """

    accepted: npt.NDArray[np.uint32]
    outputs: Records
    trace: Records
    finished: bool
    unstable: int
    busy: bool

    @classmethod
    def read(cls, folder: Path, bits: int) -> "Recording":
        """Read the files that ``bench.v`` and ``bench_core.py`` wrote."""
        verdict: dict[str, Any] = json.loads((folder / "verdict.json").read_text())
        return cls(
            np.fromfile(folder / "accepted", "<u4"),
            np.fromfile(folder / "outputs", OUTPUT),
            np.fromfile(folder / "trace", trace_record(bits)),
            **verdict,
        )
