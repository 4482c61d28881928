"""Weights to a board, whatever happens on the line."""

from collections.abc import Callable

from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.host.line import REFUSALS, Line, code_of, is_loaded
from qrnn_hw.boards.link.host.window import Window
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Code, Kind
from qrnn_hw.boards.link.weights import WORD_BYTES
from qrnn_hw.export.errors import LinkError

#: Is told how many words the board has accepted, and how many there are.
Progress = Callable[[int, int], None]


def load_weights(line: Line, identity: Identity, data: bytes, progress: Progress) -> None:
    """Replace the weights of a board; it is reset before and afterwards.

    Parameters
    ----------
    data
        The packed words.
    progress
        Called whenever the board has accepted a frame.

    Raises
    ------
    LinkError
        If the board stops answering, or never finds the weights right.
    """
    for attempt in range(1 + line.retries):
        line.traffic.repeats += attempt > 0
        line.reset(forget=True)
        if _send(line, identity, data, progress) and _is_right(line) and line.reset():
            return
    raise LinkError(
        f"the board must find its weights right, and did not after {1 + line.retries} loads",
        "check the cable; or program the board again",
    )


def _send(line: Line, identity: Identity, data: bytes, progress: Progress) -> bool:
    """Send all words; tell whether the board accepted them, or has to be loaded again."""
    size = WORD_BYTES * identity.frame_words
    window = Window()
    for start in range(0, len(data), size):
        window.push(data[start : start + size], kind=Kind.LOAD)
    frames, failures, recovering = window.unaccepted, 0, False
    while window.unaccepted:
        if not recovering:
            for frame in window.due():
                line.send(frame)
        answer = line.receive()
        if answer is None:
            failures += 1
            line.traffic.repeats += 1
            recovering = False
            if failures > line.retries:
                raise LinkError(
                    f"the board must take its weights, but did not after {failures} silences",
                    "reset the board; if that does not help, program it again",
                )
            if window.unaccepted > window.unsent:
                window.go_back()
            else:
                line.send(Frame(Kind.IDENTIFY, b"\0"))  # for news of credit
            continue
        code = code_of(answer)
        if code is Code.CLOSED:
            return False
        try:
            advanced = window.update(answer.payload[0])
        except LinkError:
            return False
        if advanced:
            failures = 0
            accepted = identity.frame_words * (frames - window.unaccepted)
            progress(min(accepted, identity.words), identity.words)
        recovering |= answer.kind is Kind.STATUS and code in REFUSALS
    return True


def _is_right(line: Line) -> bool:
    """Wait until the board has taken the last word; tell whether it found them all right."""
    for _ in range(1 + line.retries):
        if is_loaded(line.ask(Kind.IDENTIFY, lambda frame: frame.kind is Kind.IDENTITY)):
            return True
    return False
