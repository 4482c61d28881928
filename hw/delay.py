"""A control signal, some cycles later."""

from amaranth import Module, Signal
from amaranth.hdl import ValueLike


def delayed(m: Module, signal: ValueLike, cycles: int, name: str) -> Signal:
    """Return ``signal`` as a one-bit signal ``cycles`` clock cycles later."""
    for cycle in range(cycles):
        later = Signal(name=f"{name}_{cycle + 1}")
        m.d.sync += later.eq(signal)
        signal = later
    return signal
