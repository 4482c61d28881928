"""SIGTERM and SIGHUP end a command like Ctrl-C, and a second signal leaves the clean-up alone."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME = 5.0  # seconds from a signal on in which another one is the same wish


class _Interruption:
    """Raises :class:`KeyboardInterrupt`, but not in what the last one has begun."""

    def __init__(self) -> None:
        self.last: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.last is None or now - self.last > SAME:
            self.last = now
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Let every signal that asks a command to end raise :class:`KeyboardInterrupt` in the block.

    What is ignored from the start stays so: under ``nohup``, or in the background of a script.
    After an interruption they are all ignored, until the process ends: its last steps, in which
    Python takes its handlers away, are not to end otherwise.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler, before = _Interruption(), {}
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old if handler.last is None else signal.SIG_IGN)


def shield_tracker() -> None:
    """Start multiprocessing's tracker of resources so that no signal of these ends it.

    A closed terminal reaches all processes of a command, and without its tracker others complain.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        resource_tracker.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
