"""The course of the learning rate over a run."""

import math

WARM_UP = 0.05


def rate(step: int, steps: int) -> float:
    """Compute the learning rate of a step, relative to its peak.

    Rises linearly for a twentieth of the run, then falls to zero along half a cosine.

    Parameters
    ----------
    step
        0..steps-1.
    steps
        Steps of the run.
    """
    warm = max(round(WARM_UP * steps), 1)
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2
