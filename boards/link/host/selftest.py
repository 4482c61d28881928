"""A short sequence with its golden answer, kept with a build so that a board can be tried alone."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.files.json_file import read_record
from qrnn_hw.export.frontend import front_end
from qrnn_hw.export.integer import IntegerModel

FILE = "selftest.json"
STEPS = 32  # steps of the model
SEED = 1
_HINT = "build again"


@dataclass(frozen=True)
class SelfTest:
    """A sequence, and what a board must answer.

    Parameters
    ----------
    digest
        Of the model, as hexadecimal.
    steps
        Inputs, one list of channels each; samples of sound for a board with a front end.
    classes, logits
        As in :class:`~qrnn_hw.boards.link.host.result.Result`.
    """

    digest: str
    steps: tuple[tuple[int, ...], ...]
    classes: tuple[int, ...]
    logits: tuple[tuple[int, ...], ...]

    @property
    def result(self) -> Result:
        """What a board must answer."""
        return Result(self.classes, self.logits)

    @classmethod
    def of(cls, model: IntegerModel, *, front_end_too: bool = False) -> "SelfTest":
        """Draw inputs from the whole of their range, always the same, and run the golden run.

        Parameters
        ----------
        front_end_too
            Whether the board makes the model's steps from samples of sound.
        """
        identity = Identity.of(model, front_end=front_end_too)
        low, high = identity.input_range
        shape = STEPS * identity.samples, identity.channels
        inputs = np.random.default_rng(SEED).integers(low, high, shape, endpoint=True)
        steps = front_end(inputs[:, 0]).astype(np.int64) if front_end_too else inputs
        answer = Result.expected(model, steps)
        return cls(model.digest, tuple(map(tuple, inputs.tolist())), answer.classes, answer.logits)

    def to_json(self) -> str:
        """Return the text of selftest.json."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, path: Path) -> "SelfTest":
        """Read selftest.json.

        Raises
        ------
        DataError
            If it is missing, or something else.
        """
        test = read_record(cls, path, "self-test", _HINT)
        if not test.steps or not test.logits:
            raise DataError("a self-test must have steps and logits, and has none", _HINT)
        widths = [len(set(map(len, rows))) for rows in (test.steps, test.logits)]
        if widths != [1, 1] or len(test.classes) != len(test.logits):
            raise DataError(
                "a self-test must have steps of as many channels, logits of as many classes, and a "
                "class for each of these, and has not",
                _HINT,
            )
        return test
