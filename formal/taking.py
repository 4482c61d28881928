"""Every time step is taken once, and held until the core has had it."""

from amaranth import Const, Module, Signal
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.formal.inside import Inside, free
from qrnn_hw.formal.proof import Method, Proof
from qrnn_hw.hw.serial.scaler import Scaler
from qrnn_hw.hw.serial.tokens import TokenInput


class Taking(Elaboratable):
    """Follow the transfers of a core's input, for any pace of both sides.

    A step is held from its transfer to its ``release``; no other is taken meanwhile, and one is
    taken as soon as none is held. Of a held step, ``valid`` comes and stays, and ``last`` is its
    own; no step is shown that was not taken.

    Parameters
    ----------
    entry
        What is proven.
    """

    def __init__(self, entry: Scaler | TokenInput) -> None:
        self.entry = entry
        inside = Inside(entry)
        self.fragment = inside.fragment
        self.left = inside["gain_0.left"] if isinstance(entry, Scaler) else Const(0)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.entry = self.fragment
        entry = self.entry
        held, last, shown, scaling = (Signal() for _ in range(4))
        before = Signal(8)
        taken = entry.x.valid & entry.x.ready
        m.d.comb += [
            Assume(~entry.release | entry.valid),
            Assert(entry.x.ready == ~held),
            Assert(~entry.valid | (held & (entry.last == last))),
            Assert(~shown | entry.valid),
            Assert((held & ~entry.valid) == (self.left != 0)),
            Assert(~held | (entry.last == last)),
        ]
        with m.If(taken):
            m.d.sync += [held.eq(1), last.eq(entry.x.payload.last)]
        with m.Elif(entry.release):
            m.d.sync += held.eq(0)
        m.d.sync += shown.eq(entry.valid & ~entry.release)
        # While it is scaled, the time that is left falls: it becomes valid.
        m.d.sync += [before.eq(self.left), scaling.eq(self.left != 0)]
        m.d.comb += Assert(~scaling | (self.left == before - 1))
        return m


def taking(entry: Scaler | TokenInput) -> Proof:
    """Return the proof for the input of a core."""
    return Proof(
        "every time step is taken once and held until it is used",
        Taking(entry),
        Method.INDUCTION,
        1,
        free(entry),
        type(entry).__name__,
        resets=True,
    )
