"""What the parser of frames compares a byte with stands still until the byte is told."""

from amaranth import Module, Value
from amaranth.hdl import Assert

from qrnn_hw.sim.formal.inside import Inside

FIRST = 1 << 8  # the receiver's word before its first bit


def told(inside: Inside) -> Value:
    """Tell whether the UART tells the parser of a byte, or of a broken one, in this cycle."""
    return inside["uart.done"] | inside["uart.broken"]


def stand_still(m: Module, inside: Inside) -> None:
    """State that ``ends`` is right where it is used: while a byte comes, and when it is told.

    A byte that is told moves ``place``, which ``ends`` follows a cycle later. By then the next byte
    has not got beyond the first cycles of its start bit.
    """
    names = ("busy", "word", "timer", "starts")
    busy, word, timer, starts = (inside[f"uart.{name}"] for name in names)
    right = inside["ends"] == (inside["place"] == inside["length"])
    comes = busy & ((word != FIRST) | ~starts | (timer >= 4))
    m.d.comb += [
        Assert(~told(inside) | (~busy & word[0] & (timer == 0))),
        Assert(~(comes | told(inside)) | right),
    ]
