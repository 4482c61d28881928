"""Frames in memory reach the core whole, once, and in order."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.gateware.receiver import (
    END_OF_FRAME,
    END_OF_SEQUENCE,
    FIRST_SAMPLE,
    OF_SECOND,
    TURNS,
)
from qrnn_hw.boards.link.protocol import SLOTS
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Feeding(Elaboratable):
    """Follow one address of the sample memory, any one, and all transfers.

    A reference counts through the places of the frames as docs/protocol.md lays them out, a step
    a transfer. The feeder must be where the reference is, and what it offers from the address that
    is followed must be what is there. The contents may change whenever no accepted frame has them,
    which :mod:`qrnn_hw.sim.formal.receiver_slots` proves of the receiver. Frames are accepted, the
    link is cleared, and the core stalls, at any time.

    Parameters
    ----------
    feeder
        What is proven.

    Attributes
    ----------
    inputs : list[Signal]
        What happens around it.
    """

    def __init__(self, feeder: Feeder) -> None:
        self.feeder = feeder
        self.inside = inside = Inside(feeder)
        self.fragment = inside.fragment
        self.odd = Signal()
        self.size = feeder.identity.step_bytes
        self.valid, self.place = inside["valid"], inside["place"]
        self.index = inside["index"] if self.size > 1 else Const(0)
        self.low = inside["low"] if self.size > 1 else Const(0, 0)
        self.accept, self.forget, self.change, self.weights = (Signal() for _ in range(4))
        width = len(feeder.sample)
        self.content, self.other = Signal(width), Signal(width)
        self.both = feeder.identity.at_once > 1
        self.inputs = [self.accept, self.forget, self.change, self.weights, self.content,
                       self.other, feeder.x.ready, feeder.byte.ready]  # fmt: skip

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.feeder = self.fragment
        feeder = self.feeder

        # Frames are accepted while there is a slot; a reset forgets them.
        frame, begin = Signal(4), Signal.like(self.place, init=FIRST_SAMPLE)  # the reference
        accepted, clear, pending, missing = Signal(4), Signal(), Signal(4), Signal()
        m.d.comb += [
            pending.eq(accepted - frame),
            feeder.accepted.eq(accepted),
            feeder.clear.eq(clear),
            feeder.missing.eq(missing),
            Assume(~self.accept | ((pending < SLOTS) & ~clear & ~self.forget)),
        ]
        m.d.sync += [accepted.eq(Mux(self.forget, 0, accepted + self.accept))]
        m.d.sync += clear.eq(self.forget)
        with m.If((pending == 0) & ~self.accept):
            m.d.sync += missing.eq(self.weights)

        # The address that is followed, its contents, and the address that was read.
        followed = any_constant(m, len(feeder.address), "followed")
        held, before = Signal.like(self.content), Signal.like(self.content)
        read = Signal.like(feeder.address)
        used = (followed[len(self.place) :] - frame[:2])[:2] < pending
        m.d.sync += [before.eq(held), read.eq(feeder.address)]
        m.d.comb += feeder.sample.eq(Mux(read == followed, before, self.other))
        with m.If(self.change & ~used & ~self.accept):
            m.d.sync += held.eq(self.content)

        odd = self.odd  # steps of the frame so far, modulo 2

        def at(place: Value) -> Value:
            return Cat(place[: len(self.place)], frame[:2])

        with m.If(clear):
            m.d.sync += [frame.eq(0), begin.eq(FIRST_SAMPLE), odd.eq(0)]
            m.d.comb += Assert(accepted == 0)
        with m.Else():
            m.d.comb += [
                Assert(pending <= SLOTS),
                Assert(feeder.consumed == frame),
                Assert(~used | (before == held)),
            ]
            size = Mux(missing, 1, self.size)
            taken = Mux(missing, feeder.byte.valid & feeder.byte.ready,
                        feeder.x.valid & feeder.x.ready)  # fmt: skip
            with m.If(taken):
                m.d.sync += begin.eq(begin + size)
                with m.If(feeder.sample[END_OF_FRAME]):
                    m.d.sync += [frame.eq(frame + 1), begin.eq(FIRST_SAMPLE)]
            if self.both:
                with m.If(taken & ~missing):
                    m.d.sync += odd.eq(~odd & ~feeder.sample[END_OF_FRAME])
                m.d.comb += Assert(self.inside["other"] == odd)
            with m.If(self.valid):
                m.d.comb += [
                    Assert(read == at(begin + size - 1)),
                    Assert((self.place == read[: len(self.place)]) & (self.index == 0)),
                    Assert(pending != 0),
                ]
            with m.Else():
                m.d.comb += Assert(self.place == (begin + self.index)[: len(self.place)])
                with m.If(self.index != 0):
                    m.d.comb += Assert(read == at(begin + self.index - 1))
            m.d.comb += [
                Assert((self.index < size) & ((self.index == 0) | (pending != 0))),
                Assert(feeder.x.valid == (self.valid & ~missing)),
                Assert(feeder.byte.valid == (self.valid & missing)),
            ]
            self._offers(m, [at(begin + k) == followed for k in range(self.size)], held)
            self._waits(m, [at(begin + k) == followed for k in range(self.size)], held)

        # What is offered stays until it is taken.
        stalled = Signal()
        m.d.sync += stalled.eq(self.valid & ~taken & ~clear)
        m.d.comb += Assert(~stalled | self.valid)
        return m

    def _offers(self, m: Module, here: list[Value], held: Signal) -> None:
        """Compare what is offered with the contents of the address that is followed."""
        step, feeder = Value.cast(self.feeder.x.payload.data), self.feeder
        with m.If(feeder.x.valid):
            for k in range(self.size):
                byte = step[8 * k : 8 * k + 8]
                with m.If(here[k]):
                    m.d.comb += Assert(byte == held[: len(byte)])
            with m.If(here[-1]):
                ends = held[END_OF_SEQUENCE] & (held[END_OF_FRAME] | self.both)
                m.d.comb += Assert(feeder.x.payload.last == ends)
                if self.both:
                    turned = held[TURNS] & self.odd
                    m.d.comb += Assert(feeder.x.payload.sequence == held[OF_SECOND] ^ turned)
        with m.If(feeder.byte.valid & here[0]):
            m.d.comb += Assert(feeder.byte.payload == held[:8])

    def _waits(self, m: Module, here: list[Value], held: Signal) -> None:
        """State where the bytes of a step wait that is not complete."""
        for count in range(2, self.size):
            with m.If(~self.valid & (self.index == count)):
                for k in range(count - 1):
                    with m.If(here[k]):
                        byte = self.low.word_select(self.size - count + k, 8)
                        m.d.comb += Assert(byte == held[:8])


def feeding(feeder: Feeder) -> Proof:
    """Return the proof for a feeder."""
    design = Feeding(feeder)
    return Proof(
        "frames reach the core whole, once and in order",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"steps of {design.size} bytes",
        resets=True,
    )
