"""Weights that come through a stream after power-up."""

from amaranth import Cat, Module, Mux, ResetSignal, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.ports import WEIGHT_BITS

#: Attribute by which synthesis and :mod:`qrnn_hw.hw.verilog` know a memory without contents.
STYLE = "huge"


class Store(wiring.Component):
    """A memory of weights without contents, that is filled and then only read.

    One address serves both, and what is written is not read: the shape of iCE40's SB_SPRAM256KA,
    which ``ram_style`` asks for; ``synth_ice40`` takes it with ``-spram``, once the initial zeros
    are gone. Latency: a cycle from ``address`` to ``o``. Throughput: 16 bits a cycle to fill it, a
    word a cycle to read it.

    The reset of the clock domain empties it. A reset that is inserted around the core keeps what
    is full, and forgets what is not: the first word is the next one.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    w : In(stream.Signature(16))
        The words of :func:`qrnn_hw.hw.popcount.image.load_image`, in that order; always taken.
        After the last one they may come again.
    full : Out(1)
        All of them came.
    address : In(range(plan.weight_depth(plan.readout_rows)))
        A word,
    o : Out(plan.rows * plan.row_bits)
        which is here in the next cycle, if none was taken.
    """

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        self.depth = plan.weight_depth(plan.readout_rows)
        super().__init__(
            {
                "w": In(stream.Signature(WEIGHT_BITS)),
                "full": Out(1),
                "address": In(range(self.depth)),
                "o": Out(plan.rows * plan.row_bits),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        parts = self.plan.load_words

        m.submodules.memory = words = memory.Memory(
            shape=parts * WEIGHT_BITS, depth=self.depth, init=[], attrs={"ram_style": STYLE}
        )
        write, read = words.write_port(granularity=WEIGHT_BITS), words.read_port()
        part = Signal(range(parts))
        place = Signal(range(self.depth))
        moved, last, end = signals("moved last end")
        full = Signal(reset_less=True)
        address = Mux(moved, place, self.address)
        m.d.comb += [
            self.w.ready.eq(1),
            self.full.eq(full),
            moved.eq(self.w.valid),
            last.eq(part == parts - 1),
            end.eq(place == self.depth - 1),
            write.addr.eq(address),
            read.addr.eq(address),
            write.data.eq(self.w.payload.replicate(parts)),
            write.en.eq(Cat(moved & (part == number) for number in range(parts))),
            read.en.eq(~moved),
            self.o.eq(read.data),
        ]
        with m.If(moved):
            m.d.sync += [part.eq(Mux(last, 0, part + 1)), full.eq(last & end)]
            with m.If(last):
                m.d.sync += place.eq(Mux(end, 0, place + 1))
        with m.If(ResetSignal(allow_reset_less=True)):
            m.d.sync += full.eq(0)

        return m
