"""Sequences to look at: each with its signal, and its logits over time, integers beside floats."""

import base64
from typing import Any

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.page.course import Course
from qrnn_hw.page.subject import Subject

#: Characters that all sequences take in the page, and how many there are at most.
BUDGET, MOST = 320_000, 240
#: Times of a sequence at which its logits are drawn, and logits; steps of a signal; its channels.
MARKS, LOGITS, POINTS, CHANNELS = 56, 10, 320, 24
PIXELS, RUNS, ASKED = 2048, 160, 40
FAR = 2  # root mean squares from which an error of a number is far off
LINES = 4  # channels above which they are rows of colours


def marks(length: int, most: int) -> Integers:
    """Choose at most so many steps, from 0, the first and the last among them.

    The script chooses the same ones.

    >>> marks(3, 5).tolist(), marks(10, 4).tolist()
    ([0, 1, 2], [0, 3, 6, 9])
    """
    if length <= most:
        return np.arange(length)
    return np.arange(most) * (length - 1) // (most - 1)


def packed(values: Reals, low: float, high: float) -> str:
    """Write numbers as bytes of their range, in base 64."""
    span = high - low or 1.0
    scaled = np.clip(np.rint(255 * (np.nan_to_num(values) - low) / span), 0, 255)
    return base64.b64encode(scaled.astype(np.uint8).tobytes()).decode()


def pairs(subject: Subject, course: Course) -> list[list[tuple[int, int, int]]]:
    """List for every sequence what is asked: step from 0, class that is right, class answered.

    -1 is right where nobody says what is; one entry without a step of a sequence that nothing is
    asked of.
    """
    rows, ends = course.last
    y, found = course.sequences.y, course.run.classes
    if not subject.model.readout.every:
        right = np.full(len(rows), -1) if y is None else y
        return [
            [(int(end), int(one), int(found[row, end]))] for row, end, one in zip(rows, ends, right)
        ]
    listed = []
    for row, end in zip(rows, ends):
        steps = np.arange(0) if y is None else np.flatnonzero(y[row] >= 0)
        asked = [(int(t), int(y[row, t]), int(found[row, t])) for t in steps]  # type: ignore[index]
        listed.append(asked or [(int(end), -1, int(found[row, end]))])
    return listed


def far(errors: Reals) -> list[bool]:
    """Say which errors of numbers are far off: more than twice the root mean square of all."""
    size = np.sqrt(np.square(errors).mean())
    found: list[bool] = (np.abs(errors) > FAR * size).tolist()
    return found


def wrong(asked: list[tuple[int, int, int]]) -> bool:
    """Whether an answer is another than the right one."""
    return any(right not in (-1, answer) for _, right, answer in asked)


def runs(asked: list[tuple[int, int, int]]) -> list[list[int]]:
    """Join answers that are alike and follow each other: step, right, answered, how many."""
    found: list[list[int]] = []
    for step, right, answer in asked:
        if found and found[-1][1:3] == [right, answer]:
            found[-1][3] += 1
        else:
            found.append([step, right, answer, 1])
    return found


