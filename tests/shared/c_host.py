"""The host in C, driven as the one in Python is: so that the same tests hold both."""

import re
import struct
import subprocess
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.boards.link.host.host import Result
from qrnn_hw.boards.link.host.line import Port, Traffic
from qrnn_hw.boards.link.host.pipeline import REPLAY
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.export.errors import DataError, LinkError

ROOT = Path(__file__).parents[2]
HOST = ROOT / "host" / "c"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
NO_ANSWER = 256


def named(prefix: str) -> dict[str, int]:
    """Read the errors out of the header, by name."""
    text = (HOST / "qrnn_host.h").read_text()
    return {name: int(value) for name, value in re.findall(rf"{prefix}(\w+) = (-\d+)", text)}


ERRORS = named("QRNN_")


def compiled(folder: Path, header: Path | None = None, model: str = "qrnn_model") -> Path:
    """Compile the hosts with sanitizers, for any board or for that of a header."""
    program = folder / "c_host"
    about = [] if header is None else [f'-DMODEL_HEADER="{header}"', f"-DMODEL_NAME={model}"]
    subprocess.run(
        ["gcc", *STRICT, *SANITIZED, *about, f"-I{HOST}", HOST / "qrnn_host.c",
         Path(__file__).with_suffix(".c"), "-o", program],
        check=True,
    )  # fmt: skip
    return program


class Program:
    """A process that holds hosts.

    Parameters
    ----------
    path
        What :func:`compiled` made.
    """

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._gone: list[int] = []
        self._made = 0

    def close(self) -> None:
        """End it; what the sanitizers found is an error."""
        self.process.communicate()
        assert self.process.returncode == 0

    def send(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)

    def read(self, size: int) -> bytes:
        """Return the next bytes, once all orders are out."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.flush()
        data = self.process.stdout.read(size)
        assert len(data) == size, f"the program ended with {self.process.wait()}"
        return data

    def word(self) -> int:
        (value,) = struct.unpack("<i", self.read(4))
        return int(value)

    def make(self, retries: int, memory: int, weights: bytes, logits: int) -> int:
        """Make a host, in the place of one that nobody has any more."""
        number = self._gone.pop() if self._gone else self._made
        if number < self._made:
            self.send(struct.pack("<cI", b"x", number))
        self._made = max(self._made, number + 1)
        head = struct.pack("<cIIIII", b"n", number, retries, logits, memory, len(weights) // 2)
        self.send(head + weights)
        return number

    def quantize(self, channel: int, readings: Any) -> Any:
        """Return the numbers of the wire for readings, (n,)."""
        data = np.asarray(readings, "<i4")
        self.send(struct.pack("<cIII", b"q", 0, channel, len(data)) + data.tobytes())
        return np.frombuffer(self.read(4 * len(data)), "<i4")

    def class_name(self, index: int) -> str:
        return self._text(b"l", index)

    def message(self, status: int) -> str:
        return self._text(b"m", status)

    def _text(self, order: bytes, number: int) -> str:
        self.send(struct.pack("<ci", order, number))
        assert self.process.stdin and self.process.stdout
        self.process.stdin.flush()
        return self.process.stdout.readline().decode()[:-1]


class CHost:
    """A host in C; methods and errors are those of the host in Python.

    Parameters
    ----------
    program
        Where it lives.
    memory
        Bytes for live steps.
    logits
        Room for so many; 0 for none, where they are dropped.
    """

    def __init__(
        self,
        program: Program,
        port: Port,
        *,
        retries: int = 5,
        weights: Any = None,
        memory: int = REPLAY,
        logits: int = 256,
    ) -> None:
        self.port = port
        self.traffic = Traffic()
        self.order_of_classify = b"c"
        self._program = program
        words = b"" if weights is None else pack_words(weights)
        self._number = program.make(retries, memory, words, logits)
        # Not at once, as this may happen in the midst of another's conversation.
        weakref.finalize(self, program._gone.append, self._number)
        self._identity: Identity | None = None

    def identify(self) -> Identity:
        self._call(b"i")
        assert self._identity
        return self._identity

    def reset(self) -> None:
        self._call(b"r")

    def classify(self, sequence: Any) -> Result:
        identity = self.identify()
        steps = np.asarray(sequence, "<i4").reshape(-1, identity.channels)
        _, answers = self._call(self.order_of_classify, len(steps), steps)
        classes, logits = zip(*answers)
        return Result(classes, logits)

    def classify_many(self, sequences: Iterable[Any]) -> Iterator[Result]:
        yield from map(self.classify, sequences)

    def live(
        self, steps: Iterable[Any], length: int | None = None, *, restart: int | None = None
    ) -> Iterator[Result]:
        """Yield answers as they come. The last step is told to be it where a length is known."""
        self._call(b"e")
        identity = self.identify()
        for number, step in enumerate(islice(steps, length), 1):
            last = number == length or (restart is not None and number % restart == 0)
            given = np.asarray(step, "<i4").reshape(identity.channels)
            status, answers = self._call(b"s", int(last), given)
            assert (status != NO_ANSWER) == bool(answers)
            yield from (Result((index,), (logits,)) for index, logits in answers)
        _, answers = self._call(b"e")
        yield from (Result((index,), (logits,)) for index, logits in answers)

    def _call(self, order: bytes, *arguments: Any) -> tuple[int, list[Any]]:
        """Give an order, and be the port until it is done."""
        program, answers, failure = self._program, [], None
        message = struct.pack("<cI", order, self._number)
        if arguments:
            first, values = arguments
            message += struct.pack("<II", first, values.size) + values.tobytes()
        program.send(message)
        while (event := program.read(1)) != b"d":
            if event == b"a":
                index, classes = program.word(), program.word()
                logits = struct.unpack(f"<{classes}q", program.read(8 * classes))
                answers.append((index, logits))
                continue
            size = program.word()
            data = program.read(size) if event == b"w" else b""
            reply = struct.pack("<i", -1)
            try:
                if failure is None:
                    reply = self._serve(event, size, data)
            except Exception as error:
                failure = error
            program.send(reply)
        status, self.traffic.repeats = program.word(), program.word()
        digest = program.read(8)
        (words, check, tokens, hidden, classes, channels, input_bits, logit_bits, state_bits,
         signed, every, front_end, endless, both,
         ) = struct.unpack("<14I", program.read(56))  # fmt: skip
        if failure is not None and not isinstance(failure, OSError):
            raise failure
        if status < 0:
            name = next(name for name, value in ERRORS.items() if value == status)
            raise (DataError if name == "INPUT" else LinkError)(name, "")
        if order == b"i":
            self._identity = Identity(
                input_bits, bool(signed), hidden, classes, logit_bits, state_bits, digest,
                channels=channels, vocabulary=tokens, every=bool(every), words=words, check=check,
                front_end=bool(front_end), endless=bool(endless), at_once=1 + both,
            )  # fmt: skip
        return status, answers

    def _serve(self, event: bytes, size: int, data: bytes) -> bytes:
        if event == b"w":
            self.traffic.sent += size
            self.port.write(data)
            return struct.pack("<i", 0)
        heard = self.port.read(size)
        self.traffic.received += len(heard)
        return struct.pack("<i", len(heard)) + heard
