"""The course of the learning rate over a run."""

import math
from typing import Literal

WARM_UP = 0.05
Schedule = Literal["cosine", "linear"]


def rate(step: int, steps: int, schedule: Schedule = "cosine") -> float:
    """Compute the learning rate of a step, relative to its peak.

    Rises linearly for a twentieth of the run, then falls to zero.

    Parameters
    ----------
    step
        0..steps-1.
    steps
        Steps of the run.
    schedule
        How it falls: along half a cosine, or a line.
    """
    warm = max(round(WARM_UP * steps), 1)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / (steps - warm)
    return 1 - done if schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
