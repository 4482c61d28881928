"""The link between a host and the core."""

from collections.abc import Mapping
from typing import Any

from amaranth import Cat, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Member, Out

from qrnn_hw.boards.link.gateware import spi, uart
from qrnn_hw.boards.link.gateware.collector import Collector, logit_layout
from qrnn_hw.boards.link.gateware.feeder import Feeder, step_layout
from qrnn_hw.boards.link.gateware.loader import Loader
from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.boards.link.gateware.transmitter import BODY, FrameTransmitter, template
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.protocol import Code, Kind
from qrnn_hw.hw.gates import signals

#: The pins of every link that a board may have, by its name.
LINKS: Mapping[str, Mapping[str, Member]] = {"uart": uart.PINS, "spi": spi.PINS}


def passed(
    outer: wiring.Component, inner: wiring.Component, pins: Mapping[str, Member]
) -> list[Any]:
    """Connect pins of a component with those of the one inside it; return the statements."""
    ends = {In: (inner, outer), Out: (outer, inner)}
    pairs = [(name, *ends[member.flow]) for name, member in pins.items()]
    return [getattr(end, name).eq(getattr(source, name)) for name, end, source in pairs]


class Link(wiring.Component):
    """Answer the frames of docs/protocol.md: samples and weights to the core, results to the host.

    Steps reach the core as their frame proves right, a result is sent as its last logit
    arrives, and logits of the next readout wait while one is being sent.

    Parameters
    ----------
    identity
        What the link tells about the model; its formats are those of the core's streams.
    divisor
        Of a UART: clock cycles of a bit, as from
        :func:`qrnn_hw.boards.link.gateware.uart.divisor`. 0 for SPI.
    timeout_bits
        A frame is truncated when a UART is silent for ``2 ** timeout_bits`` bits.
    fetches
        Whether a table outside the core may be missing.
    slow_ram
        Whether block RAM shows its data late in a cycle.

    Members
    -------
    rx : In(1), tx : Out(1)
        Of a UART: lines from and to the host.
    sck : In(1), cs : In(1), copi : In(1), cipo : Out(1)
        Of SPI: the pins of :class:`~qrnn_hw.boards.link.gateware.spi.SpiPeripheral`.
    x : Out(stream.Signature(step_layout(...)))
        Time steps.
    y : In(stream.Signature(logit_layout(...)))
        Logits.
    w : Out(stream.Signature(16))
        Only if ``identity.words``: the weights; may come again after a reset.
    missing : In(1)
        Only if ``fetches``: the table is missing; no steps are accepted then.
    reset_core : Out(1)
        Forget the sequence that has begun; for one cycle. Weights that all came must stay.
    error : Out(1)
        The last frame was refused.
    result : Out(1)
        Changes with every result.
    """

    def __init__(
        self,
        identity: Identity,
        divisor: int,
        timeout_bits: int = 12,
        *,
        fetches: bool = False,
        slow_ram: bool = False,
    ) -> None:
        self.identity = identity
        self.fetches = fetches
        self.slow_ram = slow_ram
        self.divisor = divisor
        self.timeout_bits = timeout_bits
        steps, logits = step_layout(identity), logit_layout(identity)
        members = {
            **self.pins,
            "x": Out(stream.Signature(steps)),
            "y": In(stream.Signature(logits)),
            "reset_core": Out(1),
            "error": Out(1),
            "result": Out(1),
        }
        if identity.words:
            members["w"] = Out(stream.Signature(16))
        if fetches:
            members["missing"] = In(1)
        super().__init__(members)

    @property
    def pins(self) -> Mapping[str, Member]:
        """Its pins among its members."""
        return LINKS["uart" if self.divisor else "spi"]

    def _line(
        self, m: Module, receiver: FrameReceiver, transmitter: FrameTransmitter
    ) -> tuple[list[Any], list[Any]]:
        """Return what connects the pins: those from the host, and that to it."""
        if self.divisor:
            arriving = [
                receiver.rx.eq(self.rx),
                receiver.low.eq(transmitter.low),
                receiver.tick.eq(transmitter.tick),
            ]
            return arriving, [self.tx.eq(transmitter.tx)]
        m.submodules.spi = peripheral = spi.SpiPeripheral()
        wiring.connect(m, peripheral.line, receiver.line)
        *arriving, leaving = passed(self, peripheral, spi.PINS)
        paced = [peripheral.tx.eq(transmitter.tx), transmitter.tick.eq(peripheral.tick)]
        return [*arriving, *paced], [leaving]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        identity = self.identity
        blank = bytes(identity.part * identity.logit_bytes + identity.tail)
        m.submodules.transmitter = transmitter = FrameTransmitter(
            self.divisor,
            [
                template(Kind.STATUS, b""),
                template(Kind.IDENTITY, identity.pack()),
                template(Kind.RESULT, blank),
            ],
            slow_ram=self.slow_ram,
        )
        m.submodules.receiver = receiver = FrameReceiver(
            self.divisor, identity.step_bytes, identity.slot, self.timeout_bits,
            loads=bool(identity.words), at_once=identity.at_once,
        )  # fmt: skip
        m.submodules.feeder = feeder = Feeder(identity)
        m.submodules.collector = collector = Collector(identity, BODY, transmitter.place_bits)

        missing = Signal()
        if identity.words:
            m.submodules.loader = loader = Loader(identity)
            wiring.connect(m, feeder.byte, loader.byte)
            wiring.connect(m, wiring.flipped(self.w), loader.w)
            m.d.comb += [
                loader.idle.eq(receiver.accepted == feeder.consumed),
                loader.clear.eq(receiver.clear),
                loader.forget.eq(receiver.forget),
                missing.eq(loader.missing),
                feeder.missing.eq(missing),
            ]
        elif self.fetches:
            # Frames that were accepted before stay what they are: steps.
            m.d.comb += missing.eq(self.missing)
        wiring.connect(m, wiring.flipped(self.x), feeder.x)
        wiring.connect(m, wiring.flipped(self.y), collector.y)
        arriving, leaving = self._line(m, receiver, transmitter)
        m.d.comb += [
            *arriving,
            receiver.consumed.eq(feeder.consumed),
            receiver.address.eq(feeder.address),
            receiver.missing.eq(missing),
            feeder.accepted.eq(receiver.accepted),
            feeder.sample.eq(receiver.sample),
            feeder.clear.eq(receiver.clear),
            collector.clear.eq(receiver.clear),
            transmitter.strobe.eq(collector.strobe),
            transmitter.place.eq(collector.place),
            transmitter.byte.eq(collector.byte),
            transmitter.status.eq(
                Cat(receiver.accepted, feeder.consumed, collector.count, receiver.code, missing)
            ),
            *leaving,
            self.reset_core.eq(receiver.clear),
            self.error.eq(receiver.code[1:].any()),
            self.result.eq(collector.count[0]),
        ]

        # What is left to send. Statuses are cumulative: one may stand for several.
        status, about, result = signals("status about result")
        sending_result = Signal()
        send_result = result & collector.idle & ~status & ~about
        m.d.comb += [
            transmitter.start.eq(status | about | send_result),
            transmitter.index.eq(Cat(~status & about, send_result)),
            collector.hold.eq(result | sending_result),
        ]
        with m.If(transmitter.ready):
            m.d.sync += [status.eq(0), sending_result.eq(send_result)]
            with m.If(~status):
                m.d.sync += about.eq(0)
            with m.If(send_result):
                m.d.sync += result.eq(0)
        with m.If(receiver.answer):
            with m.If((receiver.code == Code.OK) & (receiver.kind == Kind.IDENTIFY & 3)):
                m.d.sync += about.eq(1)
            with m.Elif((receiver.code == Code.OK) & (receiver.kind == Kind.GET_RESULT & 3)):
                m.d.sync += result.eq(1)
            with m.Else():
                m.d.sync += status.eq(1)
        with m.If(collector.done):
            m.d.sync += result.eq(1)
        if not self.divisor:
            # A frame comes sooner than the core has taken the one before: news of credit must not
            # wait for the next answer, which waits for credit.
            told = Signal()
            m.d.sync += told.eq(feeder.consumed[0])
            with m.If((told != feeder.consumed[0]) & (receiver.code == Code.OK)):
                m.d.sync += status.eq(1)
        with m.If(receiver.clear):
            m.d.sync += result.eq(0)
        return m
