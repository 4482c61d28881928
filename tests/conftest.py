"""Options of the tests, and a board behind a pseudo-terminal."""

import os
import select
import threading
import tty
from contextlib import contextmanager

import pytest

QUIET = 0.03  # seconds after which a silence is one to the board


def pytest_addoption(parser):
    """Let a run write the pages that it proves."""
    parser.addoption("--write-support", action="store_true", help="write docs/support.md")


class Noisy:
    """A board whose line alters some bytes: to what, by their places, counted from the first."""

    def __init__(self, board, to_board=None, to_host=None):
        self.board = board
        self.plans = (to_board or {}, to_host or {})
        self.places = [0, 0]

    def _altered(self, way, data):
        first = self.places[way]
        self.places[way] += len(data)
        return b"".join(
            self.plans[way].get(place, bytes([byte])) for place, byte in enumerate(data, first)
        )

    def write(self, data):
        self.board.write(self._altered(0, data))

    def read(self, size):
        return self._altered(1, self.board.read(size))

    @property
    def _output(self):
        return self.board._output


def _serve(board, master, stopped):
    while not stopped.is_set():
        if select.select([master], [], [], QUIET)[0]:
            board.write(os.read(master, 4096))
        else:
            board.read(0)
        while board._output:
            os.write(master, board.read(256))


@pytest.fixture(scope="session")
def on_terminal():
    """Return a function that puts a reference board behind a pseudo-terminal, for a while."""

    @contextmanager
    def put(board, to_board=None, to_host=None):
        master, slave = os.openpty()
        tty.setraw(slave)  # and kept open, so that a host may come and go
        stopped = threading.Event()
        noisy = Noisy(board, to_board, to_host)
        thread = threading.Thread(target=_serve, args=(noisy, master, stopped))
        thread.start()
        try:
            yield os.ttyname(slave)
        finally:
            stopped.set()
            thread.join()
            os.close(slave)
            os.close(master)

    return put
