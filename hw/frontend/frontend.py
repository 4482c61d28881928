"""Samples in, frames out."""

from amaranth import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.hdl import Elaboratable, ValueLike
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.frontend import BAND_BITS, BANDS, BINS, BLOCK, BLOCKS, EDGES, FRAME, SAMPLE_BITS
from qrnn_hw.hw.frontend.arithmetic import MOST, Addend, Cosine, Octave, Words
from qrnn_hw.hw.gates import signals


def sample_layout() -> data.StructLayout:
    """Describe one sample on the wire, and whether it ends the sequence."""
    return data.StructLayout({"data": signed(SAMPLE_BITS), "last": 1})


def frame_layout() -> data.StructLayout:
    """Describe one frame on the wire: an input of :func:`qrnn_hw.hw.ports.input_layout`."""
    return data.StructLayout({"data": unsigned(BANDS * BAND_BITS), "last": 1})


# The words: I and Q of bin k are 2 k and 2 k + 1, the energy of band b is 64 + b.
ZERO, BEFORE, FIRST, LAST = 0, 1, 2, 2 * BINS + 1
ENERGIES = 64 // BANDS

SAMPLE_CYCLES = 2 + 2 * BINS
BLOCK_CYCLES = 5 * BINS
MOST_LOG_CYCLES = (1 + 2 * (MOST + 1)) * BANDS
MOST_FRAME_CYCLES = FRAME * SAMPLE_CYCLES + BLOCKS * BLOCK_CYCLES + 1 + MOST_LOG_CYCLES


