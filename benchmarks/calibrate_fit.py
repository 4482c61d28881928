"""Least squares for the planner: what components take on a family, and how long its paths are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

NOISE = 0.04  # relative error of a design whose components are known
Row = Mapping[str, float]


def fit(
    rows: Sequence[Row], wanted: Sequence[float], prior: Mapping[str, float], loose: float = 0.25
) -> dict[str, float]:
    """Fit coefficients to rows whose weighted sums should be ``wanted``, by relative error.

    Parameters
    ----------
    prior
        What a coefficient is where the rows tell nothing; that of "" for all others.
    loose
        How far a coefficient is off its prior, usually.
    """
    names = sorted({name for row in rows for name in row})
    start = np.array([prior.get(name, prior.get("", 0.0)) for name in names])
    scale = np.array(wanted, float)
    x = np.array([[row.get(name, 0.0) for name in names] for row in rows]) / scale[:, None]
    left = np.vstack([x, NOISE / loose * np.eye(len(names))])
    right = np.concatenate([1 - x @ start, np.zeros(len(names))])
    change, *_ = np.linalg.lstsq(left, right, rcond=None)
    return dict(prior) | dict(zip(names, (start + change).tolist()))


def estimate(row: Row, coefficients: Mapping[str, float]) -> float:
    """Return the weighted sum of a row."""
    return sum(value * coefficients.get(name, coefficients[""]) for name, value in row.items())


def errors(
    rows: Iterable[Row], wanted: Sequence[float], coefficients: Mapping[str, float]
) -> np.ndarray[Any, Any]:
    """Return the relative errors of estimates."""
    return np.array([estimate(row, coefficients) for row in rows]) / np.array(wanted) - 1
