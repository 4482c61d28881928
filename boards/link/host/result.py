"""What a board computed for a sequence, and what it should have."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.golden import Run
from qrnn_hw.export.integer import IntegerModel


@dataclass(frozen=True)
class Result:
    """What a board computes for a sequence: a readout, or one for every step.

    Parameters
    ----------
    classes
        For each readout the index of the largest logit, as the board found it; of a logit alone,
        whether it is above zero.
    logits
        For each readout the logits, as integers.
    """

    classes: tuple[int, ...]
    logits: tuple[tuple[int, ...], ...]

    @property
    def class_index(self) -> int:
        """Class of the last readout."""
        return self.classes[-1]

    @classmethod
    def of(cls, run: Run, index: int, length: int) -> "Result":
        """Return what a board must answer to sequence ``index``, of ``length`` steps, of a run."""
        ends = length if run.classes.ndim == 2 else 1
        classes = np.atleast_1d(run.classes[index])[:ends]
        logits = np.atleast_2d(run.logits[index])[:ends]
        return cls(tuple(classes.tolist()), tuple(map(tuple, logits.tolist())))

    @classmethod
    def expected(cls, model: IntegerModel, steps: Integers) -> "Result":
        """Return what a board must answer to a sequence, (T, channels), by the golden run."""
        return cls.of(golden.run(model, steps[None]), 0, len(steps))

    def difference(self, given: "Result") -> str | None:
        """Say where another result differs first from this one; None if it does nowhere.

        Examples
        --------
        >>> golden = Result((1, 1), ((0, 3), (1, 4)))
        >>> golden.difference(Result((1, 1), ((0, 3), (1, 6))))
        'logit 1 of readout 2 must be 4, not 6'
        """
        counts = {len(given.classes), len(given.logits)} - {len(self.classes)}
        if counts:
            return f"there must be {len(self.classes)} readouts, not {counts.pop()}"
        for number, (wanted, found) in enumerate(zip(self.logits, given.logits), 1):
            if len(found) != len(wanted):
                return f"readout {number} must have {len(wanted)} logits, not {len(found)}"
            for index, (correct, logit) in enumerate(zip(wanted, found)):
                if correct != logit:
                    return f"logit {index} of readout {number} must be {correct}, not {logit}"
        for number, (correct, told) in enumerate(zip(self.classes, given.classes), 1):
            if correct != told:
                return f"the class of readout {number} must be {correct}, not {told}"
        return None
