"""The numbers: how many bits are enough, and how the states fill the range of theirs."""

from typing import Any

import numpy as np

from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.export.saturation import BOUND
from qrnn_hw.page.course import Course
from qrnn_hw.page.model import nothing
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.variants import Variant, recommended, room_of, variants
from qrnn_hw.page.words import count, percent

BINS = 64
ENDS = np.array([0.0005, 0.9995])  # shares of the states below those that are named
#: The part of cycles or cells from which less of them is worth a word.
GAIN = 0.03
#: Sequences that tell integers apart, about.
ENOUGH = 200


def section(subject: Subject) -> dict[str, Any] | str:
    """Lay out variants of the integers side by side, and the states in their range."""
    course = subject.course
    if course is None:
        return nothing(subject)
    found = variants(subject, course)
    validated = int(subject.card.get("states", {}).get("validation_sequences", 0))
    room = room_of(subject)
    labelled = course.sequences.y is not None and bool((course.sequences.y >= 0).any())
    return {
        "variants": found,
        "advice": advice(found, len(course.sequences), validated),
        "labelled": labelled,
        "number": subject.number,
        "validated": validated if any(one.validation is not None for one in found) else 0,
        "where": room.board.device if isinstance(room.board, Bare) else room.board.name,
        "states": states(subject, course),
        "count": len(course.sequences),
        "bound": BOUND,
    }


def advice(found: list[Variant], sequences: int, validated: int) -> list[str]:
    """Say in a few sentences which integers to take."""
    own = next((one for one in found if one.own), None)
    if own is None:
        return ["The model's file has its integers alone: others are made from the model.pt."]
    best = recommended(found, validated)
    told = [_choice(own, best)]
    if sequences < ENOUGH and not validated:
        told.append(
            f"{count(sequences)} sequences tell little apart: `qrnn-hw report MODEL --data FILE` "
            "takes more."
        )
    return told


def _choice(own: Variant, best: Variant | None) -> str:
    if best is None:
        return "No width here does what the widest does: keep the widest that fits."
    if best is own:
        return (
            f"Keep {own.name}: the narrowest here that lose nothing that chance does not explain."
        )
    saved = []
    for name, mine, its in (("cycles a step", own.cycles, best.cycles),
                            ("cells", own.cells, best.cells)):  # fmt: skip
        if mine and its and its < (1 - GAIN) * mine:
            saved.append(f"{percent((mine - its) / mine, 0)} fewer {name}")
    halves = "" if best.transform == own.transform else f" --transform {best.transform}"
    command = f"`qrnn-hw build MODEL --state-bits {best.bits}{halves}`"
    if best.bits > own.bits:
        return f"Take {best.name}: {own.name} lose answers. {command}"
    gain = f", and take {' and '.join(saved)} by estimate" if saved else ""
    if not saved:
        return f"Keep {own.name}. {best.name} would do as well, and save nothing here."
    return f"Consider {best.name}: they lose nothing that chance does not explain{gain}. {command}"


def states(subject: Subject, course: Course) -> dict[str, Any]:
    """Lay out how often the states are where in the range of their type."""
    top = 1 << subject.model.state_bits - 1
    often = np.zeros(2 * top, np.int64)
    for each, length in zip(course.run.states, course.sequences.lengths):
        often += np.bincount(each[:length].ravel() + top, minlength=2 * top)
    total = int(often.sum())
    counts = often.reshape(min(BINS, 2 * top), -1).sum(1)
    low, high = (np.searchsorted(often.cumsum(), ENDS * total) - top).tolist()
    return {
        "bars": (counts / counts.max()).round(4).tolist(),
        "low": -top, "high": top - 1, "inner": (low, high),
        "reach": max(-low / top, high / (top - 1)),
        "count": total, "saturated": course.run.saturated, "wrapped": course.run.wrapped,
        "share": course.run.saturated / total,
    }  # fmt: skip
