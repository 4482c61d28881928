"""From frames of weights to the words of the core, counted and checked."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.identity import Identity

POLYNOMIAL, PRESET = 0xEDB88320, 0xFFFFFFFF  # of zlib's CRC-32, reflected


class Loader(wiring.Component):
    """Pass as many words as the core needs, and tell whether they were the right ones.

    A byte takes 8 cycles, and a word one more. What comes behind the last word is dropped.

    Parameters
    ----------
    identity
        How many words, and their check value.

    Members
    -------
    byte : In(stream.Signature(8))
        The words, low byte first.
    idle : In(1)
        No byte waits, in no frame that was accepted.
    clear : In(1)
        Begin again with the first word.
    forget : In(1)
        The weights that are there do not count any more; with ``clear``.
    w : Out(stream.Signature(16))
        The words.
    missing : Out(1)
        Weights must come: not all did, or they were others.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        super().__init__(
            {
                "byte": In(stream.Signature(8)),
                "idle": In(1),
                "clear": In(1),
                "forget": In(1),
                "w": Out(stream.Signature(16)),
                "missing": Out(1, init=1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        bit = Signal(4)
        count = Signal(range(self.identity.words + 1))
        crc = Signal(32, init=PRESET)
        word = Signal(16, reset_less=True)
        full = count == self.identity.words
        taken = self.w.valid & self.w.ready
        shift = self.byte.valid & ~self.w.valid & ~full
        next_bit = self.byte.payload.bit_select(bit[:3], 1)
        m.d.comb += [
            self.w.payload.eq(word),
            # What is left when all words have come is of no use.
            self.byte.ready.eq((shift & bit[:3].all()) | full),
        ]
        with m.If(shift):
            m.d.sync += [
                bit.eq(bit + 1),
                word.eq(Cat(word[1:], next_bit)),
                crc.eq(crc[1:] ^ Mux(crc[0] ^ next_bit, POLYNOMIAL, 0)),
                self.w.valid.eq(bit.all()),
            ]
        with m.If(taken):
            m.d.sync += [self.w.valid.eq(0), count.eq(count + 1)]
        with m.If(full & self.idle & (crc == self.identity.check ^ PRESET)):
            m.d.sync += self.missing.eq(0)
        with m.If(self.clear):
            m.d.sync += [bit.eq(0), count.eq(0), crc.eq(PRESET), self.w.valid.eq(0)]
        with m.If(self.forget):
            m.d.sync += self.missing.eq(1)
        return m
