"""Many sequences on the board at once, and their results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from qrnn_hw.boards.link.host.allowance import Allowance
from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.host.line import REFUSALS, Line, code_of, is_loaded
from qrnn_hw.boards.link.host.window import Window
from qrnn_hw.boards.link.protocol import (
    ENDS,
    ENDS_BEFORE,
    IN_TURN,
    MODULUS,
    SECOND,
    SLOTS,
    Code,
    Kind,
)
from qrnn_hw.export.errors import LinkError

#: Bytes of a sequence that has not ended which are kept, to be sent again if the board loses it.
REPLAY = 1 << 20
#: Of one without end: what was before has faded from the network.
RECENT = 1 << 16


@dataclass(frozen=True)
class Packed:
    """A sequence, or a piece of one, as the line carries it.

    Parameters
    ----------
    steps
        Bytes of its time steps.
    results
        How many RESULT frames it is answered with; 1 or more where it ends the sequence.
    last
        Whether it ends the sequence.
    """

    steps: bytes
    results: int
    last: bool = True

    def frames(self, size: int) -> Iterator[tuple[bytes, int]]:
        """Yield what goes into frames of so many bytes at most, with the marks of its tag."""
        for start in range(0, len(self.steps), size):
            end = start + size
            yield self.steps[start:end], ENDS * (self.last and end >= len(self.steps))


@dataclass(frozen=True)
class Pair:
    """Two sequences for a board that takes two at once.

    Their steps come in turn; what the longer one has more comes by itself. The shorter one is
    answered first, and of equal ones the first.

    Parameters
    ----------
    first, second
        Bytes of their time steps.
    step_bytes
        Of a step.
    results
        How many RESULT frames they are answered with.

    Examples
    --------
    >>> for content, marks in Pair(b"abc", b"AB", 1, 2).frames(3):
    ...     content, hex(marks)
    (b'aAb', '0x20')
    (b'B', '0xb0')
    (b'c', '0x80')
    """

    first: bytes
    second: bytes
    step_bytes: int
    results: int

    @property
    def crossed(self) -> bool:
        """Whether the second is answered first."""
        return len(self.second) < len(self.first)

    def frames(self, size: int) -> Iterator[tuple[bytes, int]]:
        """Yield what goes into frames of so many bytes at most, with the marks of its tag."""
        each, both = self.step_bytes, (self.first, self.second)
        turns = min(map(len, both)) // each
        sides = [[one[k * each : (k + 1) * each] for k in range(turns)] for one in both]
        steps = [step for pair in zip(*sides) for step in pair]
        final = {2 * turns - 2 + k for k in range(2) if len(both[k]) == turns * each}
        for start in range(0, len(steps), size // each):
            part = range(start, min(start + size // each, len(steps)))
            marks = IN_TURN | SECOND * (start % 2) | ENDS * (part[-1] in final)
            marks |= ENDS_BEFORE * (len(part) > 1 and part[-1] - 1 in final)
            yield b"".join(steps[k] for k in part), marks
        longer = Packed(max(both, key=len)[turns * each :], 0)
        for content, marks in longer.frames(size):
            yield content, marks | SECOND * (not self.crossed)


class Pipeline:
    """Stream sequences to the board with credits, and recover from whatever is lost.

    Two remedies suffice. What was refused or not acknowledged is sent again after a silence,
    when both ends have given up on half a frame. Whatever contradicts what the host knows, a
    lost result or a board that restarted, ends in a reset, after which all sequences without
    a result are sent again: the board keeps nothing from one sequence to the next.

    Parameters
    ----------
    line
        The line to the board.
    allowance
        How much may be under way.
    start
        Resets the board, and gives it what it needs to take sequences.
    endless
        Whether the network forgets, so that of a long sequence its last part may be sent again.
    """

    def __init__(
        self,
        line: Line,
        allowance: Allowance,
        start: Callable[[], None],
        *,
        endless: bool = False,
    ) -> None:
        self._endless = endless
        self._line = line
        self._start = start
        self._allowance = allowance
        self._started = False
        self._window = Window(allowance.frames)
        self._finished = 0
        self._waiting: deque[Packed | Pair] = deque()
        # Results of the first of these: those that were yielded, and those that come again.
        self._yielded = self._again = 0
        # The pieces before them that belong to the same sequence, how many results they had, and
        # bytes and results of each where only the last are kept.
        self._begun = bytearray()
        self._answered = 0
        self._recent: deque[tuple[int, int]] = deque()

    def run(self, sequences: Iterable[Packed | Pair], ahead: int | None = None) -> Iterator[bytes]:
        """Yield the body of every RESULT, without tag and state, in order.

        Parameters
        ----------
        sequences
            Whole, in pairs or in pieces. The last may stay without an end: the next run forgets it.
        ahead
            How many of them may be without a result; None for what the allowance says.

        Raises
        ------
        LinkError
            If the board stops answering, or keeps contradicting itself.
        """
        source = iter(sequences)
        if self._waiting or self._begun or not self._started:
            # The last run was abandoned, or did not end a sequence, or there was none.
            self._waiting.clear()
            self._yielded = 0
            self._forget()
            self._restart()
        ahead = self._allowance.sequences if ahead is None else ahead
        failures = restarts = 0
        recovering = False
        while self._fill(source, ahead):
            if not recovering:
                for frame in self._window.due():
                    self._line.send(frame)
            answer = self._line.receive()
            if answer is None:
                failures += 1
                self._ask_again()
                recovering = False
            else:
                try:
                    result, progress = self._take(answer)
                except LinkError:
                    restarts += 1
                    self._line.traffic.repeats += 1
                    if restarts > self._line.retries:
                        raise
                    self._restart()
                    recovering = False
                    continue
                if progress:
                    failures = 0
                if answer.kind is Kind.STATUS and code_of(answer) in REFUSALS:
                    recovering = True
                # One that came before does not count, so that a bad line ends in an error.
                if result is not None and self._is_next():
                    restarts = 0
                    yield result
            if failures > self._line.retries:
                raise LinkError(
                    f"the board must go on, but did not after {failures} silences",
                    "reset the board; if that does not help, program it again",
                )

    def _fill(self, source: Iterator[Packed | Pair], ahead: int) -> bool:
        """Keep the window supplied; tell whether anything is due."""
        while len(self._waiting) < ahead and self._window.unsent < SLOTS:
            sequence = next(source, None)
            if sequence is None:
                break
            self._waiting.append(sequence)
            self._push(sequence)
            self._let_go()
        return bool(self._waiting or self._window.unaccepted)

    def _push(self, sequence: Packed | Pair) -> None:
        for content, marks in sequence.frames(self._allowance.frame_bytes):
            self._window.push(content, marks)

    def _let_go(self) -> None:
        """Stop waiting for what has all its results."""
        while self._waiting and self._yielded == self._waiting[0].results:
            piece = self._waiting.popleft()
            self._yielded = 0
            if isinstance(piece, Pair) or piece.last:
                self._forget()
            elif self._endless or len(self._begun) <= REPLAY:
                self._begun += piece.steps
                self._answered += piece.results
                if self._endless:
                    self._recent.append((len(piece.steps), piece.results))
                    self._let_fade()

    def _let_fade(self) -> None:
        """Drop the oldest pieces of a sequence that is longer than needs to be sent again."""
        while len(self._begun) > RECENT:
            size, results = self._recent.popleft()
            del self._begun[:size]
            self._answered -= results

    def _forget(self) -> None:
        """Drop the pieces of a sequence that is over."""
        self._begun.clear()
        self._recent.clear()
        self._answered = 0

    def _take(self, frame: Frame) -> tuple[bytes | None, bool]:
        """Return the result in a frame, if it is a new one, and whether there was progress."""
        if code_of(frame) in (Code.CLOSED, Code.RESET):
            raise LinkError(
                "the board must keep its state, but restarted, or was reset by another host",
                "check its supply, and that nothing else uses the port",
            )
        if not is_loaded(frame):
            raise LinkError(
                "the board must have all its weights, and a table in flash whose rows read right, "
                "and says that it has not",
                "write the table again, with `qrnn-hw program`; if the weights are loaded, check "
                "the supply",
            )
        progress = self._window.update(frame.payload[0])
        new = (frame.payload[1] - self._finished) % MODULUS
        due = sum(each.results for each in self._waiting) - self._yielded + self._again
        # The board completes no other before it has sent one. One that came before, and comes
        # again, may be lost: else a long sequence would never pass a bad line twice.
        if new > min(due, self._again + 1):
            raise LinkError(
                f"the board must send results one by one, but {new} came at once",
                "are bytes lost on the way? try a shorter cable or a lower baud rate",
            )
        if frame.kind is not Kind.RESULT or not new:
            return None, progress
        self._finished += new
        self._again -= new - 1
        return frame.payload[2:], True

    def _is_next(self) -> bool:
        """Count a result of the first sequence; tell whether it is none that came before."""
        if self._again:
            self._again -= 1
            return False
        self._yielded += 1
        self._let_go()
        return True

    def _ask_again(self) -> None:
        """Send what may have been lost; if nothing was, ask for news of results and of credit."""
        self._line.traffic.repeats += 1
        if self._window.unaccepted > self._window.unsent:
            self._window.go_back()
        else:
            self._line.send(Frame(Kind.GET_RESULT, b"\0"))

    def _restart(self) -> None:
        """Start again with a board that knows nothing."""
        if len(self._begun) > REPLAY:
            raise LinkError(
                f"a sequence must be of up to {REPLAY} bytes to be sent again, and the board lost "
                "one that is longer",
                "check its supply and the cable, and begin the sequence again",
            )
        self._start()
        self._started = True
        self._window = Window(self._allowance.frames)
        self._finished = 0
        self._again = self._answered + self._yielded
        self._push(Packed(bytes(self._begun), 0, last=False))
        for sequence in self._waiting:
            self._push(sequence)
