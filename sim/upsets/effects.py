"""What upsets did to the answers, and how long what they changed lasted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.sim.upsets.bits import Upsets

FEWEST = 20  # upsets of which a share is told
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """What upsets of one bit, or of one table of weights, did.

    Parameters
    ----------
    upsets
        How many.
    logits_changed, last_class_changed
        The shares that had other logits in any answer, and another class in the last one.
    """

    upsets: int
    logits_changed: float
    last_class_changed: float


@dataclass(frozen=True, eq=False)
class Effects:
    """What upsets of a kind did.

    Parameters
    ----------
    upsets
        The upsets.
    logits
        (n,): whether any answer had other logits.
    classes
        (n,): how many answers were another class.
    last
        (n,): whether the last answer of the sequence was.
    gone
        (n,): steps, the upset's own among them, until states, pools and weights were as if nothing
        had happened; 0 where they were not until the end of the sequence.
    sizes
        (longest,): the mean over upsets of the sum of the squares of all units' differences, 0, 1,
        ... steps after the upset: of a pool's units for upsets of pools, else of states. NaN where
        fewer than ``FEWEST`` sequences went on for so long.
    names
        Of the tables of weights.
    """

    upsets: Upsets
    logits: Booleans
    classes: Integers
    last: Booleans
    gone: Integers
    sizes: Reals
    names: tuple[str, ...]

    @property
    def curve(self) -> Reals:
        """The size of the difference, 0, 1, ... steps after the upset: the root of the sizes."""
        return np.sqrt(self.sizes[~np.isnan(self.sizes)])

    def until(self, share: float) -> int | None:
        """Return after how many steps the difference is but a share of what it was, for good."""
        above = np.flatnonzero(self.curve > share * self.curve[0])
        return int(above[-1]) + 1 if above[-1] + 1 < self.curve.size else None

    def groups(self) -> dict[str, Booleans]:
        """Group upsets by what they hit: a bit of a state or a pool, or a table of weights."""
        hit = self.upsets
        if hit.kind == "weight":
            return {name: hit.table == number for number, name in enumerate(self.names)}
        return {f"bit {bit}": hit.bit == bit for bit in np.unique(hit.bit).tolist()}

    @property
    def parts(self) -> dict[str, Part]:
        """What the upsets of each group did; of those that there are."""
        return {
            name: Part(int(hit.sum()), self._share(self.logits[hit]), self._share(self.last[hit]))
            for name, hit in self.groups().items()
            if hit.any()
        }

    @staticmethod
    def _share(which: Booleans) -> float:
        return round(float(which.mean()), 6)

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for programs."""
        told: dict[str, Any] = {
            "upsets": int(self.logits.size),
            "logits_changed": self._share(self.logits),
            "classes_changed": self._share(self.classes > 0),
            "last_class_changed": self._share(self.last),
            "answers_changed": round(float(self.classes.mean()), 6),
            "gone_at_the_end": self._share(self.gone > 0),
            "parts": {name: vars(part) for name, part in self.parts.items()},
        }
        if self.upsets.kind != "weight":
            told |= {
                "steps_to_a_half": self.until(1 / 2),
                "steps_to_a_tenth": self.until(1 / 10),
                "sizes": self.curve.round(3).tolist(),
            }
        return told
