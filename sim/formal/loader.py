"""Weights that come over the link reach the core whole, once, and in order."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.boards.link.gateware.loader import Loader
from qrnn_hw.sim.formal.collector import steady
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


class Loading(Elaboratable):
    """Pair bytes beside the loader, for any pace on either side.

    Every two bytes are offered as one word until it is taken, and no word is offered besides.
    Bytes behind the last word are taken and dropped.

    Parameters
    ----------
    loader
        What is proven.
    """

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        inside = Inside(loader)
        self.fragment = inside.fragment
        self.bit = inside["bit"]
        self.count = inside["count"]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.loader = self.fragment
        loader, byte, w = self.loader, self.loader.byte, self.loader.w
        steady(m, byte.valid, byte.ready, byte.payload, loader.clear)

        low, half, word, offered = Signal(8), Signal(), Signal(16), Signal()
        words = Signal.like(self.count)
        full = words == loader.identity.words
        m.d.comb += [
            Assert(w.valid == offered),
            Assert(~offered | ((w.payload == word) & ~full)),
            Assert(~(byte.valid & byte.ready & offered)),
            Assert(words <= loader.identity.words),
        ]
        with m.If(byte.valid & byte.ready & ~full):
            m.d.sync += half.eq(~half)
            with m.If(half):
                m.d.sync += [word.eq(Cat(low, byte.payload)), offered.eq(1)]
            with m.Else():
                m.d.sync += low.eq(byte.payload)
        with m.If(offered & w.ready):
            m.d.sync += [offered.eq(0), words.eq(words + 1)]
        with m.If(loader.clear):
            m.d.sync += [half.eq(0), offered.eq(0), words.eq(0)]

        # What makes it so.
        bits = Cat(Mux(half, low, byte.payload), byte.payload)
        m.d.comb += [
            Assert(self.count == words),
            Assert(self.bit[3] == half),
            Assert(~(offered | full) | (self.bit == 0)),
        ]
        for count in range(1, 16):
            with m.If(self.bit == count):
                m.d.comb += Assert(w.payload[16 - count :] == bits[:count])
                if count % 8:
                    m.d.comb += Assert(byte.valid)
        return m


def loading(loader: Loader) -> Proof:
    """Return the proof for a loader."""
    return Proof(
        "weights from the link reach the core whole, once and in order",
        Loading(loader),
        Method.INDUCTION,
        1,
        free(loader),
        f"{loader.identity.words} words",
        resets=True,
    )
