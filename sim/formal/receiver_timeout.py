"""The parser of frames never hangs, whatever came over the line."""

from amaranth import Const, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Elaboratable, Value

from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.boards.link.gateware.uart import counted
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.receiver_bytes import told

SYNC = 0  # the parser's state in which it waits for a sync byte


def _lowest(word: Value) -> Value:
    """Return the place of the lowest set bit, or the width where there is none."""
    place: Value = Const(len(word))
    for bit in reversed(range(len(word))):
        place = Mux(word[bit], bit, place)
    return place


class Timeout(Elaboratable):
    """While the line is quiet, the time to the parser's readiness falls with every cycle.

    The time is an upper bound that is computed from the registers: of the byte under way, and of
    the silence that the parser still waits for. It is checked for any values of all registers, so
    also for those that no sequence of bytes leads to. At zero the parser waits for a sync byte,
    and the receiver of bytes for a start bit.

    Parameters
    ----------
    receiver
        What is proven.
    period
        Cycles from one ``tick`` to the next, at most.

    Attributes
    ----------
    bound : int
        Cycles after which the parser is ready, at most.
    """

    def __init__(self, receiver: FrameReceiver, period: int) -> None:
        self.receiver = receiver
        self.period = period
        inside = Inside(receiver)
        self.fragment = inside.fragment
        self.bit = inside["uart.bit"]
        self.busy, self.word = inside["uart.busy"], inside["uart.word"]
        self.timer, self.due = inside["uart.timer"], inside["uart.due"]
        self.starts = inside["uart.starts"]
        self.told = told(inside)
        self.state, self.silence = Value.cast(inside["state"]), inside["silence"]
        bits = receiver.timeout_bits
        self.silent = ((1 << bits) + 1) * period + 2
        longest = 1 << len(self.timer)
        self.bound = longest + receiver.divisor * (len(self.word) + 1) + 1 + self.silent

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.receiver = self.fragment
        receiver, period = self.receiver, self.period

        waited = Signal(range(period))  # since the last tick
        m.d.sync += waited.eq(Mux(receiver.tick, 0, waited + 1))
        m.d.comb += [
            Assume((waited != period - 1) | receiver.tick),
            Assume(waited < period),
        ]

        limit = 1 << receiver.timeout_bits
        # To the middle of the start bit it counts by two, and a bit follows.
        divisor, timer = receiver.divisor, self.timer
        _, low = counted(divisor)
        m.d.comb += Assume(receiver.low == low)
        half = (((divisor - 2 >> 1) - timer[1:])[: len(timer) - 1] + 1, divisor)
        whole = ((divisor - 2 - timer)[: len(timer)] + 1, 0)
        rest, more = (Mux(self.starts, one, other) for one, other in zip(half, whole))
        byte, silent, left, before = (Signal(range(self.bound + 1), name=name)
                                      for name in ("byte", "silent", "left", "before"))  # fmt: skip
        m.d.comb += byte.eq(Mux(self.due, 0, rest) + more + divisor * _lowest(self.word) + 1)
        with m.If((self.state != SYNC) & self.silence[-1]):
            m.d.comb += silent.eq(1)
        with m.Elif(self.state != SYNC):
            m.d.comb += silent.eq((limit - self.silence) * period + period - 1 - waited + 2)
        waits = Mux(self.told, self.silent, silent)  # what a byte tells is known in a cycle
        m.d.comb += left.eq(Mux(self.busy, byte + self.silent, waits))

        quiet = Signal()
        m.d.sync += [before.eq(left), quiet.eq(self.bit)]
        ready = (self.state == SYNC) & ~self.busy & ~self.told
        with m.If(quiet & self.bit):
            m.d.comb += [
                Assert((left < before) | (left == 0)),
                Assert((left == 0) == ready),
                Assert(left <= self.bound),
            ]
        return m


def timeout(receiver: FrameReceiver, period: int) -> Proof:
    """Return the proof for a receiver that is told of a bit every ``period`` cycles or sooner."""
    design = Timeout(receiver, period)
    return Proof(
        f"the parser waits for a sync byte after {design.bound / period:.0f} quiet bit times",
        design,
        Method.ANY_STATE,
        1,
        free(receiver),
        f"{receiver.divisor} cycles a bit, time-out of {1 << receiver.timeout_bits} bits",
        resets=True,
    )
