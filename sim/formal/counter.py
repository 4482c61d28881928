"""Counts of ones are exact."""

from amaranth import Module, Value
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.popcount.counter import Counter
from qrnn_hw.sim.formal.inside import later
from qrnn_hw.sim.formal.proof import Method, Proof


def _sum(bits: list[Value]) -> Value:
    """Add bits in halves, each sum as wide as it may become."""
    if len(bits) == 1:
        return bits[0]
    half = len(bits) // 2
    return _sum(bits[:half]) + _sum(bits[half:])


class Counting(Elaboratable):
    """Compare the count of any word with the sum of its bits.

    Parameters
    ----------
    counter
        What is proven.
    """

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.counter = self.counter
        exact = later(m, _sum(list(self.counter.i)), self.counter.latency)
        m.d.comb += Assert(self.counter.o == exact)
        return m


def counting(bits: int) -> Proof:
    """Return the proof for words of so many bits."""
    counter = Counter(bits)
    return Proof(
        "counts of ones are exact",
        Counting(counter),
        Method.INDUCTION,
        counter.latency,
        [counter.i],
        f"words of {bits} bits",
    )
