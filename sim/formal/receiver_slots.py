"""A frame that was accepted stays in its slot, whole, until it is consumed."""

from amaranth import Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.boards.link.gateware.receiver import END_OF_FRAME, FIRST_SAMPLE, FrameReceiver
from qrnn_hw.boards.link.protocol import SLOTS, Code, Kind
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.receiver_bytes import stand_still, told
from qrnn_hw.sim.formal.receiver_crc import CRC_HIGH, CRC_LOW, LENGTH, PAYLOAD, SYNC, TAG


class Slots(Elaboratable):
    """Watch every write to the sample memory, for any bytes and any pace of the core.

    No write goes to a slot between ``consumed`` and ``accepted``. In a slot, the bytes of a frame
    are written place after place, the last one and no other with its flag, and a frame is
    accepted only when all of its bytes were, one frame at a time.

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
        self.place, self.length, self.verdict, self.decided = map(
            inside.__getitem__, ("place", "length", "verdict", "decided")
        )
        names = ("write__addr", "write__data", "write__en")
        self.address, self.data, self.enable = (inside[name] for name in names)
        self.consume = Signal()

    @property
    def carries(self) -> Value:
        """Tell whether the frame is one of samples or weights."""
        samples = self.receiver.kind == Kind.SAMPLES & 3
        return samples | (self.receiver.kind == Kind.LOAD & 7) & self.receiver.loads

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.receiver = self.fragment
        receiver, state, place = self.receiver, self.state, self.place
        size = len(place)

        # The core consumes what there is; a reset forgets it.
        consumed, pending, accepted = Signal(4), Signal(4), Signal(4)
        m.d.comb += [
            receiver.consumed.eq(consumed),
            pending.eq(receiver.accepted - consumed),
            Assume(~self.consume | (pending != 0)),
        ]
        m.d.sync += [
            consumed.eq(Mux(receiver.clear, 0, consumed + self.consume)),
            accepted.eq(receiver.accepted),
        ]

        written, complete = Signal(size), Signal()
        with m.If(state == TAG):
            m.d.sync += [written.eq(0), complete.eq(0)]
        with m.Elif(self.enable):
            m.d.sync += [written.eq(written + 1), complete.eq(self.data[END_OF_FRAME])]
            m.d.comb += [
                Assert(pending < SLOTS),
                Assert(self.address[size:] == receiver.accepted[:2]),
                Assert(self.address[:size] == (FIRST_SAMPLE + written)[:size]),
                Assert(~complete),
                Assert(self.data[END_OF_FRAME] == (self.address[:size] == self.length)),
            ]

        before = Signal()  # a whole frame could be accepted in the cycle before
        whole = complete & (written == (self.length - 1)[:size])
        m.d.sync += before.eq((state == CRC_HIGH) & whole)
        with m.If(receiver.clear):
            m.d.comb += Assert((receiver.accepted == 0) & (state == SYNC))
        with m.Else():
            m.d.comb += Assert(pending <= SLOTS)
            with m.If(receiver.accepted != accepted):
                m.d.comb += Assert(before & (receiver.accepted == (accepted + 1)[:4]))

        # What makes it so.
        stand_still(m, self.inside)
        with m.If(told(self.inside) & (self.decided == Code.OK)):
            ends = place == self.length
            m.d.comb += Assert(Mux(self.carries, ~ends & (pending < SLOTS), ends))
        fine = self.verdict == Code.OK
        with m.If((state == LENGTH) | (state == TAG)):
            m.d.comb += Assert(place == 1)
        with m.If(fine & (state == PAYLOAD)):
            m.d.comb += [
                Assert(place == (FIRST_SAMPLE + written)[:size]),
                Assert(~complete & (pending < SLOTS)),
            ]
        with m.If((state == CRC_LOW) | (state == CRC_HIGH)):
            with m.If(fine & self.carries):
                m.d.comb += [
                    Assert((pending < SLOTS) & complete),
                    Assert(written == (self.length - 1)[:size]),
                ]
        return m


def slots(receiver: FrameReceiver) -> Proof:
    """Return the proof for a receiver."""
    design = Slots(receiver)
    inputs = [signal for signal in free(receiver) if signal is not receiver.consumed]
    return Proof(
        "accepted frames stay whole in their slots until they are consumed",
        design,
        Method.INDUCTION,
        1,
        [*inputs, design.consume],
        f"{SLOTS} slots of {receiver.slot} bytes",
        resets=True,
    )
