"""The Pareto front: what nothing beats in both respects."""

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Find the points that no other one beats.

    One beats another if it costs no more and is no worse, and differs in one of the two; equal
    ones stand side by side.

    Parameters
    ----------
    points
        Cost and merit of each: the less and the more, the better. All finite.

    Returns
    -------
    list of int
        Which, by rising cost.
    """
    chosen: list[int] = []
    for index in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if (
            not chosen
            or points[index][1] > points[chosen[-1]][1]
            or (points[index] == points[chosen[-1]])
        ):
            chosen.append(index)
    return chosen
