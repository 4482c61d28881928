"""Many sequences on a board, every logit and class against the golden run."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.golden import Run


@dataclass(frozen=True)
class Played:
    """What was compared, and how long the board took.

    Parameters
    ----------
    results
        What the board answered, sequence by sequence.
    matched
        How many of them were equal to the golden run in every logit and class.
    logits
        How many logits were compared.
    first
        Where the first difference was, or None.
    seconds
        From the first byte of a sequence to the last of an answer.
    sent, received
        Bytes on the line meanwhile.
    """

    results: tuple[Result, ...]
    matched: int
    logits: int
    first: str | None
    seconds: float
    sent: int
    received: int

    def run(self, golden: Run) -> Run:
        """Return a golden run's like, with the board's classes."""
        classes = np.full_like(golden.classes, -1)
        for row, result in enumerate(self.results):
            if classes.ndim == 2:
                classes[row, : len(result.classes)] = result.classes
            else:
                classes[row] = result.class_index
        return replace(golden, classes=classes)


def play(
    host: Host,
    inputs: Sequence[Integers],
    golden: Run,
    lengths: Integers,
    progress: Callable[[], None] = lambda: None,
) -> Played:
    """Send sequences to a board, and compare all that it answers.

    Parameters
    ----------
    host
        The board's host.
    inputs
        What goes over the line, (T, channels) each.
    golden
        What must come back.
    lengths
        (n,): steps of the model in each sequence.
    progress
        Called after every sequence.

    Raises
    ------
    MismatchError
        If there is nothing to compare. A difference is told in the result.
    LinkError
        If the board stops answering.
    """
    begin, before = 0.0, replace(host.traffic)

    def timed() -> Iterator[Integers]:
        # What comes before the first of them is taken: a reset, and weights perhaps.
        nonlocal begin, before
        begin, before = time.perf_counter(), replace(host.traffic)
        yield from inputs

    results, matched, logits, first = [], 0, 0, None
    for number, result in enumerate(host.classify_many(timed())):
        expected = Result.of(golden, number, int(lengths[number]))
        difference = expected.difference(result)
        matched += difference is None
        if difference is not None and first is None:
            first = f"sequence {number}: {difference}"
        logits += sum(map(len, result.logits))
        results.append(result)
        progress()
    seconds = time.perf_counter() - begin
    if len(results) < len(inputs) or not logits:
        raise MismatchError(
            f"a run must compare {max(1, len(inputs))} sequences, and compared {len(results)}",
            "give sequences of the task with --data",
        )
    traffic = host.traffic
    sent, received = traffic.sent - before.sent, traffic.received - before.received
    return Played(tuple(results), matched, logits, first, seconds, sent, received)
