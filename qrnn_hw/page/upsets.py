"""One flipped bit: how often it changes an answer, and for how long, as `verify --upsets` found."""

from typing import Any

from markupsafe import Markup

from qrnn_hw.page.subject import Subject
from qrnn_hw.page.words import count, percent
from qrnn_hw.sim.upsets.bits import KINDS
from qrnn_hw.upset_picture import draw

#: What a kind of flipped bits is called, of many.
CALLED = {"state": "states", "pool": "pools", "weight": "weights"}


def section(subject: Subject) -> dict[str, Any] | None:
    """Lay out what flipped bits did; None where nobody measured."""
    found = subject.upsets
    if found is None:
        return None
    there = [kind for kind in KINDS if kind in found]
    return {
        "told": [_told(kind, found[kind], number=subject.number) for kind in there],
        "number": subject.number,
        "rows": [_row(CALLED[kind], found[kind]) for kind in there],
        "parts": [
            {
                "heading": CALLED[kind],
                "rows": [_row(*each) for each in found[kind]["parts"].items()],
            }
            for kind in there
        ],
        "picture": Markup(draw(found, style=False)),  # numbers and words of ours alone
        "sequences": found["sequences"],
        "seed": found["seed"],
    }  # fmt: skip


def _told(kind: str, found: dict[str, Any], *, number: bool) -> str:
    """Say in a sentence or two what flipped bits of a kind did; a number has no class."""
    said = (
        f"Of {count(found['upsets'])} flipped bits of {CALLED[kind]}, "
        f"{percent(found['logits_changed'])} change a logit of any answer"
    )
    last = f", and {percent(found['last_class_changed'])} the class of the last one."
    said += "." if number else last
    if kind == "weight":
        return f"{said} A weight stays wrong until it is loaded again."
    return f"{said} {_lasting(found['steps_to_a_half'], found['steps_to_a_tenth'])}"


def _lasting(half: int | None, tenth: int | None) -> str:
    if half is None:
        return "The difference never falls to a half of what it was: the network keeps it."
    if tenth is None:
        return f"The difference is a half after {_steps(half)}, and never falls to a tenth."
    return f"The difference is a half after {_steps(half)}, and a tenth after {_steps(tenth)}."


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{count(number)} steps"


def _row(name: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "upsets": found["upsets"], "logits": found["logits_changed"],
        "last": found["last_class_changed"],
    }  # fmt: skip
