"""A core that is small enough to check by hand, behind its link."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.link.gateware.collector import logit_layout
from qrnn_hw.boards.link.gateware.feeder import step_layout
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.host.host import Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.weights import check_value, pack_words
from simulated_port import SimulatedPort

# Cycles of a bit: fewer than any board has, as every one is simulated.
DIVISOR = 4
IDENTITIES = {
    "bytes": Identity(8, False, 512, 10, 25, 12, b"a model "),
    "words": Identity(12, True, 64, 3, 40, 12, b"another "),
    "small": Identity(4, True, 16, 2, 8, 8, b"smallest"),
    "three-channels": Identity(5, True, 16, 3, 20, 8, b"channels", channels=3),
    "five-bytes": Identity(10, False, 16, 2, 30, 8, b"oddbytes", channels=4),
    "widest": Identity(16, True, 16, 2, 32, 8, b"widest..", channels=64),
    "every-step": Identity(4, False, 16, 9, 16, 8, b"everyone", vocabulary=10, every=True),
    "decision": Identity(8, False, 16, 1, 20, 8, b"yes or n"),
    "many-classes": Identity(4, False, 16, 130, 16, 8, b"manyclas"),
    "loadable": Identity(
        8, False, 16, 2, 20, 8, b"loadable", words=3, check=check_value(pack_words([1, 2, 3]))
    ),
    "both": Identity(12, True, 16, 3, 20, 8, b"both two", at_once=2),
    "both-bytes": Identity(8, False, 16, 1, 16, 8, b"both one", at_once=2),
    "both-many": Identity(4, False, 16, 130, 16, 8, b"manyboth", at_once=2),
    "many-every": Identity(4, False, 16, 130, 16, 8, b"manyever", every=True),
}


class SumCore(wiring.Component):
    """Logit k is (k - 1) * (sum of all channels so far) + k; with the interface of a real core."""

    def __init__(self, identity, pause):
        self.identity = identity
        self.pause = pause
        steps, logits = step_layout(identity), logit_layout(identity)
        members = {
            "x": In(stream.Signature(steps)),
            "y": Out(stream.Signature(logits)),
            "busy": Out(1),
        }
        if identity.words:  # which change nothing
            members["w"] = In(stream.Signature(16))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        total, logit = Signal.like(self.y.payload.data), Signal.like(self.y.payload.data)
        other = Signal.like(total)  # of the sequence whose step did not come last
        index = Signal(range(self.identity.classes))
        wait, ends = Signal(range(self.pause + 1)), Signal()
        last = index == self.identity.classes - 1
        step = self.x.payload
        word = Value.cast(step.data)
        channels = [word.word_select(c, self.identity.input_bits)
                    for c in range(self.identity.channels)]  # fmt: skip
        if self.identity.input_signed:
            channels = [channel.as_signed() for channel in channels]
        added, before = sum(channels), total
        if self.identity.at_once > 1:
            side = Signal()
            before = Mux(step.sequence == side, total, other)
            m.d.comb += self.y.payload.sequence.eq(side)
            with m.If(self.x.valid & self.x.ready & (step.sequence != side)):
                m.d.sync += [side.eq(~side), other.eq(total)]
        best = total + 1 > 0
        if self.identity.classes == 1:
            best = logit > 0
        if self.identity.words:
            m.d.comb += self.w.ready.eq(1)
        m.d.comb += [
            self.busy.eq(self.y.valid | (wait != 0)),
            self.x.ready.eq(~self.busy),
            self.y.payload.data.eq(logit),
            self.y.payload.last.eq(last),
            self.y.payload.user.eq(Mux(best, max(2, self.identity.classes) - 1, 0)),
        ]
        with m.If(self.x.valid & self.x.ready):
            m.d.sync += [total.eq(before + added), wait.eq(self.pause), ends.eq(step.last)]
            m.d.sync += [logit.eq(-(before + added))]
            m.d.sync += self.y.valid.eq(step.last | self.identity.every)
        with m.Elif(self.y.valid):
            with m.If(self.y.ready):
                m.d.sync += [index.eq(index + 1), logit.eq(logit + total + 1)]
                with m.If(last):
                    m.d.sync += [index.eq(0), self.y.valid.eq(0)]
                    with m.If(ends):
                        m.d.sync += total.eq(0)
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        return m


def classify(identity):
    def run(sequence):
        total = int(np.sum(sequence))
        logits = [(k - 1) * total + k for k in range(identity.classes)]
        return int(logits[0] > 0 if len(logits) == 1 else np.argmax(logits)), logits

    return run


def system(identity, pause=20, divisor=DIVISOR):
    return System(SumCore(identity, pause), Link(identity, divisor, timeout_bits=7))


def simulated(identity, pause=20, divisor=DIVISOR):
    return SimulatedPort(system(identity, pause, divisor), divisor, quiet_bits=300)


def sequences(identity, count, longest, seed=20):
    """Return random sequences, (T, channels), whose logits fit the identity."""
    rng = np.random.default_rng(seed)
    low, high = identity.input_range
    if identity.logit_bits == 8:
        low, high, longest = -2, 1, 6
    lengths = rng.integers(1, longest + 1, count)
    return [rng.integers(low, high, (length, identity.channels), endpoint=True).tolist()
            for length in lengths]  # fmt: skip


def expected(identity, batch):
    """Return what the board should answer to sequences."""
    results = []
    for sequence in batch:
        first = 1 if identity.every else len(sequence)
        answers = [classify(identity)(sequence[:end]) for end in range(first, len(sequence) + 1)]
        classes, logits = zip(*answers)
        results.append(Result(classes, tuple(map(tuple, logits))))
    return results


@pytest.fixture(scope="session")
def kit():
    """Return the above, as test modules cannot import each other."""
    return SimpleNamespace(
        SumCore=SumCore,
        classify=classify,
        expected=expected,
        identities=IDENTITIES,
        sequences=sequences,
        simulated=simulated,
        system=system,
    )
