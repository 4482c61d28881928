"""A map of what the readout reads in the end: its two main directions, coloured by class."""

from typing import Any

import numpy as np

from qrnn_hw.export.check import Reals
from qrnn_hw.page.course import Course
from qrnn_hw.page.gallery import marks, pairs, wrong
from qrnn_hw.page.subject import Subject

WIDTH, HEIGHT, MARGIN = 640, 460, 16
MOST = 600  # points
SHAPES = 5  # that the template draws; with ten colours every class up to ten has one of its own


def projected(z: Reals) -> tuple[Reals, Reals]:
    """Project points, (n, d), on their two main directions.

    Returns
    -------
    places
        (n, 2).
    shares
        (2,), of the variance that each direction has; 0 where there is none.
    """
    centred = z - z.mean(0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    # Either sign would do: the one with which the largest entry is positive.
    top = directions[:2]
    top = top * np.sign(top[np.arange(len(top)), np.abs(top).argmax(1)])[:, None]
    power = np.square(sizes)
    shares, places = np.zeros(2), np.zeros((len(z), 2))
    places[:, : len(top)] = centred @ top.T
    shares[: len(top)] = power[:2] / (power.sum() or 1.0)
    return places, shares


def final_states(subject: Subject, course: Course, shown: dict[int, int]) -> dict[str, Any] | None:
    """Lay out the map; None of fewer than three sequences.

    Parameters
    ----------
    shown
        For the numbers of sequences that can be looked at, their places in the gallery.
    """
    rows = marks(len(course.sequences), MOST)
    if len(rows) < 3:
        return None
    places, shares = projected(course.read[rows].astype(np.float64))
    low, high = places.min(0), places.max(0)
    inside = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = float((inside / np.maximum(high - low, 1e-9)).min())
    middle = np.array([WIDTH, HEIGHT]) / 2
    drawn = middle + (places - (low + high) / 2) * scale * np.array([1, -1])
    asked, ends = pairs(subject, course), course.last
    values = course.values[ends][:, 0]
    span = float(values.max() - values.min()) or 1.0
    mixed = np.rint(100 * (values - values.min()) / span).astype(int).tolist()
    points = []
    for row, (x, y) in zip(rows.tolist(), drawn):
        _, right, answer = asked[row][-1]
        kind = answer if right < 0 else right
        points.append({
            "x": f"{x:.1f}", "y": f"{y:.1f}", "kind": kind, "item": shown.get(row),
            "wrong": wrong(asked[row]) and not subject.number,
            "mix": mixed[row] if subject.number else None,
        })  # fmt: skip
    points.sort(key=lambda one: one["wrong"])  # these lie on top
    present = sorted({one["kind"] for one in points})
    return {
        "points": points, "width": WIDTH, "height": HEIGHT, "shares": shares.tolist(),
        "labels": [(kind, subject.model.labels[kind]) for kind in present if not subject.number],
        "shapes": SHAPES, "pooled": subject.model.readout.pool is not None,
        "low": float(values.min()), "high": float(values.max()), "number": subject.number,
        "wrong": sum(one["wrong"] for one in points),
    }  # fmt: skip
