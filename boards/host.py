"""The host's end of the link: sequences in, results out, whatever happens on the line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType

import numpy as np
import numpy.typing as npt

from qrnn_hw.boards.identity import Identity
from qrnn_hw.boards.line import Line, Port, open_port
from qrnn_hw.boards.pipeline import Pipeline
from qrnn_hw.boards.protocol import Kind
from qrnn_hw.export.errors import DataError, LinkError


@dataclass(frozen=True)
class Result:
    """What the board computed for a sequence.

    Parameters
    ----------
    class_index
        Index of the largest logit, as the board found it.
    logits
        The logits, as integers.
    """

    class_index: int
    logits: tuple[int, ...]


class Host:
    """Classify sequences on a board, over its serial port.

    Parameters
    ----------
    port
        Name of a serial port, or an open one.
    baud
        Baud rate, for a port given by name.
    timeout
        Seconds of silence after which an answer counts as lost. A board gives up on half a
        frame much sooner, so that after a silence both ends are ready for a new one.
    retries
        Silences or contradictions in a row, without progress, before giving up.

    Raises
    ------
    LinkError
        From here if the port cannot be opened, and from every method if the board does not
        answer, or answers something else than the protocol allows.
    """

    def __init__(
        self,
        port: str | Port,
        *,
        baud: int = 1_000_000,
        timeout: float = 0.1,
        retries: int = 5,
    ) -> None:
        self._port = open_port(port, baud) if isinstance(port, str) else port
        self._port.timeout = timeout
        self._line = Line(self._port, retries)
        self._identity: Identity | None = None
        self._pipeline: Pipeline | None = None

    def __enter__(self) -> "Host":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def identify(self) -> Identity:
        """Return what the board says about its model; it is asked once, and after a reset."""
        if self._identity is None:
            answer = self._line.ask(Kind.IDENTIFY, lambda frame: frame.kind is Kind.IDENTITY)
            self._identity = Identity.unpack(answer.payload[2:])
        return self._identity

    def reset(self) -> None:
        """Make the board forget all sequences, and the host what it knew of the board."""
        self._line.reset()
        self._identity = self._pipeline = None

    def classify(self, sequence: npt.ArrayLike) -> Result:
        """Return the board's result for one sequence of input integers."""
        (result,) = self.classify_many([sequence])
        return result

    def classify_many(self, sequences: Iterable[npt.ArrayLike]) -> Iterator[Result]:
        """Yield the board's result for each sequence of input integers, in order.

        Sequences are taken as the link has room for them, so ``sequences`` may be endless.

        Raises
        ------
        DataError
            If a sequence is empty, or holds something else than integers of the input format.
        LinkError
            If the board stops answering.
        """
        identity = self.identify()
        if self._pipeline is None:
            self._pipeline = Pipeline(self._line, identity.step_bytes)
        packed = (_pack(sequence, identity) for sequence in sequences)
        for body in self._pipeline.run(packed):
            yield _unpack(body, identity)


def _pack(sequence: npt.ArrayLike, identity: Identity) -> bytes:
    """Lay out a sequence as on the line."""
    steps = np.asarray(sequence)
    if steps.ndim != 1 or not steps.size or steps.dtype.kind not in "iu":
        raise DataError(
            "a sequence must be one row of at least one integer, "
            f"not {steps.dtype} of shape {steps.shape}",
            "quantize the data as the model does",
        )
    low = -(1 << identity.input_bits - 1) if identity.input_signed else 0
    high = low + (1 << identity.input_bits) - 1
    if steps.min() < low or steps.max() > high:
        raise DataError(
            f"a step must be from {low} to {high}, not {steps.min()} to {steps.max()}",
            "quantize the data as the model does",
        )
    return steps.astype(f"<{'i' if identity.input_signed else 'u'}{identity.step_bytes}").tobytes()


def _unpack(body: bytes, identity: Identity) -> Result:
    """Read the logits and the class index of a result."""
    size = identity.classes * identity.logit_bytes
    if len(body) != size + 1:
        raise LinkError(
            f"a result must be {size + 1} bytes, not {len(body)}",
            "the board was programmed meanwhile: call reset() and identify() again",
        )
    logits = np.frombuffer(body[:size], f"<i{identity.logit_bytes}")
    return Result(body[size], tuple(logits.tolist()))
