"""What a core shows of its states, for benches: what is written where, in which order."""

from dataclasses import dataclass

from amaranth import Shape, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out


@dataclass(frozen=True)
class PlaneWrites:
    """Bits of states, of all lanes of a word at once.

    The units are words of ``lanes``, unit ``i`` lane ``i % lanes`` of word ``i // lanes``. A word
    is written as its planes, the least significant first, its sign, and a flag: it is then the
    largest state of that sign, whatever its planes are. The sign may come twice, first as it is
    without overflow, and behind the flag.

    Parameters
    ----------
    lanes
        Bits of a write.
    step
        Addresses that a step writes to, in this order.
    readout
        Addresses that a readout writes to, in that order: each word's planes and sign of the
        states less the origin; none where they are not written.
    pool
        Addresses that every step writes to then: each word's planes of the pools.
    first
        Whether steps write a word's flag before its sign.
    bank
        How much further those of the second of two sequences at once are.
    """

    lanes: int
    step: tuple[int, ...]
    readout: tuple[int, ...] = ()
    pool: tuple[int, ...] = ()
    first: bool = False
    bank: int = 0

    @property
    def shape(self) -> Shape:
        """Of a write."""
        return unsigned(self.lanes)


@dataclass(frozen=True)
class UnitWrites:
    """Whole states, at the number of their unit, in any order within a step.

    Parameters
    ----------
    bits
        Of a state.
    """

    bits: int

    @property
    def shape(self) -> Shape:
        """Of a write."""
        return signed(self.bits)


def trace_signature(writes: PlaneWrites | UnitWrites) -> wiring.Signature:
    """Describe what a core writes to its states: for benches only, synthesis drops it.

    A word at an address, where ``enable`` is set.
    """
    return wiring.Signature({"enable": Out(1), "address": Out(32), "word": Out(writes.shape)})
