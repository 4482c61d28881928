"""From the logits of the core to the bytes of a result."""

from amaranth import Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.ports import whose


def logit_layout(identity: Identity) -> data.StructLayout:
    """Return the layout of a logit, with the class beside the last one of a readout, and whose."""
    classes = range(max(2, identity.classes))  # a logit alone says yes or no
    shapes = {"data": signed(identity.logit_bits), "user": classes, "last": 1}
    return data.StructLayout(shapes | whose(identity.at_once))


class Collector(wiring.Component):
    """Write the logits of a readout, and then the class index, byte by byte.

    Of two sequences at once a byte more follows: whose logits these are. A logit takes a cycle a
    byte, and the last one another for each byte behind it. A result stays
    while ``hold`` is high, and the logits of the next readout wait. A readout that is more than
    a frame holds is several results, all but the last one full, and the class index is that of
    the last one.

    Parameters
    ----------
    identity
        The model's classes and logit width.
    first
        Place of the first byte; a multiple of 8.
    place_bits
        Width of a place.

    Members
    -------
    y : In(stream.Signature(logit_layout(identity)))
        Logits.
    hold : In(1)
        The last result must stay.
    clear : In(1)
        Forget everything.
    strobe : Out(1)
        Write ``byte`` to ``place``.
    place : Out(place_bits)
        Where this byte goes.
    byte : Out(8)
        A byte of a logit, low byte first, the class index, or whose it is.
    idle : Out(1)
        No result is half written.
    done : Out(1)
        A result becomes complete, in this cycle.
    count : Out(4)
        Complete results since the last ``clear``, modulo 16.
    """

    def __init__(self, identity: Identity, first: int, place_bits: int) -> None:
        self.identity = identity
        self.first = first
        layout = logit_layout(identity)
        super().__init__(
            {
                "y": In(stream.Signature(layout)),
                "hold": In(1),
                "clear": In(1),
                "strobe": Out(1),
                "place": Out(place_bits, init=first),
                "byte": Out(8),
                "idle": Out(1, init=1),
                "done": Out(1),
                "count": Out(4),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        size = self.identity.logit_bytes
        logit = self.y.payload
        extended = Signal(signed(8 * size))
        # The logits are of 1, 2, 4 or 8 bytes, so the low bits of the place count within one.
        index = self.place[: ceil_log2(size)]
        tail, end = signals("tail end")
        m.d.comb += end.eq(logit.last)
        if self.identity.parts > 1:
            full = self.first + self.identity.part * size - 1
            m.d.comb += end.eq(logit.last | (self.place == full))
        byte = Mux(tail, logit.user, extended.word_select(index, 8))
        behind, final = index.all() & end & ~tail, tail
        if self.identity.at_once > 1:
            final = Signal(name="final")
            behind, byte = behind & ~final, Mux(final, logit.sequence, byte)
            m.d.sync += final.eq(Mux(self.strobe, tail, final) & ~self.clear)
        m.d.comb += [
            extended.eq(logit.data),
            self.byte.eq(byte),
            self.strobe.eq(self.y.valid & ~(self.hold & self.idle)),
            self.y.ready.eq(self.strobe & (final | index.all() & ~end)),
            self.done.eq(self.strobe & final),
        ]
        with m.If(self.strobe):
            m.d.sync += [self.place.eq(self.place + 1), tail.eq(behind)]
            m.d.sync += self.idle.eq(0)
        with m.If(self.done):
            m.d.sync += [self.place.eq(self.first), self.count.eq(self.count + 1)]
            m.d.sync += self.idle.eq(1)
        with m.If(self.clear):
            m.d.sync += [tail.eq(0), self.place.eq(self.first), self.count.eq(0)]
            m.d.sync += self.idle.eq(1)
        return m
