"""From frames of samples to the time steps of the core."""

from amaranth import Cat, Module, Signal, signed, unsigned
from amaranth.hdl import Elaboratable
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.receiver import END_OF_FRAME, END_OF_SEQUENCE, FIRST_SAMPLE


def step_layout(input_bits: int, input_signed: bool) -> data.StructLayout:
    """Return the layout of a time step: its input, and whether it ends the sequence."""
    shape = signed(input_bits) if input_signed else unsigned(input_bits)
    return data.StructLayout({"data": shape, "last": 1})


class Feeder(wiring.Component):
    """Read the samples of accepted frames, in order, and offer them as time steps.

    A step is offered one cycle after the one before was taken, two with steps of two bytes.

    Parameters
    ----------
    input_bits, input_signed
        Format of a step.

    Members
    -------
    accepted : In(4)
        Frames there are, modulo 16.
    consumed : Out(4)
        Frames whose last step was taken, modulo 16.
    address : Out(8), sample : In(10)
        Read port of the sample memory.
    x : Out(stream.Signature(step_layout(input_bits, input_signed)))
        Time steps.
    clear : In(1)
        Forget everything.
    """

    def __init__(self, input_bits: int, input_signed: bool) -> None:
        self.input_bits = input_bits
        super().__init__(
            {
                "accepted": In(4),
                "consumed": Out(4),
                "address": Out(8),
                "sample": In(10),
                "x": Out(stream.Signature(step_layout(input_bits, input_signed))),
                "clear": In(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        place = Signal(6, init=FIRST_SAMPLE)
        step = self.x.payload
        ends = self.sample[END_OF_FRAME]
        there = self.consumed != self.accepted
        m.d.comb += [
            self.address.eq(Cat(place, self.consumed[:2])),
            step.last.eq(ends & self.sample[END_OF_SEQUENCE]),
        ]

        if self.input_bits <= 8:
            m.d.comb += step.data.eq(self.sample[:8])
            whole = there
        else:
            low, second = Signal(8), Signal()
            m.d.comb += step.data.eq(Cat(low, self.sample[:8]))
            whole = there & second
            with m.If(~self.x.valid & there):
                m.d.sync += second.eq(~second)
                with m.If(second):
                    m.d.sync += low.eq(self.sample[:8])
                with m.Else():
                    m.d.sync += place.eq(place + 1)

        # The memory follows the address by a cycle, in which the step is not valid.
        with m.If(~self.x.valid):
            m.d.sync += self.x.valid.eq(whole)
        with m.Elif(self.x.ready):
            m.d.sync += [self.x.valid.eq(0), place.eq(place + 1)]
            with m.If(ends):
                m.d.sync += [place.eq(FIRST_SAMPLE), self.consumed.eq(self.consumed + 1)]

        with m.If(self.clear):
            m.d.sync += [self.x.valid.eq(0), place.eq(FIRST_SAMPLE), self.consumed.eq(0)]
            if self.input_bits > 8:
                m.d.sync += second.eq(0)
        return m
