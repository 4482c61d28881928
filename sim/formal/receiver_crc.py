"""A frame is acted on only if its CRC is right."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable, Value

from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.boards.link.gateware.uart import counted
from qrnn_hw.boards.link.host.frame import CRC
from qrnn_hw.boards.link.protocol import Code
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.receiver_bytes import stand_still, told

SYNC, KIND, LENGTH, TAG, PAYLOAD, CRC_LOW, CRC_HIGH = range(7)  # states of the parser


def _after(crc: Value, bits: list[Value]) -> Value:
    """Return the CRC when these bits came behind the bytes that it is of."""
    for bit in bits:
        crc = crc[1:] ^ Mux(crc[0] ^ bit, 0x8408, 0)
    return crc


class Checked(Elaboratable):
    """Compare what the parser does with a CRC of whole bytes, the one of Amaranth's library.

    Between bytes the parser's CRC, of single bits, is the library's; within one it is ahead by
    the bits that came. Both start behind the sync byte. A frame that changes anything, or is
    answered as one that was acted on, ended in the cycle before, had as many bytes as its length
    byte says, and its last two were the CRC of those before.

    Parameters
    ----------
    receiver
        What is proven.
    """

    def __init__(self, receiver: FrameReceiver) -> None:
        self.receiver = receiver
        self.inside = inside = Inside(receiver)
        self.fragment = inside.fragment
        self.state = Value.cast(inside["state"])
        self.good, self.fits = inside["good"], inside["fits"]
        self.crc = inside.all("crc.crc")[0]  # the port; its register has the same name
        self.place, self.length = inside["place"], inside["length"]
        names = ("bit", "busy", "word", "timer", "due", "done", "data")
        self.uart = {name: inside[f"uart.{name}"] for name in names}

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.receiver = self.fragment
        m.submodules.reference = reference = CRC.create()
        m.d.comb += Assume(self.receiver.low == counted(self.receiver.divisor)[1])
        receiver, state, uart = self.receiver, self.state, self.uart
        done, byte = uart["done"], uart["data"]

        m.d.comb += [
            reference.start.eq(state == SYNC),
            reference.valid.eq(done & (state != SYNC)),
            reference.data.eq(byte),
        ]

        # What the line brought since the sync byte.
        count, length = Signal(range(512)), Signal(8)
        latest, earlier = Signal(8), Signal(16)
        with m.If(state == SYNC):
            m.d.sync += count.eq(0)
        with m.Elif(done):
            m.d.sync += [count.eq(count + 1), latest.eq(byte), earlier.eq(reference.crc)]
            with m.If(count == 1):
                m.d.sync += length.eq(byte)

        right = Signal()
        accepted = Signal.like(receiver.accepted)
        m.d.sync += [
            right.eq(done & (count == length + 3) & (earlier == (byte << 8 | latest))),
            accepted.eq(receiver.accepted),
        ]
        acted = receiver.answer & (receiver.code <= Code.RESET)
        changed = (accepted != receiver.accepted) | receiver.clear | receiver.forget
        m.d.comb += Assert(~(acted | changed) | right)

        stand_still(m, self.inside)
        self._bits(m, reference.crc)
        self._bytes(m, count, length)
        with m.If(state == CRC_HIGH):
            m.d.comb += Assert(reference.crc == _after(earlier, [*latest]))
        return m

    def _bits(self, m: Module, crc: Value) -> None:
        """State where the parser's CRC is while a byte comes."""
        word, busy = self.uart["word"], self.uart["busy"]
        with m.If(self.state != SYNC):
            with m.If(told(self.inside)):
                m.d.comb += Assert(self.crc == _after(crc, [*word[1:]]))
            with m.Elif(~busy):
                m.d.comb += Assert(self.crc == crc)
            for count in range(9):
                mark = 8 - count
                with m.If(busy & (word[: mark + 1] == 1 << mark)):
                    m.d.comb += Assert(self.crc == _after(crc, [*word[mark + 1 :]]))
        with m.If(busy):
            m.d.comb += Assert(word != 0)
            m.d.comb += Assert(~self.uart["due"] | (self.uart["timer"] != 0))
        # Comparisons follow by a cycle; the stop bit is waited for longer.
        with m.If((self.state != SYNC) & told(self.inside)):
            m.d.comb += Assert(self.good == (self.crc == 0))
            m.d.comb += Assert(self.fits == self.receiver._fits(self.uart["data"]))

    def _bytes(self, m: Module, count: Signal, length: Signal) -> None:
        """State which byte each state waits for."""
        state, place = self.state, self.place
        m.d.comb += Assert(state <= CRC_HIGH)
        for number in (KIND, LENGTH, TAG):
            with m.If(state == number):
                m.d.comb += Assert(count == number - KIND)
        with m.If((state == LENGTH) | (state == TAG)):
            m.d.comb += Assert(place == 1)
        with m.If(state >= TAG):
            m.d.comb += Assert((self.length == length[: len(self.length)]) & (length != 0))
            m.d.comb += Assert(length <= self.receiver.slot)
        with m.If(state == PAYLOAD):
            m.d.comb += Assert(place == (count - 1)[: len(place)])
            m.d.comb += Assert((count >= 3) & (count <= length + 1))
        for number in (CRC_LOW, CRC_HIGH):
            with m.If(state == number):
                m.d.comb += Assert(count == length + 2 + number - CRC_LOW)


def checked(receiver: FrameReceiver) -> Proof:
    """Return the proof for a receiver."""
    return Proof(
        "no frame with a wrong CRC or length is acted on",
        Checked(receiver),
        Method.INDUCTION,
        1,
        free(receiver),
        f"{receiver.divisor} cycles a bit, payloads of up to {min(receiver.slot, 255)} bytes",
        resets=True,
    )
