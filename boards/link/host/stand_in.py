"""A board in Python that computes the golden run: to try a host, and data, without hardware."""

from collections.abc import Sequence

import numpy as np

from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel


class GoldenCore:
    """Answer as the golden run does, and go on where the last answer was.

    A sequence of every-step readouts is so computed once, and not once for every readout.

    Parameters
    ----------
    model
        The model.
    """

    def __init__(self, model: IntegerModel) -> None:
        self._model = model
        self._product = golden.products(model)
        self._start()

    def _start(self) -> None:
        self._seen: Sequence[list[int]] = []
        self._count = 0
        self._state: Integers = np.array(self._model.offset(0))[None]
        self._reading = golden.Reading(self._model, 1)

    def __call__(self, steps: Sequence[list[int]]) -> tuple[int, list[int]]:
        """Return the class and the logits after ``steps``, a list of channels each."""
        model = self._model
        # A board lets the list of a sequence grow, and begins another one for the next.
        if steps is not self._seen and list(steps[: self._count]) != list(
            self._seen[: self._count]
        ):
            self._start()
        for number in range(self._count + 1, len(steps) + 1):
            x = np.array([steps[number - 1]])
            self._state, *_ = golden.advance(model, self._product, self._state, x, number)
            self._reading.take(self._state, number)
        self._seen, self._count = steps, len(steps)
        logits = self._reading.logits(len(steps))[0]
        return int(model.readout.decide(logits)), logits.tolist()


def stand_in(
    model: IntegerModel,
    words: Sequence[int] = (),
    *,
    front_end: bool = False,
    at_once: int = 1,
) -> ReferenceBoard:
    """Return a port with a board behind it that holds ``model``.

    Parameters
    ----------
    words
        Weights that it waits for, as some boards do.
    front_end
        Whether it makes the model's steps from samples of sound.
    at_once
        Sequences that it takes at once.
    """
    identity = Identity.of(model, words, front_end=front_end, at_once=at_once)
    return ReferenceBoard(identity, GoldenCore(model))
