"""Resets, lost supplies, cut cables and killed hosts, at random moments: the results stay right."""

import random
import subprocess
import sys
import time
from contextlib import ExitStack

import numpy as np
import pytest

from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.boards.link.host.frame import Frame
from qrnn_hw.boards.link.host.host import Host, Result
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.host.stand_in import stand_in
from qrnn_hw.boards.link.protocol import Kind
from qrnn_hw.export.errors import LinkError
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.pins.cosim import CosimulatedBoard
from random_model import random_model

RESET = Frame(Kind.RESET, b"\0").encode()
#: What another host says that opens the port: it begins a sequence, and leaves.
SESSION = Frame(Kind.IDENTIFY, b"\0").encode() + RESET
#: Seeds of random moments: few by default, many in the slow tests.
FEW, MANY = range(1), range(1, 26)
SEEDS = [*FEW, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MANY)]


class Disturbed:
    """A port to which something happens when so many bytes went through it, either way.

    ``deaf`` is how many bytes are lost from then on, as if the cable were out.
    """

    def __init__(self, port, moments, happen, deaf=0):
        self.timeout = None
        self.port = port
        self.moments = sorted(moments)
        self.happen = happen
        self.deaf = deaf
        self.passed = self.lost = 0

    def passing(self, data):
        kept = bytearray()
        for byte in data:
            if self.moments and self.passed >= self.moments[0]:
                self.moments.pop(0)
                self.lost = self.deaf
                yield bytes(kept)
                kept.clear()
                self.happen()
            self.passed += 1
            if self.lost:
                self.lost -= 1
            else:
                kept.append(byte)
        yield bytes(kept)

    def write(self, data):
        for part in self.passing(data):
            self.port.write(part)
        return len(data)

    def read(self, size=1):
        while data := self.port.read(size):
            if heard := b"".join(self.passing(data)):
                return heard
        return b""

    def close(self):
        pass


