"""Weights that come after a reset, through a stream."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.popcount.plan import WORD, PopcountPlan


class Store(wiring.Component):
    """A memory of weights without contents, that is filled once and then only read.

    One address serves both, and what is written is not read: the shape of iCE40's SB_SPRAM256KA,
    which ``ram_style`` asks for. For yosys to take it, ``synth_ice40`` needs ``-spram``, and before
    its ``map_ram`` the initial zeros must go: ``setparam -set INIT 1'x`` on this memory's cell.
    Latency: a cycle from ``address`` to ``o``. Throughput: 16 bits a cycle to fill it, a word a
    cycle to read it.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    w : In(stream.Signature(16))
        The words of :func:`qrnn_hw.hw.popcount.image.load_image`, in that order.
    full : Out(1)
        All of them came.
    address : In(range(plan.weight_depth(plan.readout_rows)))
        A word,
    o : Out(plan.rows * plan.row_bits)
        which is here in the next cycle.
    """

    def __init__(self, plan: PopcountPlan) -> None:
        self.plan = plan
        self.depth = plan.weight_depth(plan.readout_rows)
        super().__init__(
            {
                "w": In(stream.Signature(WORD)),
                "full": Out(1),
                "address": In(range(self.depth)),
                "o": Out(plan.rows * plan.row_bits),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        parts = self.plan.load_words

        m.submodules.memory = words = memory.Memory(
            shape=parts * WORD, depth=self.depth, init=[], attrs={"ram_style": "huge"}
        )
        write, read = words.write_port(granularity=WORD), words.read_port()
        part, place = Signal(range(parts)), Signal(range(self.depth))
        moved, last = Signal(), Signal()
        address = Mux(self.full, self.address, place)
        m.d.comb += [
            self.w.ready.eq(~self.full),
            moved.eq(self.w.valid & ~self.full),
            last.eq(part == parts - 1),
            write.addr.eq(address),
            read.addr.eq(address),
            write.data.eq(self.w.payload.replicate(parts)),
            write.en.eq(Cat(moved & (part == number) for number in range(parts))),
            read.en.eq(~moved),
            self.o.eq(read.data),
        ]
        with m.If(moved):
            m.d.sync += part.eq(Mux(last, 0, part + 1))
            with m.If(last):
                m.d.sync += [place.eq(place + 1), self.full.eq(place == self.depth - 1)]

        return m
