"""Options of the tests, a board behind a pseudo-terminal, small networks, and sounds in files."""

import os
import select
import threading
import tty
import wave
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from c_host import CHost, Program, compiled
from disturbed import TamperingPort
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.export.document import encode
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.raw import Sound
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import DenseWeights, Levels, NumberInputs, RealReadout, TokenInputs

HIDDEN = 16  # units of a small network
QUIET = 0.03  # seconds after which a silence is one to the board
#: Seconds after which a host of these tests takes an answer for lost. Its board is a thread, which
#: waits for its turn on a busy machine; six such silences without an answer are an error.
LOST = 0.5

# How long an example takes is a fact about the machine, and none about the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure():
    """Have torch and NumPy compute on one thread, here and in every process to come.

    Networks here are small: threads of theirs that wait for work took half of the processor's time.
    """
    for library in ("OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def pytest_addoption(parser):
    """Let a run write the pages that it proves."""
    parser.addoption("--write-support", action="store_true", help="write docs/support.md")


class OnTerminal(TamperingPort):
    """A board that is asked for no more than it has: a read that finds nothing is a silence."""

    def read(self, size):
        return self.tamper(1, self.port.read(size))

    @property
    def _output(self):
        return self.port._output


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
        behind = OnTerminal(board, to_board, to_host)
        thread = threading.Thread(target=_serve, args=(behind, master, stopped))
        thread.start()
        try:
            with pytest.MonkeyPatch.context() as changed:
                changed.setitem(Host.__init__.__kwdefaults__, "timeout", LOST)
                yield os.ttyname(slave)
        finally:
            stopped.set()
            thread.join()
            os.close(slave)
            os.close(master)

    return put


@pytest.fixture(scope="session")
def c_program(tmp_path_factory):
    """Yield a process with hosts in C, for any board; what sanitizers find in it is an error."""
    program = Program(compiled(tmp_path_factory.mktemp("c_host")))
    yield program
    program.close()


@pytest.fixture(scope="session")
def c_host(c_program):
    """Return what makes a host in C for a port."""
    return partial(CHost, c_program)


@pytest.fixture(scope="session", params=["python", "c"])
def host_of(request):
    """Return what makes a host for a port: in Python, and in C."""
    return Host if request.param == "python" else request.getfixturevalue("c_host")


@pytest.fixture(scope="session")
def trained():
    """Return a function that draws a network of 16 units: of numbers, or of named tokens."""

    def draw(
        channels=1, bits=8, tokens=(), classes=("a", "b", "c"), decision=False, every=False,
        samples=None, **task
    ):  # fmt: skip
        rng = np.random.default_rng(3)

        def levels(bits, step, *shape):
            top = 1 << bits - 1
            return Levels(bits, step, rng.integers(-top, top, shape))

        if tokens:
            inputs = TokenInputs(levels(8, 0.01, len(tokens), HIDDEN))
            task["vocabulary"] = list(tokens)
        else:
            inputs = NumberInputs(levels(4, 0.1, HIDDEN, channels), bits, True, 0.01)
        logits = 1 if decision else len(classes)
        given = {}
        if samples is not None:
            ends = np.full(len(samples), samples.shape[1])
            y = np.arange(len(samples)) % len(classes)
            given = {"samples_x": samples, "samples_lengths": ends, "samples_y": y}
        matrix = np.linalg.qr(rng.standard_normal((HIDDEN, HIDDEN)))[0]
        return TrainedModel(
            cell="QORNN",
            recurrence=DenseWeights(
                Levels(4, 0.125, np.clip(np.rint(8 * matrix), -8, 7).astype(np.int64)), "linear"
            ),
            inputs=inputs,
            readout=RealReadout(levels(4, 0.1, logits, HIDDEN), np.zeros(logits), True, every),
            bias=np.zeros(HIDDEN),
            origin=None,
            state_range=3.0,
            task={"classes": list(classes), **task},
            **given,
        )

    return draw


@pytest.fixture(scope="session")
def recording():
    """Return a function that draws noise that swells, (samples,)."""

    def draw(seed, length):
        rng = np.random.default_rng(seed)
        return np.rint(rng.normal(size=length) * np.geomspace(30, 9000, length)).astype(np.int16)

    return draw


@pytest.fixture(scope="session")
def listener(trained, recording):
    """Return a network that hears, and holds two recordings and their frames."""
    sounds = [recording(seed, 3 * FRAME + 5) for seed in (1, 2)]
    raw = Sound(np.concatenate(sounds).astype(np.int64), np.array(list(map(len, sounds))))
    frames = np.stack([front_end(each) for each in sounds]).astype(np.int64)
    return trained(channels=16, samples=frames, name="sounds", steps=3, raw=encode(raw))


@pytest.fixture(scope="session")
def save_wave():
    """Return a function that writes samples of 16 bits to a .wav file."""

    def save(path, samples, rate=8000):
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.astype("<i2").tobytes())

    return save