def happenings(board):
    """Name what may happen to a reference board."""
    return {
        "another-host-resets": (lambda: board.write(RESET), 0),
        "another-host-comes-and-goes": (lambda: board.write(SESSION), 0),
        "the-supply-fails": (lambda: board.__init__(board._identity, board._classify), 0),
        "the-cable-is-out": (lambda: None, 120),
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", happenings(None))
@pytest.mark.parametrize("name", ["bytes", "every-step"])
def test_a_disturbed_host_gets_all_results(host_of, kit, name, what, seed):
    rng = random.Random(f"{name} {what} {seed}")
    identity = kit.identities[name]
    batch = kit.sequences(identity, 12, 150 if name == "bytes" else 12, seed=seed)
    board = ReferenceBoard(identity, kit.classify(identity))
    happen, deaf = happenings(board)[what]
    # Less than what is sent and heard when nothing happens.
    moments = [rng.randrange(1000) for _ in range(3)]
    port = Disturbed(board, moments, happen, deaf)
    results = list(host_of(port, retries=100).classify_many(batch))
    assert results == kit.expected(identity, batch)
    assert not port.moments, (name, what, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unplugged_board_is_an_error_and_comes_back(kit, on_terminal, seed):
    rng = random.Random(seed)
    identity = kit.identities["every-step"]
    board = ReferenceBoard(identity, kit.classify(identity))
    (sequence,) = kit.sequences(identity, 1, 40, seed=seed)
    (whole,) = kit.expected(identity, [sequence])
    moment, heard = rng.randrange(len(sequence)), []
    with ExitStack() as plugged:
        host = Host(plugged.enter_context(on_terminal(board)))

        def steps():
            for number, step in enumerate(sequence):
                if number == moment:
                    plugged.close()
                yield step

        with pytest.raises(LinkError, match=r"^the port must stay open, and was lost: ") as caught:
            heard.extend(host.live(steps(), len(sequence)))
        assert "start again" in caught.value.hint
        host.close()
    assert [r.logits[0] for r in heard] == list(whole.logits[: len(heard)])
    assert len(heard) == moment
    with on_terminal(board) as path, Host(path) as again:
        assert again.classify(sequence) == whole


def test_a_port_in_use_is_refused(kit, on_terminal):
    identity = kit.identities["bytes"]
    board = ReferenceBoard(identity, kit.classify(identity))
    with on_terminal(board) as path, Host(path) as host:
        with pytest.raises(LinkError, match=r"must be a serial port that can be opened: .*lock"):
            Host(path)
        assert host.identify() == identity


ENDLESS = """
import sys
from itertools import count
from qrnn_hw.boards.link.host.host import Host
host = Host(sys.argv[1], timeout=float(sys.argv[2]))
sequences = ([[step % 256] for step in range(1 + 37 * number % 200)] for number in count())
for number, _ in enumerate(host.classify_many(sequences)):
    print(number, flush=True)
"""
MODEL = random_model(np.random.default_rng(3), 16, 8)


def drawn(rng, count):
    """Draw sequences, and what the golden run makes of them."""
    batch = [random_sequence(rng, MODEL, int(rng.integers(1, 150))) for _ in range(count)]
    return batch, [Result.expected(MODEL, x) for x in batch]


def kill_and_go_on(path, seed, timeout):
    """Kill a host in the midst of its work, and let the next one work on the same board."""
    batch, expected = drawn(np.random.default_rng(seed), 3)
    command = [sys.executable, "-c", ENDLESS, path, str(timeout)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"0\n"
        time.sleep(random.Random(seed).uniform(0, 2 * timeout))
        process.kill()
    with Host(path, timeout=timeout) as host:
        assert list(host.classify_many(batch)) == expected, seed


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_host_that_is_killed_leaves_a_board_that_the_next_one_can_use(on_terminal, seeds):
    with on_terminal(stand_in(MODEL)) as path:
        for seed in seeds:
            kill_and_go_on(path, seed, 0.1)


@pytest.fixture(scope="module")
def gateware(tmp_path_factory):
    """Yield the emitted design of a small network in Verilator; it stays on."""
    text = verilog(assemble(SerialPlan(MODEL, MODEL.hidden), 8), "system")
    board = CosimulatedBoard(text, "system", tmp_path_factory.mktemp("system"), mhz=8)
    with board.power_up() as port:
        yield port


class OnTerminal:
    """A simulated board as a terminal serves one: time passes while nobody speaks, too."""

    def __init__(self, port):
        self.port = port
        self.heard = b""

    def write(self, data):
        self.port.write(data)

    @property
    def _output(self):
        self.heard += self.port.read(1 << 16, 100)
        return self.heard

    def read(self, size):
        if not size:
            self.port.wait(2000)
        data, self.heard = self.heard[:size], self.heard[size:]
        return data


@pytest.mark.slow
def test_a_host_that_is_killed_leaves_gateware_that_the_next_one_can_use(on_terminal, gateware):
    with on_terminal(OnTerminal(gateware)) as path:
        for seed in MANY:
            kill_and_go_on(path, seed, 1)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["another-host-resets", "the-supply-fails"])
def test_a_disturbed_host_gets_all_results_of_the_gateware(host_of, gateware, what):
    for seed in MANY:
        rng = random.Random(seed)
        batch, expected = drawn(np.random.default_rng(seed), 12)

        def happen(rng=rng):
            # What was written is on its way, or has arrived in part.
            gateware.wait(rng.randrange(1, 700))
            if what == "another-host-resets":
                gateware.write(RESET)
            else:
                gateware.drive("rst", 1)
                gateware.wait(2)
                gateware.drive("rst", 0)

        port = Disturbed(gateware, [rng.randrange(700) for _ in range(3)], happen)
        assert list(host_of(port, retries=100).classify_many(batch)) == expected, seed
        assert not port.moments, seed
