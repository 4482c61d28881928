"""The model: what it answers, where it is wrong, and how that compares with simpler ways."""

from typing import Any

from qrnn_hw.page.accuracy import FROM_FILE, PARTS, accuracy, judged, tallied, ways
from qrnn_hw.page.final_states import final_states
from qrnn_hw.page.gallery import agreement, gallery
from qrnn_hw.page.regression import regression
from qrnn_hw.page.subject import Subject

TABLE = 24  # classes that a confusion table has room for
WORST, PAIRS = 16, 14  # classes and confusions of more that are listed


def nothing(subject: Subject) -> str:
    """Say why there are no sequences to show, and what to do about it."""
    if not len(subject.sequences):
        what, name = ("The build", "BUILD --model model.pt") if subject.build else (
            "The model's file", "model.pt"
        )  # fmt: skip
        own = " The page that `build` left in the folder has them, too." if subject.build else ""
        return (
            f"{what} holds no sequences, so there is nothing to show it. `qrnn-hw report {name}` "
            f"shows those of the trained model, and `--data FILE` any others.{own}"
        )
    return "Its sequences are too long to be shown: give shorter ones with `--data FILE`."


def section(subject: Subject) -> dict[str, Any] | str:
    """Lay out the answers to the sequences at hand."""
    course = subject.course
    if course is None:
        return nothing(subject)
    found = gallery(subject, course)
    shown = {item["n"]: place for place, item in enumerate(found["items"])}
    counted = tallied(subject)
    return {
        "data": found,
        "count": len(subject.sequences),
        "source": subject.source,
        "labels": subject.model.labels,
        "number": subject.number,
        "every": subject.model.readout.every,
        "confusion": counted and _confusion(subject, counted, found["items"]),
        "regression": regression(subject, course, shown),
        "map": final_states(subject, course, shown),
        "classes": _classes(subject),
        "ways": _ways(subject),
        "agreement": agreement(subject, course),
        "has_floats": course.floats is not None,
        "image": found["signal"]["kind"] == "image",
    }


def _confusion(
    subject: Subject, counted: dict[str, Any], items: list[dict[str, Any]]
) -> dict[str, Any]:
    """Lay out how often each class is answered for each, and which cells have a sequence to see."""
    labels, table = subject.model.labels, counted["confusion"]
    seen = {(right, answer) for item in items for _, right, answer, _ in item["asked"]}
    if table is not None and len(labels) <= TABLE:
        rows = [
            {"label": labels[right], "cells": _cells(right, row, seen)}
            for right, row in enumerate(table)
        ]
        return {"rows": rows, "long": any(len(label) > 3 for label in labels), "pairs": None}
    listed = [
        {"right": right, "answer": answer, "count": _often(subject, right, answer)}
        for right, answer in sorted(seen)
        if right != answer and right >= 0
    ]
    listed.sort(key=lambda one: -one["count"])
    return {"rows": None, "pairs": listed[:PAIRS], "right": counted["right"],
            "count": counted["count"]}  # fmt: skip


def _cells(right: int, row: list[int], seen: set[tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {"count": often, "share": often / max(1, sum(row)), "seen": (right, answer) in seen}
        for answer, often in enumerate(row)
    ]


def _often(subject: Subject, right: int, answer: int) -> int:
    y = subject.sequences.y
    assert y is not None  # there was a tally
    return int(((y == right) & (subject.run.classes == answer)).sum())


def _classes(subject: Subject) -> dict[str, Any] | None:
    """Lay out the recall of every class; of many those with the least."""
    whole = judged(subject)
    counted = whole or tallied(subject)
    if counted is None:
        return None
    labels = subject.model.labels
    rows = [
        {"label": label, "count": count, "answered": answered, "recall": recall, "interval": ends}
        for label, count, answered, recall, ends in zip(
            labels, counted["counts"], counted["answered"], counted["recall"],
            counted["recall_interval"],
        )
    ]  # fmt: skip
    if len(rows) > WORST:
        there = [row for row in rows if row["recall"] is not None]
        rows = sorted(there, key=lambda row: row["recall"])[:WORST]
    part = PARTS[whole["split"]] if whole else ""
    said = f"{counted['count']:,} {part} answers, in training" if whole else (
        f"{counted['count']:,} answers to the sequences of {subject.source}"
    )  # fmt: skip
    return {"rows": rows, "basis": said, "left": len(labels) - len(rows)}


def _ways(subject: Subject) -> dict[str, Any] | None:
    """Set the network beside simpler ways, and the network in real numbers."""
    found, whole = accuracy(subject), judged(subject)
    if found is None:
        return None
    rows = [("these integers", found.share, found.interval, True)]
    tested = subject.card.get("test_accuracy")
    trained = subject.source == FROM_FILE and found.basis.endswith("in training")
    if trained and tested is not None:
        rows.append(("the network in real numbers", tested, None, False))
    for name, one in ways(subject).items():
        rows.append((name, one["accuracy"], one.get("interval"), False))
    counted = whole or tallied(subject)
    if counted is not None:
        label = subject.model.labels[counted["majority"]["class"]]
        rows.append((f"“{label}” always", counted["majority"]["accuracy"], None, False))
    return {"rows": rows, "basis": found.basis}
