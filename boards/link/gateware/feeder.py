"""From frames of samples to the time steps of the core, and from frames of weights to bytes."""

from amaranth import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.hdl import Elaboratable
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.gateware.receiver import (
    END_OF_FRAME,
    END_OF_SEQUENCE,
    FIRST_SAMPLE,
    OF_SECOND,
    TURNS,
)
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import SLOTS
from qrnn_hw.hw.ports import whose


def step_layout(identity: Identity) -> data.StructLayout:
    """Return the layout of a time step: its channels, whether it ends its sequence, and whose."""
    alone = identity.channels == 1 and identity.input_signed
    shape = signed(identity.step_bits) if alone else unsigned(identity.step_bits)
    return data.StructLayout({"data": shape, "last": 1, **whose(identity.at_once)})


class Feeder(wiring.Component):
    """Read the samples of accepted frames, in order, and offer them as time steps.

    A step of n bytes is offered n cycles after the one before was taken. All but its last byte
    wait in flip-flops. While weights are ``missing``, every byte is offered by itself, as ``byte``.

    Parameters
    ----------
    identity
        Whose steps they are.

    Members
    -------
    accepted : In(4)
        Frames there are, modulo 16.
    consumed : Out(4)
        Frames whose last step was taken, modulo 16.
    address : Out(range(SLOTS * identity.slot)), sample : In(10), or In(12) of two sequences at once
        Read port of the sample memory.
    x : Out(stream.Signature(step_layout(identity)))
        Time steps.
    missing : In(1)
        What was accepted are weights; changes only while nothing is there to read.
    byte : Out(stream.Signature(8))
        Bytes of weights.
    clear : In(1)
        Forget everything.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        super().__init__(
            {
                "accepted": In(4),
                "consumed": Out(4),
                "address": Out(range(SLOTS * identity.slot)),
                "sample": In(12 if identity.at_once > 1 else 10),
                "x": Out(stream.Signature(step_layout(identity))),
                "missing": In(1),
                "byte": Out(stream.Signature(8)),
                "clear": In(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        size = self.identity.step_bytes
        place = Signal(range(self.identity.slot), name="place", init=FIRST_SAMPLE)
        step = self.x.payload
        ends = self.sample[END_OF_FRAME]
        there = self.consumed != self.accepted
        both = self.identity.at_once > 1
        other = Signal()  # steps of a frame so far, modulo 2
        valid = Signal(name="valid")
        m.d.comb += [
            self.x.valid.eq(valid & ~self.missing),
            self.byte.valid.eq(valid & self.missing),
            self.byte.payload.eq(self.sample[:8]),
            self.address.eq(Cat(place, self.consumed[:2])),
            step.last.eq(self.sample[END_OF_SEQUENCE] & (ends | both)),
        ]
        if both:
            turned = other & self.sample[TURNS]
            m.d.comb += step.sequence.eq(self.sample[OF_SECOND] ^ turned)
            with m.If(self.x.valid & self.x.ready):
                m.d.sync += other.eq(~other & ~ends)
            with m.If(self.clear):
                m.d.sync += other.eq(0)

        # The byte that comes into the memory's output next. That output follows the address by a
        # cycle, so that the first byte to be shifted is none of this step, and shifted out again.
        index = Signal(range(size), name="index")
        low = Signal(8 * (size - 1), name="low", reset_less=True)
        m.d.comb += step.data.eq(Cat(low, self.sample[:8]))
        whole = (index == size - 1) | self.missing
        if size > 1:
            with m.If(~valid & there):
                m.d.sync += [low.eq(Cat(low, self.sample[:8])[8:]), index.eq(index + 1)]
                with m.If(whole):
                    m.d.sync += index.eq(0)
                with m.Else():
                    m.d.sync += place.eq(place + 1)

        with m.If(~valid):
            m.d.sync += valid.eq(there & whole)
        with m.Elif(Mux(self.missing, self.byte.ready, self.x.ready)):
            m.d.sync += [valid.eq(0), place.eq(place + 1)]
            with m.If(ends):
                m.d.sync += [place.eq(FIRST_SAMPLE), self.consumed.eq(self.consumed + 1)]

        with m.If(self.clear):
            m.d.sync += [valid.eq(0), place.eq(FIRST_SAMPLE), self.consumed.eq(0)]
            m.d.sync += index.eq(0)
        return m
