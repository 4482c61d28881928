"""A core that is small enough to check by hand, and a line that tampers with bytes."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.collector import logit_layout
from qrnn_hw.boards.feeder import step_layout
from qrnn_hw.boards.identity import Identity
from qrnn_hw.boards.link import Link
from qrnn_hw.boards.simulated import SimulatedPort
from qrnn_hw.boards.system import System

DIVISOR = 8
IDENTITIES = {
    "bytes": Identity(8, False, 512, 10, 25, 12, b"a model "),
    "words": Identity(12, True, 64, 3, 40, 12, b"another "),
    "small": Identity(4, True, 16, 2, 8, 8, b"smallest"),
}


class SumCore(wiring.Component):
    """Logit k is (k - 1) * (sum of the steps) + k; with the interface of the real core."""

    def __init__(self, identity, pause):
        self.identity = identity
        self.pause = pause
        steps = step_layout(identity.input_bits, identity.input_signed)
        logits = logit_layout(identity.logit_bits, identity.classes)
        super().__init__(
            {
                "x": In(stream.Signature(steps)),
                "y": Out(stream.Signature(logits)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        total, logit = Signal.like(self.y.payload.data), Signal.like(self.y.payload.data)
        index = Signal(range(self.identity.classes))
        wait = Signal(range(self.pause + 1))
        last = index == self.identity.classes - 1
        m.d.comb += [
            self.busy.eq(self.y.valid | (wait != 0)),
            self.x.ready.eq(~self.busy),
            self.y.payload.data.eq(logit),
            self.y.payload.last.eq(last),
            self.y.payload.user.eq(Mux(total + 1 > 0, self.identity.classes - 1, 0)),
        ]
        with m.If(self.x.valid & self.x.ready):
            m.d.sync += [total.eq(total + self.x.payload.data), wait.eq(self.pause)]
            m.d.sync += [logit.eq(-(total + self.x.payload.data))]
            m.d.sync += self.y.valid.eq(self.x.payload.last)
        with m.Elif(self.y.valid):
            with m.If(self.y.ready):
                m.d.sync += [index.eq(index + 1), logit.eq(logit + total + 1)]
                with m.If(last):
                    m.d.sync += [index.eq(0), total.eq(0), self.y.valid.eq(0)]
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        return m


class TamperingPort:
    """A port in front of another that alters, drops or inserts bytes.

    ``to_board`` and ``to_host`` map the position of a byte, counted from the first, to the
    bytes that take its place.
    """

    def __init__(self, port, to_board=None, to_host=None):
        self.timeout = None
        self.port = port
        self.plans = (to_board or {}, to_host or {})
        self.positions = [0, 0]
        self.pending = bytearray()

    def tamper(self, way, data):
        altered = bytearray()
        for byte in data:
            altered += self.plans[way].get(self.positions[way], bytes([byte]))
            self.positions[way] += 1
        return bytes(altered)

    def write(self, data):
        return self.port.write(self.tamper(0, data))

    def read(self, size=1):
        while len(self.pending) < size and (data := self.port.read(size - len(self.pending))):
            self.pending += self.tamper(1, data)
        data = bytes(self.pending[:size])
        del self.pending[:size]
        return data

    def close(self):
        self.port.close()


def classify(identity):
    def run(sequence):
        total = int(sum(sequence))
        logits = [(k - 1) * total + k for k in range(identity.classes)]
        return int(np.argmax(logits)), logits

    return run


def system(identity, pause=20):
    return System(SumCore(identity, pause), Link(identity, DIVISOR, timeout_bits=7))


def sequences(identity, count, longest, seed=20):
    """Return random sequences whose logits fit the identity."""
    rng = np.random.default_rng(seed)
    low = -(1 << identity.input_bits - 1) if identity.input_signed else 0
    high = low + (1 << identity.input_bits)
    if identity.logit_bits == 8:
        low, high, longest = -2, 2, 6
    lengths = rng.integers(1, longest + 1, count)
    return [rng.integers(low, high, length).tolist() for length in lengths]


@pytest.fixture(scope="session")
def kit():
    """Return the above, as test modules cannot import each other."""
    return SimpleNamespace(
        SumCore=SumCore,
        TamperingPort=TamperingPort,
        classify=classify,
        divisor=DIVISOR,
        identities=IDENTITIES,
        sequences=sequences,
        simulated=lambda identity, pause=20: SimulatedPort(
            system(identity, pause), DIVISOR, quiet_bits=300
        ),
        system=system,
    )
