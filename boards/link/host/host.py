"""The host's end of the link: sequences in, results out, whatever happens on the line."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType

import numpy as np
import numpy.typing as npt

from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.host.line import Line, Port, Traffic, is_loaded, open_port
from qrnn_hw.boards.link.host.live import live_pieces
from qrnn_hw.boards.link.host.loading import Progress, load_weights
from qrnn_hw.boards.link.host.pipeline import Packed, Pair, Pipeline
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.link.host.steps import check_sequence, pack_steps
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.boards.link.weights import WORD_BYTES, check_value, pack_words
from qrnn_hw.export.errors import DataError, LinkError, MismatchError

#: How often a self-test is played: the second time shows that the first left nothing behind.
TIMES = 2


class Host:
    """Classify sequences on a board, over its serial port.

    Parameters
    ----------
    port
        Name of a serial port, or of an SPI bus such as ``/dev/spidev0.0``; or an open one.
    baud
        Baud rate, or rate of SCK in Hz, for a port given by name.
    timeout
        Seconds of silence after which an answer counts as lost. A board gives up on half a
        frame much sooner, so that after a silence both ends are ready for a new one.
    retries
        Silences or contradictions in a row, without progress, before giving up.
    weights
        16-bit words for a board whose weights come over the link. They are loaded when the board
        needs them: before the first sequence, and whenever it lost them.

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
        weights: npt.ArrayLike | None = None,
    ) -> None:
        self._port = open_port(port, baud) if isinstance(port, str) else port
        self._port.timeout = timeout
        self._line = Line(self._port, retries)
        self._identity: Identity | None = None
        self._pipeline: Pipeline | None = None
        self._weights = None if weights is None else pack_words(weights)

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

    @property
    def traffic(self) -> Traffic:
        """What went over the line so far."""
        return self._line.traffic

    def identify(self) -> Identity:
        """Return what the board says about its model; it is asked once, and after a reset."""
        if self._identity is None:
            answer = self._line.ask(Kind.IDENTIFY, lambda frame: frame.kind is Kind.IDENTITY)
            self._identity = Identity.unpack(answer.payload[2:])
        return self._identity

    def needs_weights(self) -> bool:
        """Ask the board whether its weights must be loaded before it takes sequences."""
        answer = self._line.ask(Kind.IDENTIFY, lambda frame: frame.kind is Kind.IDENTITY)
        return not is_loaded(answer)

    def load(self, weights: npt.ArrayLike, progress: Progress = lambda done, words: None) -> None:
        """Replace the weights of the board, and keep them for when it loses them.

        They stay until the board loses its supply, also when another host opens the port.

        Parameters
        ----------
        weights
            16-bit words, (n,), as a build writes them.
        progress
            Called with how many words the board has accepted, and how many there are.

        Raises
        ------
        DataError
            If the board needs other weights, or none.
        LinkError
            If the board stops answering, or does not find the weights right.
        """
        data = pack_words(weights)
        self._check_weights(data)
        self._pipeline = None
        self._weights = data
        load_weights(self._line, self.identify(), data, progress)

    def _check_weights(self, data: bytes) -> None:
        """Compare weights with those that the board asks for."""
        identity = self.identify()
        if not identity.words:
            raise DataError(
                "weights must be loaded only where a board needs them, and this one has its own",
                "leave them out",
            )
        count, check = len(data) // WORD_BYTES, check_value(data)
        if (count, check) != (identity.words, identity.check):
            raise DataError(
                f"weights must be {identity.words} words with the check value "
                f"{identity.check:08x}, not {count} with {check:08x}",
                "pass those of the build that the board was programmed with",
            )

    def _start(self) -> None:
        """Reset the board, and load it if it needs that."""
        if self._line.reset():
            return
        if not self.identify().words:
            self._require_table()
            return
        if self._weights is None:
            raise LinkError(
                f"the board must be loaded with {self.identify().words} words of weights, "
                "and is not",
                "pass the weights of the build: Host(port, weights=...), or load them",
            )
        self._check_weights(self._weights)
        load_weights(self._line, self.identify(), self._weights, lambda done, words: None)

    def _require_table(self) -> None:
        """Wait until the board has found the table in its flash, which a reset lets it look for."""
        for _ in range(1 + self._line.retries):
            if not self.needs_weights():
                return
        raise LinkError(
            "the board must find the table of its design in its flash, and finds none, another, or "
            "one with a row that reads wrong",
            "write it with the design: `qrnn-hw program` with the build folder",
        )

    def reset(self) -> None:
        """Make the board forget all sequences, and the host what it knew of the board.

        Weights that were loaded stay.
        """
        self._line.reset()
        self._identity = self._pipeline = None

    def classify(self, sequence: npt.ArrayLike) -> Result:
        """Return the board's result for one sequence of input integers, (T,) or (T, channels)."""
        (result,) = self.classify_many([sequence])
        return result

    def classify_many(self, sequences: Iterable[npt.ArrayLike]) -> Iterator[Result]:
        """Yield the board's result for each sequence of input integers, in order.

        Sequences are taken as the link has room for them, so ``sequences`` may be endless. To a
        board that takes two at once they are sent in pairs.

        Raises
        ------
        DataError
            If a sequence is empty, or holds something else than integers of the input format.
        LinkError
            If the board stops answering.
        """
        lengths: deque[int] = deque()
        readouts: list[Result] = []
        for readout in self._run(sequences, lengths):
            readouts.append(readout)
            if len(readouts) == lengths[0]:
                lengths.popleft()
                classes = tuple(each.classes[0] for each in readouts)
                yield Result(classes, tuple(each.logits[0] for each in readouts))
                readouts = []

    def stream(self, sequence: npt.ArrayLike) -> Iterator[Result]:
        """Yield the readouts of one sequence as they come, each a result of its own.

        That is one after every step from a board that answers every step, else one in all.

        Raises
        ------
        DataError, LinkError
            As from :meth:`classify_many`.
        """
        return self._run([sequence], deque())

    def live(
        self,
        steps: Iterable[npt.ArrayLike],
        length: int | None = None,
        *,
        every: int = 1,
        restart: int | None = None,
    ) -> Iterator[Result]:
        """Yield the readouts of one sequence whose steps come one by one, as they are computed.

        From a board that answers every step, a step is taken when those before it are answered, so
        that ``steps`` may be endless. Another answers when they have ended. A network all of whose
        units lose a part of their state every step goes on for ever (``identify().endless``); any
        other means less and less beyond the steps that it was trained on, and begins anew after
        ``restart``.

        Parameters
        ----------
        steps
            Time steps of input integers, (channels,) each, or numbers where there is one channel.
        length
            After how many the sequence ends, if that is known; the next one then needs no reset.
        every
            Which readouts are yielded, 1 or more: all, or every so many.
        restart
            After how many steps the board begins anew, 1 or more; None for never. Of a board that
            answers at the end of a sequence, every so many are one.

        Raises
        ------
        DataError, LinkError
            As from :meth:`classify_many`; and a LinkError if the board loses a sequence that is
            too long to be sent again. Of one that forgets, the last 64 KiB are sent, and the
            answers go on from there.

        Warns
        -----
        StreamWarning
            If nothing says after how many steps a network ends that does not forget.
        """
        for name, value in (("every", every), ("restart", 1 if restart is None else restart)):
            if value < 1:
                raise DataError(f"{name} must be 1 or more, not {value}", "leave it out")
        identity = self.identify()
        pieces = live_pieces(steps, identity, length, restart)
        yield from islice(self._readouts(pieces, ahead=1), every - 1, None, every)

    def self_test(self, vector: SelfTest) -> int:
        """Play a stored sequence, and return how many logits were compared.

        Raises
        ------
        BoardError
            If the board holds another model.
        MismatchError
            If it answers something else than the golden run.
        LinkError
            If it stops answering.
        """
        self.identify().require(vector.digest)
        compared = 0
        for result in self.classify_many([vector.steps] * TIMES):
            compared += sum(map(len, result.logits))
            if difference := vector.result.difference(result):
                raise MismatchError(
                    f"self-test: {difference}",
                    "program the board again; if that does not help, check its supply and clock",
                )
        wanted = TIMES * sum(map(len, vector.logits))
        if not wanted or compared != wanted:
            raise MismatchError(
                f"a self-test must compare {wanted or 'some'} logits, and compared {compared}",
                "build again, and program the board with it",
            )
        return compared

    def _run(self, sequences: Iterable[npt.ArrayLike], lengths: deque[int]) -> Iterator[Result]:
        """Yield all readouts; add to ``lengths`` how many each sequence has, as it is sent."""
        identity = self.identify()
        if identity.at_once > 1:
            yield from self._in_pairs(sequences, lengths)
            return

        def packed() -> Iterator[Packed]:
            for sequence in sequences:
                steps = check_sequence(sequence, identity)
                lengths.append(len(steps) // identity.samples if identity.every else 1)
                yield Packed(pack_steps(steps, identity), lengths[-1] * identity.parts)

        yield from self._readouts(packed())

    def _in_pairs(
        self, sequences: Iterable[npt.ArrayLike], lengths: deque[int]
    ) -> Iterator[Result]:
        """Do the same with a board that takes two sequences at once, and answers each once."""
        identity = self.identify()
        sent: deque[Packed | Pair] = deque()

        def packed() -> Iterator[Packed | Pair]:
            source = (pack_steps(check_sequence(one, identity), identity) for one in sequences)
            for first in source:
                second = next(source, None) if identity.pairs else None
                lengths.extend([1] * (1 if second is None else 2))
                if second is None:
                    sent.append(Packed(first, identity.parts))
                else:
                    sent.append(Pair(first, second, identity.step_bytes, 2 * identity.parts))
                yield sent[-1]

        held: dict[int, Result] = {}
        for result, side in self._answers(packed()):
            one = sent[0]
            pair, crossed = isinstance(one, Pair), isinstance(one, Pair) and one.crossed
            if side != (bool(held) ^ crossed):
                raise LinkError(
                    f"the board must answer sequence {1 - side} of two, and answered {side}",
                    "build and program the board again with this version of qrnn-hw",
                )
            held[side] = result
            if len(held) == 1 + pair:
                sent.popleft()
                yield from (held.pop(number) for number in sorted(held))

    def _readouts(
        self, packed: Iterable[Packed | Pair], ahead: int | None = None
    ) -> Iterator[Result]:
        """Yield all readouts; see :meth:`Pipeline.run`."""
        return (result for result, _ in self._answers(packed, ahead))

    def _answers(
        self, packed: Iterable[Packed | Pair], ahead: int | None = None
    ) -> Iterator[tuple[Result, int]]:
        """Yield all readouts, and of which of two sequences at once each is."""
        identity = self.identify()
        if self._pipeline is None:
            self._pipeline = Pipeline(
                self._line, Allowance.of(identity), self._start, endless=identity.endless
            )
        parts: list[bytes] = []
        for body in self._pipeline.run(packed, ahead):
            parts.append(body)
            if len(parts) == identity.parts:
                yield _unpack(parts, identity)
                parts = []


def _unpack(parts: list[bytes], identity: Identity) -> tuple[Result, int]:
    """Read the logits and the class index of a readout, and whose it is."""
    width, size = identity.logit_bytes, identity.part * identity.logit_bytes
    whole = size + identity.tail
    if any(len(body) != whole for body in parts):
        raise LinkError(
            f"a result must be {whole} bytes, not {len(parts[-1])}",
            "the board was programmed meanwhile: call reset() and identify() again",
        )
    # The class index follows the last logit, and what is behind it in the last part is none.
    data = b"".join(body[:size] for body in parts[:-1]) + parts[-1]
    end = identity.classes * width
    logits = np.frombuffer(data[:end], f"<i{width}")
    side = data[end + 1] if identity.at_once > 1 else 0
    return Result((data[end],), (tuple(logits.tolist()),)), side