class Signals:
    """What the sequences are drawn as: an image, lines, rows of colours, or words."""

    def __init__(self, subject: Subject, course: Course) -> None:
        self.x, self.lengths = course.sequences.x, course.sequences.lengths
        network, model = subject.network, subject.model
        self.words: list[str] | None = None
        steps, channels = self.x.shape[1:]
        task = {} if network is None else network.task
        image = None if network is None else network.image
        self.order = task.get("order") or None
        if isinstance(model.inputs, Tokens):
            self.kind = "words"
            self.words = [str(word) for word in task.get("vocabulary") or ()]
        elif (
            image is not None and channels == 1 and image[0] * image[1] == steps <= PIXELS
            and (self.lengths == steps).all()
        ):  # fmt: skip
            self.kind, self.image = "image", image
        else:
            self.kind = "lines" if channels <= LINES else "rows"
        inside = np.arange(steps) < self.lengths[:, None]
        self.low = [int(self.x[:, :, c][inside].min()) for c in range(channels)]
        self.high = [int(self.x[:, :, c][inside].max()) for c in range(channels)]
        self.shown = min(channels, CHANNELS)
        self.channels = model.channels

    @property
    def size(self) -> int:
        """Numbers of a sequence, about."""
        if self.kind == "words":
            return 2 * min(RUNS, self.x.shape[1])
        if self.kind == "image":
            return self.x.shape[1]
        return self.shown * min(POINTS // (1 if self.kind == "lines" else 2), self.x.shape[1])

    def about(self) -> dict[str, Any]:
        """Say what the script needs to know of all of them."""
        found: dict[str, Any] = {"kind": self.kind}
        if self.kind == "image":
            rows, columns = self.image
            return found | {"rows": rows, "columns": columns, "order": self.order}
        if self.kind == "words":
            return found | {"runs": RUNS}
        units = self.channels or [None] * self.shown
        found["points"] = POINTS if self.kind == "lines" else POINTS // 2
        found["channels"] = [
            {
                "name": (one.name if one else "") or f"channel {number + 1}",
                "unit": one.unit if one else "",
                "low": one.offset + one.step * low if one else low,
                "high": one.offset + one.step * high if one else high,
            }
            for number, (one, low, high) in enumerate(zip(units[: self.shown], self.low, self.high))
        ]
        return found

    def of(self, row: int) -> Any:
        """Write down a sequence."""
        length = int(self.lengths[row])
        x = self.x[row, :length]
        if self.kind == "words":
            return self._runs(x[:, 0])
        if self.kind == "image":
            pixels = x[:, 0]
            if self.order is not None:
                pixels = np.empty_like(pixels)
                pixels[np.asarray(self.order)] = x[:, 0]
            return packed(pixels.astype(float), self.low[0], self.high[0])
        at = marks(length, POINTS if self.kind == "lines" else POINTS // 2)
        return "".join(
            f"{packed(x[at, c].astype(float), self.low[c], self.high[c])} "
            for c in range(self.shown)
        ).strip()

    def _runs(self, tokens: Integers) -> list[list[Any]]:
        """Write tokens as words, each with how often it comes in a row."""
        starts = np.flatnonzero(np.diff(tokens, prepend=-1))[:RUNS]
        counts = np.diff([*starts, len(tokens)])
        if len(starts) == RUNS:
            counts[-1] = 1
        words = self.words or []
        return [
            [words[token] if token < len(words) else str(token), int(often)]
            for token, often in zip(tokens[starts].tolist(), counts)
        ]


def _classes(final: Reals, asked: list[tuple[int, int, int]]) -> list[int]:
    """Choose the logits to draw: those that are right or answered, and the largest."""
    if len(final) <= LOGITS:
        return list(range(len(final)))
    named = [one for _, right, answer in asked for one in (right, answer) if one >= 0]
    ranked = [*dict.fromkeys([*named, *np.argsort(-final, kind="stable").tolist()])]
    return sorted(ranked[:LOGITS])


def _chosen(bad: list[bool], most: int) -> list[int]:
    """Choose sequences: wrong ones first, and of the others some from the whole length."""
    if len(bad) <= most:
        return list(range(len(bad)))
    wrong_ones = [row for row, one in enumerate(bad) if one][: max(1, most // 2)]
    good = [row for row, one in enumerate(bad) if not one]
    return sorted(
        [*wrong_ones, *(good[place] for place in marks(len(good), most - len(wrong_ones)))]
    )


def gallery(subject: Subject, course: Course) -> dict[str, Any]:
    """Write down sequences for the script.

    Returns
    -------
    dict
        What they share, and "items", one a sequence: its number "n"; "length"; what is asked,
        "asked", as :func:`runs`, and how many of all are "right"; the signal "s"; classes that are
        drawn, "c"; their range "r" and logits over time "i" of the integers and "f" of the
        network; those on the wire at the end, "wire"; whether it is "wrong", or far off; and of a
        regression the "number" that is answered, and the right one, or None.
    """
    signals, asked = Signals(subject, course), pairs(subject, course)
    truth, bad = course.sequences.truth, [wrong(one) for one in asked]
    answers = course.values[course.last][:, 0]
    if subject.number and truth is not None:
        bad = far(answers - truth)
    model, single = subject.model, subject.model.classes
    size = 4 * (2 * MARKS * min(LOGITS, single) + signals.size) // 3 + 40 * min(LOGITS, single)
    chosen = _chosen(bad, max(1, min(MOST, BUDGET // (size + 120))))
    items = [
        _item(course, row, asked[row]) | {"s": signals.of(row), "wrong": bad[row]} for row in chosen
    ]
    if subject.number:
        for item in items:
            row = item["n"]
            right = None if truth is None else float(truth[row])
            item["number"] = [round(float(answers[row]), 6), right]
    labels = list(model.labels) if len(model.labels) == single else ["logit"]
    return {
        "labels": list(model.labels), "logits": labels, "number": subject.number,
        "every": model.readout.every, "marks": MARKS, "signal": signals.about(), "items": items,
        "total": len(asked), "bits": model.state_bits,
    }  # fmt: skip


def _item(course: Course, row: int, asked: list[tuple[int, int, int]]) -> dict[str, Any]:
    length = int(course.sequences.lengths[row])
    final = course.values[row, length - 1]
    classes, at, joined = _classes(final, asked), marks(length, MARKS), runs(asked)
    ours = course.values[row][at][:, classes]
    theirs = None if course.floats is None else course.floats[row][at][:, classes]
    both = ours if theirs is None else np.concatenate([ours, np.nan_to_num(theirs)])
    low, high = float(both.min()), float(both.max())
    return {
        "n": row, "length": length, "asked": joined[:ASKED], "more": len(joined) > ASKED,
        "right": [sum(right == answer for _, right, answer in asked), len(asked)],
        "c": classes, "r": [round(low, 6), round(high, 6)],
        "i": packed(ours.T, low, high),
        "f": None if theirs is None else packed(theirs.T, low, high),
        "wire": course.run.logits[row, length - 1][classes].tolist(),
    }  # fmt: skip


def agreement(subject: Subject, course: Course) -> tuple[int, int] | None:
    """Count the answers with the class of the network in real numbers, and all; None of numbers."""
    if course.floats is None or subject.number:
        return None
    rows, ends = course.last
    if subject.model.readout.every:
        inside = np.arange(course.sequences.x.shape[1]) < course.sequences.lengths[:, None]
        asked = inside if course.sequences.y is None else inside & (course.sequences.y >= 0)
    else:
        asked = np.zeros(course.run.classes.shape, bool)
        asked[rows, ends] = True
    same = course.run.classes[asked] == subject.model.readout.decide(course.floats[asked])
    return int(same.sum()), int(asked.sum())
