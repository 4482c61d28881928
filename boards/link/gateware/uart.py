"""Bits from a serial line."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.errors import BoardError

#: Below this, the middle of a bit is too far from where it is sampled.
MIN_DIVISOR = 8
#: What a bit may be longer or shorter than the line's, as a fraction.
TOLERANCE = 0.02
#: Low bits of the length of a bit that are no constants of the netlist, but come from a memory.
LOW = 5
#: The pins, as a design has them.
PINS = {"rx": In(1, init=1), "tx": Out(1, init=1)}


def divides(clock_hz: float, baud: int) -> bool:
    """Tell whether bits of the best number of cycles keep the baud rate.

    Examples
    --------
    >>> divides(48.75e6, 1_000_000), divides(12.5e6, 1_000_000)
    (True, False)
    """
    cycles = round(clock_hz / baud)
    return cycles >= MIN_DIVISOR and abs(clock_hz / baud / cycles - 1) < TOLERANCE


def divisor(clock_hz: float, baud: int) -> int:
    """Return the clock cycles of a bit.

    Raises
    ------
    BoardError
        If the clock cannot give the baud rate within 2 %, or is too slow for it.

    Examples
    --------
    >>> divisor(36e6, 1_000_000)
    36
    """
    cycles = round(clock_hz / baud)
    if not divides(clock_hz, baud):
        raise BoardError(
            f"baud must be within 2 % of a clock of {clock_hz / 1e6:g} MHz over an integer "
            f"from {MIN_DIVISOR}, not {baud}",
            f"try {round(clock_hz / max(cycles, MIN_DIVISOR))}",
        )
    return cycles


def counted(divisor: int) -> tuple[int, int]:
    """Split what a bit's timer counts to: the part that is in the netlist, and the low bits.

    Of two divisors that have the first part in common the netlists are the same.

    Examples
    --------
    >>> counted(48), counted(65), counted(66)
    ((32, 14), (32, 31), (64, 0))
    """
    last = divisor - 2  # that a timer from zero has arrived there is known a cycle before it ends
    return last >> LOW << LOW, last & (1 << LOW) - 1


def timer_bits(divisor: int) -> int:
    """Count the bits of a timer that counts to any number with the same first part."""
    high, _ = counted(divisor)
    return (high | (1 << LOW) - 1).bit_length()


def byte_signature() -> wiring.Signature:
    """Describe the bytes of a line as they come in: :class:`UartReceiver` has the same members."""
    return wiring.Signature(
        {"strobe": Out(1), "bit": Out(1), "done": Out(1), "data": Out(8), "broken": Out(1)}
    )


class UartReceiver(wiring.Component):
    """Receive bytes, 8N1, and hand out each bit as it arrives.

    A byte is done, or without a stop bit ``broken``, half a bit and a cycle after its stop bit
    began.

    Parameters
    ----------
    divisor
        Clock cycles of a bit.

    Members
    -------
    low : In(LOW)
        The low part of :func:`counted`.
    rx : In(1)
        The line; asynchronous.
    strobe : Out(1)
        ``bit`` is the next bit of a byte, in this cycle.
    bit : Out(1)
        The line, synchronised.
    done : Out(1)
        ``data`` is a whole byte, in this cycle.
    data : Out(8)
        The byte.
    broken : Out(1)
        The byte that ends in this cycle had no stop bit.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__(
            {
                "low": In(LOW),
                "rx": In(1, init=1),
                "strobe": Out(1),
                "bit": Out(1),
                "done": Out(1),
                "data": Out(8),
                "broken": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules += FFSynchronizer(self.rx, self.bit, init=1)

        # From the falling edge to the middle of the start bit, counting by two, and then from the
        # middle of one bit to that of the next. The timer begins at zero: bits that were loaded
        # with others would have other controls, and no short carry.
        high, _ = counted(self.divisor)
        last = Cat(self.low, Const(high >> LOW, timer_bits(self.divisor) - LOW))
        timer = Signal(len(last), name="timer", reset_less=True)
        due = Signal(name="due")
        starts = Signal(name="starts", reset_less=True)
        busy = Signal(name="busy")
        # The one set bit of a new word arrives at the bottom when eight bits have followed it.
        word = Signal(9, name="word", reset_less=True)

        m.d.comb += [
            self.data.eq(word[1:]),
            self.strobe.eq(busy & due & ~starts & ~word[0]),
        ]
        # A cycle late, when the word still stands: what they decide is long enough without it.
        m.d.sync += [
            self.done.eq(busy & due & word[0] & self.bit),
            self.broken.eq(busy & due & word[0] & ~self.bit),
        ]
        ends = (timer[1:] == last[1:]) & (starts | (timer[0] == last[0]))
        m.d.sync += [timer.eq(timer + Mux(starts, 2, 1)), due.eq(busy & ~due & ends)]
        with m.If((~busy & self.bit) | due):
            m.d.sync += timer.eq(0)
        with m.If(~busy):
            m.d.sync += [starts.eq(1), word.eq(1 << 8), busy.eq(~self.bit)]
        with m.Elif(due):
            m.d.sync += starts.eq(word[0])  # the next start bit may come at once
            with m.If(word[0]):
                m.d.sync += busy.eq(0)
            with m.Elif(~starts):
                m.d.sync += word.eq(word[1:] | (self.bit << 8))
        return m
