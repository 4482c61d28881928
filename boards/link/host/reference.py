"""The board's end of the protocol in Python: what the gateware must do, and a dry run."""

from collections.abc import Callable, Sequence

from qrnn_hw.boards.link.host.frame import CRC, Frame
from qrnn_hw.boards.link.host.steps import unpack_steps
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import (
    ENDS,
    ENDS_BEFORE,
    FORGET,
    IN_TURN,
    MISSING,
    MODULUS,
    SECOND,
    SYNC,
    Code,
    Kind,
)
from qrnn_hw.boards.link.weights import WORD_BYTES, check_value
from qrnn_hw.export.frontend import front_end

#: The class index and the logits after some steps of the model, each a list of its channels.
Classify = Callable[[Sequence[list[int]]], tuple[int, Sequence[int]]]
_REQUESTS = {Kind.IDENTIFY, Kind.GET_RESULT, Kind.RESET}


class ReferenceBoard:
    """A serial port with an ideal board behind it, whose core takes no time.

    Parameters
    ----------
    identity
        What the board tells about its model.
    classify
        What its core computes.
    missing
        Whether the table in its flash is missing.

    Attributes
    ----------
    timeout
        Ignored: a silence is a :meth:`read` that finds nothing.
    """

    def __init__(self, identity: Identity, classify: Classify, *, missing: bool = False) -> None:
        self.timeout: float | None = None
        self._identity = identity
        self._classify = classify
        # The kinds that carry something, in pieces of so many bytes.
        self._sizes: dict[int, int] = {Kind.SAMPLES: identity.step_bytes}
        if identity.words:
            self._sizes[Kind.LOAD] = WORD_BYTES
        self._input = bytearray()
        self._output = bytearray()
        self._code = Code.OK
        self._opened = False
        self._accepted = 0
        self._steps: list[list[list[int]]] = [[], []]  # of two sequences at once
        self._answered = 0
        self._weights = bytearray()
        self._missing = missing or identity.words > 0
        self._count = 0
        self._result = bytes(identity.part * identity.logit_bytes + identity.tail)

    def write(self, data: bytes) -> int:
        """Take bytes from the host, and act on the frames that they complete."""
        for byte in data:
            self._input.append(byte)
            self._parse()
        return len(data)

    def lose(self) -> None:
        """Take a byte that had no stop bit: it ends the frame that it is in."""
        if self._input:
            self._refuse(Code.TRUNCATED)

    def read(self, size: int = 1) -> bytes:
        """Return up to ``size`` bytes for the host; with none, the line has been silent."""
        if not self._output:
            self.lose()
        data = bytes(self._output[:size])
        del self._output[:size]
        return data

    def close(self) -> None:
        """Do nothing: there is no port to give back."""

    def _parse(self) -> None:
        data = self._input
        if data[0] != SYNC:
            data.clear()
        elif len(data) == 3 and not 1 <= data[2] <= self._identity.payload:
            self._refuse(Code.FORMAT)
        elif len(data) > 3 and len(data) == data[2] + 5:
            body, crc = bytes(data[1:-2]), int.from_bytes(data[-2:], "little")
            if CRC.compute(body) != crc:
                self._refuse(Code.CRC)
            else:
                data.clear()
                self._act(body[0], body[2], body[3:])

    def _act(self, kind: int, tag: int, samples: bytes) -> None:
        carries = kind in self._sizes
        partial = not samples or len(samples) % self._sizes.get(kind, 1)
        if kind not in _REQUESTS | set(self._sizes) or (partial if carries else samples):
            self._refuse(Code.FORMAT)
        elif carries and not (self._opened and self._missing == (kind == Kind.LOAD)):
            self._refuse(Code.CLOSED)
        elif carries and tag % MODULUS != self._accepted:
            self._refuse(Code.SEQUENCE)
        elif kind == Kind.RESET:
            self._opened, self._accepted, self._count = True, 0, 0
            self._steps = [[], []]
            self._answered = 0
            self._weights.clear()
            self._missing |= bool(tag & FORGET and self._identity.words)
            self._refuse(Code.RESET)
        else:
            self._code = Code.OK
            if kind == Kind.IDENTIFY:
                self._send(Kind.IDENTITY, self._identity.pack())
            elif kind == Kind.GET_RESULT:
                self._send(Kind.RESULT, self._result)
            else:
                self._accepted = (self._accepted + 1) % MODULUS
                if kind == Kind.LOAD:
                    self._load(samples)
                else:
                    self._consume(samples, tag)

    def _load(self, words: bytes) -> None:
        self._send(Kind.STATUS, b"")
        self._weights += words
        needed = WORD_BYTES * self._identity.words
        if len(self._weights) >= needed:
            self._missing = check_value(self._weights[:needed]) != self._identity.check

    def _consume(self, samples: bytes, tag: int) -> None:
        self._send(Kind.STATUS, b"")
        if self._identity.at_once == 1:
            tag &= ENDS
        steps = unpack_steps(samples, self._identity).tolist()
        for number, step in enumerate(steps):
            side = bool(tag & SECOND) ^ (number % 2 if tag & IN_TURN else 0)
            left = len(steps) - 1 - number
            ends = bool(left == 0 and tag & ENDS)
            ends |= bool(left == 1 and tag & ENDS_BEFORE and tag & IN_TURN)
            self._steps[side].append(step)
            if self._identity.every:
                # A front end passes a step on when the next one is there.
                held = self._identity.front_end and not ends
                for end in range(
                    self._answered, len(self._steps[0]) // self._identity.samples - held
                ):
                    heard = self._heard()
                    # The list itself where that is all: a copy for every step takes long.
                    self._answer(
                        *self._classify(heard[: end + 1] if end + 1 < len(heard) else heard)
                    )
                    self._answered = end + 1
            elif ends:
                self._answer(*self._classify(self._heard(side)), side)
            if ends:
                self._steps[side] = []
                self._answered = 0

    def _heard(self, side: int = 0) -> Sequence[list[int]]:
        """Return the steps of the model so far."""
        if not self._identity.front_end:
            return self._steps[side]
        frames: list[list[int]] = front_end([sample for (sample,) in self._steps[0]]).tolist()
        return frames

    def _answer(self, index: int, logits: Sequence[int], side: int = 0) -> None:
        """Send a readout, in as many parts as it takes."""
        width, size = self._identity.logit_bytes, self._identity.part
        for first in range(0, len(logits), size):
            part = [y.to_bytes(width, "little", signed=True) for y in logits[first : first + size]]
            body = b"".join(part) + bytes([index, side][: self._identity.tail])
            # Of a part that is not full the rest stays what it was.
            self._result = body + self._result[len(body) :]
            self._count = (self._count + 1) % MODULUS
            self._send(Kind.RESULT, self._result)

    def _refuse(self, code: Code) -> None:
        """Answer with a code, and start looking for a frame again."""
        self._input.clear()
        self._code = code
        self._send(Kind.STATUS, b"")

    def _send(self, kind: Kind, body: bytes) -> None:
        state = self._count | self._code << 4 | self._missing * MISSING
        status = bytes([self._accepted | self._accepted << 4, state])
        self._output += Frame(kind, status + body).encode()
