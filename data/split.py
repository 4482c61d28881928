"""Splits of a data set."""

import numpy as np
import numpy.typing as npt

# One split for all seeds of a task, so that runs with different seeds compare on the same test set.
SPLIT_SEED = 5544


def stratified(
    labels: npt.NDArray[np.integer], *fractions: float
) -> tuple[npt.NDArray[np.int64], ...]:
    """Split indices at random, each class by the same fractions.

    Parameters
    ----------
    labels
        (n,): class of each sequence.
    fractions
        Share of each part but the first, which takes the rest. Every part but the first gets at
        least one of each class of two or more.

    Returns
    -------
    tuple of ndarray
        Indices of each part, the rest first, in random order: the first sequences of a part
        stand for all of it, even if the file is sorted by class.
    """
    generator = np.random.default_rng(SPLIT_SEED)
    parts: list[list[npt.NDArray[np.int64]]] = [[] for _ in range(1 + len(fractions))]
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        for part, fraction in zip(parts[1:], fractions):
            count = max(round(fraction * np.count_nonzero(labels == label)), 1)
            count = min(count, len(members) - 1)
            part.append(members[:count])
            members = members[count:]
        parts[0].append(members)
    return tuple(generator.permutation(np.concatenate(part)) for part in parts)


def by_group(groups: npt.NDArray[np.integer], *shares: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Split indices so that no group, a person for example, is in two parts.

    Parameters
    ----------
    groups
        (n,): group of each sequence.
    shares
        Groups in each part but the first: the last part takes the highest numbers, the part
        before it the next, and the first part the rest.

    Returns
    -------
    tuple of ndarray
        Indices of each part, the rest first, in random order.
    """
    generator = np.random.default_rng(SPLIT_SEED)
    names = np.unique(groups)
    bounds = np.cumsum([len(names) - sum(shares), *shares])[:-1]
    return tuple(
        generator.permutation(np.flatnonzero(np.isin(groups, part)))
        for part in np.split(names, bounds)
    )
