"""How good the integers are, and on what that was measured."""

import math
from dataclasses import dataclass
from typing import Any

from qrnn_hw.export import golden
from qrnn_hw.export.recurrence import TRANSFORMS
from qrnn_hw.page.subject import Subject
from qrnn_hw.train.result.tally import tally, wilson

PARTS = {"test": "test", "val": "validation"}
FROM_FILE = "the model's file"
#: Simpler ways that training tries, by the names that cards have.
WAYS = {
    "nearest_neighbour": "the nearest neighbour",
    "logistic_regression": "logistic regression",
}


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers.

    Parameters
    ----------
    share
        0..1.
    interval
        That the true one is in with 95 % confidence; None where answers depend on each other.
    count
        Answers that it is the share of; None where nobody said.
    basis
        What they are answers to, such as "359 test sequences, in training".
    """

    share: float
    interval: tuple[float, float] | None
    count: int | None
    basis: str


def judged(subject: Subject) -> dict[str, Any] | None:
    """Return what training found of integers like these on a whole split; None if it did not."""
    found = subject.card.get("judged")
    model = subject.model
    chosen = subject.card.get("transform", {}).get("chosen", TRANSFORMS[0])
    if subject.source != FROM_FILE or not isinstance(found, dict):
        return None
    same = (found.get("state_bits"), chosen) == (model.state_bits, model.transform)
    return found if same and "accuracy" in found else None


def tallied(subject: Subject) -> dict[str, Any] | None:
    """Count the answers to the sequences at hand, as :func:`tally` does; None without labels."""
    y = subject.sequences.y
    if subject.number or y is None or not (asked := y >= 0).any():
        return None
    answers = subject.run.classes[asked]
    return tally(y[asked], answers, len(subject.model.labels), y.ndim == 1)


def accuracy(subject: Subject) -> Accuracy | None:
    """Return the best founded accuracy of the integers: of a whole split, or what is at hand."""
    if (found := judged(subject)) is not None:
        part, interval = PARTS[found["split"]], found["interval"]
        said = f"{found['count']:,} {part} answers, in training"
        return Accuracy(found["accuracy"], interval and tuple(interval), found["count"], said)
    card, bits = subject.card, str(subject.model.state_bits)
    tested = card.get("test_integers", {}).get(bits)
    exact = subject.model.transform == TRANSFORMS[0] and "transform" not in card
    if tested and exact and subject.source == FROM_FILE and not subject.number:
        whole, right = card.get("splits", {}).get("test"), tested["accuracy"]
        if subject.model.readout.every:
            return Accuracy(right, None, None, f"answers to {whole or 'the'} test sequences")
        interval = wilson(round(right * whole), whole) if whole else None
        said = f"{whole:,} test sequences, in training" if whole else "the test split, in training"
        return Accuracy(right, interval, whole, said)
    counted = tallied(subject)
    if counted is None:
        return None
    ends = counted["interval"]
    said = f"{counted['count']:,} answers to sequences of {subject.source}"
    return Accuracy(counted["accuracy"], ends and (ends[0], ends[1]), counted["count"], said)


def ways(subject: Subject) -> dict[str, dict[str, Any]]:
    """Return what simpler ways came to on the split that :func:`judged` is of, by name."""
    found = (judged(subject) or {}).get("references", {})
    return {name: found[key] for key, name in WAYS.items() if key in found}


@dataclass(frozen=True)
class Error:
    """How far numbers are off, root mean square.

    Parameters
    ----------
    size
        Of the answers.
    mean
        Of answering the mean always; None where nobody said.
    basis
        What they are answers to.
    """

    size: float
    mean: float | None
    basis: str


def error(subject: Subject) -> Error | None:
    """Return the best founded error of numbers: of the test split, or of what is at hand."""
    card, bits = subject.card, str(subject.model.state_bits)
    tested, network = card.get("test_integers", {}).get(bits), subject.network
    if not subject.number or network is None:
        return None
    if tested and subject.source == FROM_FILE:
        scale, whole = network.answer_unit[0], card.get("splits", {}).get("test")
        mean = card.get("judged", {}).get("references", {}).get("mean")
        said = f"{whole:,} test sequences, in training" if whole else "the test split, in training"
        return Error(
            scale * math.sqrt(tested["loss"]), mean and scale * math.sqrt(mean["loss"]), said
        )
    found = subject.sequences
    if found.truth is None or not len(found):
        return None
    answers = network.answers(golden.real(subject.model, subject.run.logits, found.lengths))
    size = found.error(answers.reshape(len(found), -1)[:, -1])
    assert size is not None  # there is a truth
    said = f"{len(found):,} sequences of {subject.source}"
    return Error(size, float(found.truth.std()) or None, said)
