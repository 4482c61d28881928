"""Logits become the bytes of results whole, once, and in order."""

from amaranth import Module, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


def steady(m: Module, valid: Value, ready: Value, payload: Value, clear: Value) -> None:
    """Assume what every stream promises: what is offered stays until it is taken."""
    waits, before = Signal(), Signal(len(payload))
    m.d.sync += [waits.eq(valid & ~ready & ~clear), before.eq(payload)]
    m.d.comb += Assume(~waits | (valid & (before == payload)))


class Collecting(Elaboratable):
    """Count the bytes of every logit beside the collector, whatever holds it up.

    A logit is taken with its last byte, or, where it ends a result, with the class byte behind
    it, or of two sequences at once with the byte behind that, which tells whose it is. Every byte
    is the one that is due, at the next place; none comes while the last result must
    stay; and one comes whenever a logit is there and nothing is in its way.

    Parameters
    ----------
    collector
        What is proven.
    """

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        inside = Inside(collector)
        self.fragment = inside.fragment
        self.tail = inside["tail"]
        self.final = inside["final"] if collector.identity.at_once > 1 else None

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.collector = self.fragment
        collector, identity = self.collector, self.collector.identity
        y, size, part = collector.y, identity.logit_bytes, identity.part
        steady(m, y.valid, y.ready, Value.cast(y.payload), collector.clear)

        logits, byte, tail = Signal(range(part + 1)), Signal(range(size + 1)), Signal()
        written, results = Signal(len(collector.place)), Signal(4)
        ends = y.payload.last | (logits == part - 1)
        if identity.parts == 1:
            # A readout has as many logits as there are classes.
            m.d.comb += Assume(~y.valid | (y.payload.last == (logits == part - 1)))
            ends = y.payload.last
        whole = byte == size - 1
        extended = Signal(signed(8 * size))
        due = Signal(8)
        # Behind the class there may be another byte.
        final = tail if self.final is None else Signal(name="behind")
        behind = final if self.final is None else tail | final
        told = y.payload.user if self.final is None else y.payload.sequence
        free_way = y.valid & ~(collector.hold & (written == 0))
        m.d.comb += [
            extended.eq(y.payload.data),
            due.eq(extended.word_select(byte[: (size - 1).bit_length()], 8)),
            Assert(collector.strobe == free_way),
            Assert(y.ready == (free_way & (final | (whole & ~ends)))),
            Assert(collector.done == (free_way & final)),
            Assert(collector.place == collector.first + written),
            Assert(collector.idle == (written == 0)),
            Assert(collector.count == results),
        ]
        with m.If(free_way):
            m.d.sync += written.eq(written + 1)
            with m.If(final):
                m.d.comb += Assert(collector.byte == told)
                m.d.sync += [written.eq(0), byte.eq(0), logits.eq(0), final.eq(0)]
                m.d.sync += results.eq(results + 1)
            with m.Elif(tail):
                m.d.comb += Assert(collector.byte == y.payload.user)
                m.d.sync += [tail.eq(0), final.eq(1)]
            with m.Else():
                m.d.comb += Assert(collector.byte == due)
                m.d.sync += byte.eq(byte + 1)
                with m.If(whole):
                    m.d.sync += tail.eq(ends)
                    with m.If(~ends):
                        m.d.sync += [byte.eq(0), logits.eq(logits + 1)]
        with m.If(collector.clear):
            m.d.sync += [signal.eq(0) for signal in (written, byte, logits, tail, results)]
            m.d.sync += final.eq(0)

        # What makes it so.
        m.d.comb += [
            Assert(self.tail == tail),
            Assert(logits < part),
            Assert(written == size * logits + byte + (final & ~tail)),
            Assert((byte < size) | (behind & (byte == size))),
            Assert(~behind | (byte == size)),
            Assert(~behind | (y.valid & ends)),
        ]
        if self.final is not None:
            m.d.comb += [Assert(self.final == final), Assert(~(tail & final))]
        return m


def collecting(collector: Collector) -> Proof:
    """Return the proof for a collector."""
    identity = collector.identity
    return Proof(
        "logits become results whole, once and in order",
        Collecting(collector),
        Method.INDUCTION,
        1,
        free(collector),
        f"{identity.classes} logits of {identity.logit_bits} bits",
        resets=True,
    )