class FrontEnd(wiring.Component):
    """Compute what :func:`qrnn_hw.export.frontend.front_end` computes, bit for bit.

    Only what follows a frame tells whether it is the last one. So a frame waits until the next
    one is there, or until the sequence ends. Samples behind the last whole frame are dropped, and
    a sequence without a whole frame leaves nothing.

    Throughput: a sample in 64 cycles, and in 155 more the last one of a block. The last one of a
    frame takes another 3 to 35 cycles a band, by its energy, and a cycle for the frame before: at
    most 9063 cycles a frame, 71 a sample. Latency: the last frame is offered 62 cycles after the
    transfer that ends its sequence, and at most 778 if that sample ends the frame, too. Any stall
    is legal; while a frame waits to be taken, the samples of the next one are.

    Members
    -------
    x : In(stream.Signature(sample_layout()))
        A sample a transfer; ``last`` ends the sequence.
    y : Out(stream.Signature(frame_layout()))
        A frame a transfer, band 0 lowest; ``last`` ends the sequence.
    busy : Out(1)
        A sequence has begun and its last frame was not taken.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "x": In(stream.Signature(sample_layout())),
                "y": Out(stream.Signature(frame_layout())),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.words = words = Words()
        m.submodules.cosine = cosine = Cosine()
        m.submodules.octave = octave = Octave()

        place = Signal(range(BLOCK))
        second = Signal()
        word = Signal(range(LAST + 1), init=FIRST)
        band = Signal(range(BANDS))
        frame = Signal(BANDS * BAND_BITS, reset_less=True)
        started, ending, held = signals("started ending held")
        # The bin is the first one of its band; its I is smaller than its Q.
        opening = Signal(init=1)
        smaller = Signal()

        energy = Cat(band, Const(ENERGIES, 3))
        ends = sum(1 << edge for edge in EDGES[1:])
        closing = Const(ends, BINS + 1).bit_select(word[1:], 1)
        m.d.comb += [
            words.read.eq(word),
            words.write.eq(word),
            words.sample.eq(self.x.payload.data),
            cosine.place.eq(place),
            cosine.sine.eq(word[0]),
            octave.value.eq(words.total),
            self.y.payload.data.eq(frame),
            self.busy.eq(started),
        ]

        def add(addend: ValueLike, **controls: ValueLike) -> None:
            m.d.comb += words.addend.eq(addend)
            m.d.comb += [getattr(words, name).eq(value) for name, value in controls.items()]

        def advance() -> None:
            m.d.sync += word.eq(Mux(word == LAST, FIRST, word + 1))

        def rest() -> None:
            with m.If(ending):
                m.next = "END"
            with m.Else():
                m.next = "WAIT"

        # What a state orders is done in the next cycle, when the sample is still there.
        m.d.sync += self.x.ready.eq(0)
        with m.If(self.x.ready):
            m.d.sync += [started.eq(1), ending.eq(self.x.payload.last)]
        with m.FSM():
            with m.State("WAIT"):
                add(Addend.SAMPLE, negate=1, keep=1, read=Mux(started, BEFORE, ZERO))
                with m.If(self.x.valid):
                    m.next = "TAKE"
            with m.State("TAKE"):
                add(Addend.SAMPLE, read=ZERO, store=1, write=BEFORE)
                m.d.comb += cosine.start.eq(1)
                m.d.sync += self.x.ready.eq(1)
                m.next = "CORRELATE"
            with m.State("CORRELATE"):
                with m.If(cosine.positive):
                    add(Addend.TOTAL)
                with m.If(cosine.negative):
                    add(Addend.MINUS_TOTAL)
                m.d.comb += [words.store.eq(1), cosine.step.eq(word[0])]
                with m.If(place == 0):
                    m.d.comb += words.read.eq(ZERO)
                advance()
                with m.If(word == LAST):
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == BLOCK - 1):
                        m.next = "REAL"
                    with m.Else():
                        rest()

            # |I| - |Q| tells which of them is larger. It and half of the other one are added to
            # the energy of the band.
            with m.State("REAL"):
                add(Addend.NOTHING, magnitude=1, keep=1)
                advance()
                m.next = "IMAGINARY"
            with m.State("IMAGINARY"):
                add(Addend.TOTAL, magnitude=1, negate=1, keep=1)
                m.next = "ENERGY"
            with m.State("ENERGY"):
                add(Addend.NOTHING, read=Mux(opening & ~second, ZERO, energy), keep=1)
                m.next = "LARGER"
            with m.State("LARGER"):
                add(Addend.TOTAL, read=Cat(words.total < 0, word[1:]), magnitude=1, keep=1)
                m.d.sync += smaller.eq(words.total < 0)
                m.next = "SMALLER"
            with m.State("SMALLER"):
                add(Addend.TOTAL, read=Cat(~smaller, word[1:]), magnitude=1, halve=1, store=1,
                    write=energy)  # fmt: skip
                m.d.sync += [opening.eq(closing), band.eq(band + closing)]
                advance()
                m.next = "REAL"
                with m.If(word == LAST):
                    m.d.sync += second.eq(~second)
                    with m.If(~second):
                        rest()
                    with m.Elif(held):
                        m.next = "PASS"
                    with m.Else():
                        m.next = "LOAD"

            with m.State("PASS"):
                m.d.comb += self.y.valid.eq(1)
                with m.If(self.y.ready):
                    m.next = "LOAD"
            with m.State("LOAD"):
                add(Addend.NOTHING, read=energy, keep=1)
                m.d.comb += octave.clear.eq(1)
                m.next = "SETTLE"
            with m.State("SETTLE"):
                m.next = "LOGARITHM"
            with m.State("LOGARITHM"):
                # One time too many at the end, when nobody reads that energy again.
                add(Addend.NOTHING, read=energy, halve=1, keep=1, store=1, write=energy)
                m.d.comb += octave.count.eq(1)
                with m.If(octave.more):
                    m.next = "SETTLE"
                with m.Else():
                    m.d.sync += [
                        frame.eq(Cat(frame[BAND_BITS:], octave.level)),
                        band.eq(band + 1),
                        held.eq(1),
                    ]
                    m.next = "LOAD"
                    with m.If(band == BANDS - 1):
                        rest()

            with m.State("END"):
                m.d.comb += [self.y.valid.eq(held), self.y.payload.last.eq(1)]
                with m.If(self.y.ready | ~held):
                    m.d.sync += [
                        started.eq(0), held.eq(0), place.eq(0), second.eq(0), opening.eq(1),
                        band.eq(0),
                    ]  # fmt: skip
                    m.next = "WAIT"
        return m
