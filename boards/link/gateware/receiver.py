"""Frames from the host: parsed, checked, and their samples kept until they are proven."""

from enum import Enum
from typing import Any

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.gateware.crc import SerialCrc
from qrnn_hw.boards.link.gateware.uart import LOW, UartReceiver, byte_signature
from qrnn_hw.boards.link.protocol import (
    ENDS_BEFORE,
    IN_TURN,
    NARROW_SLOT,
    SECOND,
    SLOTS,
    SYNC,
    Code,
    Kind,
)
from qrnn_hw.hw.gates import signals

#: Flags beside a byte in the sample memory: the frame ends here, and so does the sequence; and of
#: two sequences at once, as in the tag: the first step is of the second; they are in turn.
END_OF_FRAME, END_OF_SEQUENCE, OF_SECOND, TURNS = 8, 9, 10, 11
#: Where the samples of a frame start in its slot; in a narrow one the last of 63 is at address 0.
FIRST_SAMPLE = 2


class _State(Enum):
    """The byte of a frame that comes next."""

    SYNC = 0
    KIND = 1
    LENGTH = 2
    TAG = 3
    PAYLOAD = 4
    CRC_LOW = 5
    CRC_HIGH = 6


class FrameReceiver(wiring.Component):
    """Parse frames from a line and answer each with a code.

    The samples of a frame go into one of :data:`SLOTS` slots of a block RAM while it arrives.
    They count only when the frame has proven right, which advances ``accepted``; the slots
    from ``consumed`` to ``accepted`` hold samples for the core, or, while they are missing, words
    of weights. The answer comes half a bit after the last stop bit of the frame began, plus two
    cycles. A byte without a stop bit ends the frame that it is in, as a silence does.

    A byte, and what it is compared with, stand still for some cycles before the byte is done. What
    it means is decided in these, behind registers, so that little is left to do when it is done.

    Parameters
    ----------
    divisor
        Clock cycles of a bit; 0 where bytes come from elsewhere than a UART.
    step_bytes
        Bytes of a time step; a frame holds whole steps.
    slot
        Bytes of a slot: 64 for payloads of up to 64 bytes, or 256 for those of up to 255.
    timeout_bits
        A frame is truncated when the line is silent for ``2 ** timeout_bits`` bits.
    loads
        Whether there are frames of weights too.
    at_once
        Sequences at once, 1 or 2.

    Members
    -------
    rx : In(1), low : In(LOW), tick : In(1)
        Of a UART: the line; the low part of what a bit's timer counts to; and once every bit, to
        measure silence with.
    line : In(byte_signature())
        Of another line, in their place: its bytes, and whether they have stopped.
    consumed : In(4)
        Frames that the core has had, modulo 16.
    missing : In(1)
        Weights are missing; once they are not, no slot holds any.
    accepted : Out(4)
        Frames of samples and weights that have proven right, modulo 16: the next sequence number.
    answer : Out(1)
        A frame was received, or refused, in this cycle, and ``code`` and ``kind`` tell which.
    code : Out(Code)
        What became of it; of the latest one afterwards.
    kind : Out(2), or Out(3) with ``loads``
        Kind of the frame, when ``code`` is OK or RESET: the low bits of :class:`Kind`.
    clear : Out(1)
        A RESET was received, in the cycle before,
    forget : Out(1)
        which was to forget the weights too.
    address : In(range(SLOTS * slot))
        Sample to read: slot and place.
    sample : Out(10), or Out(12) of two sequences at once
        That sample with its flags, a cycle later. Of two, every step that ends one has the mark.
    """

    def __init__(
        self,
        divisor: int,
        step_bytes: int,
        slot: int = NARROW_SLOT,
        timeout_bits: int = 12,
        loads: bool = False,
        at_once: int = 1,
    ) -> None:
        self.divisor = divisor
        self.step_bytes = step_bytes
        self.slot = slot
        self.timeout_bits = timeout_bits
        self.loads = loads
        self.at_once = at_once
        self.width = 12 if at_once > 1 else 10
        serial = {"rx": In(1, init=1), "low": In(LOW), "tick": In(1)}
        super().__init__(
            {
                **({"line": In(byte_signature())} if not divisor else serial),
                "consumed": In(4),
                "missing": In(1),
                "accepted": Out(4),
                "answer": Out(1),
                "code": Out(Code),
                "kind": Out(3 if loads else 2),
                "clear": Out(1),
                "forget": Out(1),
                "address": In(range(SLOTS * slot)),
                "sample": Out(self.width),
            }
        )

    @property
    def _power(self) -> bool:
        """Whether a length tells by its low bits how many steps it is."""
        return not self.step_bytes & (self.step_bytes - 1)

    def _fits(self, byte: Value) -> Value:
        """Tell whether a payload may be so long: it is 1..64, or 1..255 in a wide slot."""
        if self.slot > NARROW_SLOT:
            return byte.any()
        # The low bits of 64 are zero, and so are those of 0.
        return ~byte[7] & (byte[6] == (byte[:6] == 0))

    def _cut(self, length: Value) -> Value:
        """Tell whether a payload ends inside a step, if its length says so; it has a tag too."""
        if self.step_bytes == 1 or not self._power:
            return Const(0)
        return length[: self.step_bytes.bit_length() - 1] != 1

    def _turns(self, m: Module, byte: Value, done: Value, state: Value) -> list[Value]:
        """Take from a frame of two sequences at once what the feeder needs.

        Returns
        -------
        list
            Where the last step but one ends, and whether its sequence does; the first step is of
            the second sequence; steps are in turn.
        """
        before = Signal(range(self.slot), name="before", reset_less=True)
        ends, second, turns = marks = signals("ends_before second turns", reset_less=True)
        with m.If(done & (state == _State.LENGTH)):
            m.d.sync += before.eq(byte - self.step_bytes)
        with m.If(done & (state == _State.TAG)):
            for mark, bit in zip(marks, (ENDS_BEFORE, SECOND, IN_TURN)):
                m.d.sync += mark.eq((byte & bit).any())
        return [before, ends & turns, second, turns]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        line: Any
        if not self.divisor:
            line, tick = self.line, Const(0)
        else:
            m.submodules.uart = line = UartReceiver(self.divisor)
            m.d.comb += [line.rx.eq(self.rx), line.low.eq(self.low)]
            tick = self.tick
        m.submodules.crc = crc = SerialCrc()
        m.submodules.memory = memory = Memory(shape=self.width, depth=SLOTS * self.slot, init=[])
        byte = line.data
        m.d.comb += [crc.strobe.eq(line.strobe), crc.bit.eq(line.bit)]

        state = Signal(_State, name="state")
        opened = Signal()
        # Written before they are read in every frame, so that a reset need not reach them.
        known, last = signals("known last", reset_less=True)
        kind = Signal.like(self.kind, reset_less=True)
        length, place = signals("length place", range(self.slot), reset_less=True)
        # What to answer if the CRC is right; decided before the tag is done, which takes it over.
        verdict = Signal(Code, reset_less=True)
        decided = Signal(Code, reset_less=True)
        outcome = Signal(Code)
        ended = Signal()
        # Bytes of a step so far; where the length tells as much, steps count as bytes here.
        size = 1 if self._power else self.step_bytes
        phase = Signal(range(size), reset_less=True)

        silence = Signal(self.timeout_bits + 1, name="silence", reset_less=True)
        with m.If(line.done | (state == _State.SYNC)):
            m.d.sync += silence.eq(0)
        with m.Elif(tick):
            m.d.sync += silence.eq(silence + 1)

        good, fits, synced, ends = signals("good fits synced ends", reset_less=True)
        samples = kind == Kind.SAMPLES & 3
        weights = (kind == Kind.LOAD & 7) & self.loads
        carries = samples | weights
        full = (self.accepted[:2] == self.consumed[:2]) & (self.accepted[2] != self.consumed[2])
        # Samples and words of two bytes follow a tag; nothing else follows one.
        malformed = (carries == ends) | (samples & self._cut(length)) | (weights & ~length[0])
        # Before the first RESET, or not what the board waits for.
        closed = carries & (~opened | (weights ^ self.missing))

        closes, flags = last, []
        if self.at_once > 1:
            before, ends_before, *flags = self._turns(m, byte, line.done, state)
            closes = (ends & last) | (ends_before & (place == before))
        read, write = memory.read_port(), memory.write_port()
        m.d.comb += [
            self.kind.eq(kind),
            read.addr.eq(self.address),
            self.sample.eq(read.data),
            write.addr.eq(Cat(place, self.accepted[:2])),
            write.data.eq(Cat(byte, ends, closes, *flags)),
            # A frame that will be refused may find its slot being read.
            write.en.eq(line.done & (state == _State.PAYLOAD) & (verdict == Code.OK)),
        ]

        # A cycle late: it resets the whole core, and would else be the longest path.
        m.d.sync += [self.clear.eq(0), self.forget.eq(0)]
        m.d.sync += [good.eq(crc.crc == 0), fits.eq(self._fits(byte)), synced.eq(byte == SYNC)]
        # Bytes of the payload count from 1, the tag; the last of 64 is at 0 in a narrow slot.
        m.d.sync += ends.eq(place == length)
        with m.If(~known | malformed):
            m.d.sync += decided.eq(Code.FORMAT)
        with m.Elif(closed):
            m.d.sync += decided.eq(Code.CLOSED)
        with m.Elif(carries & (byte[:4] != self.accepted)):
            m.d.sync += decided.eq(Code.SEQUENCE)
        with m.Elif(carries & full):
            m.d.sync += decided.eq(Code.BUSY)
        with m.Elif(kind == Kind.RESET & 3):
            m.d.sync += decided.eq(Code.RESET)
        with m.Else():
            m.d.sync += decided.eq(Code.OK)
        m.d.comb += [crc.preset.eq(state == _State.SYNC), outcome.eq(Code.FORMAT)]
        with m.If(line.done):
            with m.Switch(state):
                with m.Case(_State.SYNC):
                    with m.If(synced):
                        m.d.sync += state.eq(_State.KIND)
                with m.Case(_State.KIND):
                    m.d.sync += [kind.eq(byte), known.eq(byte[2:] == Kind.IDENTIFY >> 2)]
                    with m.If((byte == Kind.LOAD) & self.loads):
                        m.d.sync += known.eq(1)
                    m.d.sync += [place.eq(1), state.eq(_State.LENGTH)]
                with m.Case(_State.LENGTH):
                    m.d.sync += [length.eq(byte), state.eq(_State.TAG)]
                    m.d.comb += ended.eq(~fits)
                with m.Case(_State.TAG):
                    m.d.sync += [place.eq(place + 1), last.eq(byte[7]), phase.eq(0)]
                    m.d.sync += state.eq(Mux(ends, _State.CRC_LOW, _State.PAYLOAD))
                    m.d.sync += verdict.eq(decided)
                with m.Case(_State.PAYLOAD):
                    m.d.sync += [place.eq(place + 1), phase.eq(phase + 1)]
                    with m.If(phase == size - 1):
                        m.d.sync += phase.eq(0)
                    with m.If(ends):
                        m.d.sync += state.eq(_State.CRC_LOW)
                        with m.If((phase != size - 1) & ~weights):
                            m.d.sync += verdict.eq(Code.FORMAT)
                with m.Case(_State.CRC_LOW):
                    m.d.sync += state.eq(_State.CRC_HIGH)
                with m.Case(_State.CRC_HIGH):
                    m.d.comb += [ended.eq(1), outcome.eq(Mux(good, verdict, Code.CRC))]
                    with m.If(good & (verdict == Code.RESET)):
                        m.d.sync += [self.clear.eq(1), self.accepted.eq(0), opened.eq(1)]
                        m.d.sync += self.forget.eq(last)
                    # The last word may have gone to the core since the tag.
                    late = weights & ~self.missing
                    with m.If(good & (verdict == Code.OK) & late):
                        m.d.comb += outcome.eq(Code.CLOSED)
                    with m.Elif(good & (verdict == Code.OK) & carries):
                        m.d.sync += self.accepted.eq(self.accepted + 1)
        # The bits of a broken byte are in the CRC already, and what it was is unknown.
        with m.Elif((state != _State.SYNC) & (silence[-1] | line.broken)):
            m.d.comb += [ended.eq(1), outcome.eq(Code.TRUNCATED)]

        m.d.sync += self.answer.eq(ended)
        with m.If(ended):
            m.d.sync += [state.eq(_State.SYNC), self.code.eq(outcome)]
        return m
