"""Numbers of every lane out of a memory: what tokens add, or a bias."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import among, delayed
from qrnn_hw.hw.serial.row import ROWS
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


class Planes(wiring.Component):
    """Give every lane its number of the plan's table, sign extended.

    The numbers are the core's own, or rows that come from outside. In its own table a plane lies
    ``table.step`` words after the one before, so that the entry is the address of the first and no
    multiplication is needed; in a row it is the next word. Latency: two cycles behind the timeline.
    Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    plan
        The table, and sizes.
    time
        The timeline of the terms.

    Members
    -------
    first : In(range(table.step)), or In(range(ROWS))
        Which numbers: the entry, times the parities, plus the parity; or which row. Taken as the
        timeline starts.
    parity : In(1)
        Of the step, from bit 0 on.
    write : Out(plan.table_write)
        Port of the memory, where its content is not constant.
    o : Out(plan.lanes)
        The numbers, least significant bit first.
    """

    latency = BEHIND

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        assert plan.table is not None
        self.table = plan.table
        members = {"write": Out(plan.table_write)} if plan.table_write else {}
        super().__init__(
            {
                "first": In(range(ROWS if plan.fetches else self.table.step)),
                "parity": In(1),
                **members,
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, table, time = self.plan, self.table, self.time
        m.submodules.numbers = numbers = memory.Memory(
            shape=plan.lanes,
            depth=plan.table_depth,
            init=[] if plan.fetches else table.image(plan.folds),
            attrs={"ram_style": "block", "rom_style": "block"},
        )
        read = numbers.read_port()
        if port := plan.table_write:
            write = numbers.write_port(granularity=port.granularity)
            wiring.connect(m, wiring.flipped(self.write), write)

        # The address waits below the lowest plane and at the highest, the sign.
        moves = [
            among(time.bit, range(low, min(low + table.bits, plan.word) - 1)) for low in table.low
        ]
        step = 1 if plan.fetches else table.step
        place = Signal(range(numbers.depth + step), reset_less=True)
        begin = Const(0, (numbers.depth // ROWS - 1).bit_length() if plan.fetches else 0)
        with m.If(time.start):
            m.d.sync += place.eq(Cat(begin, self.first))
        with m.Elif(time.active & (time.last | Mux(self.parity, moves[-1], moves[0]))):
            m.d.sync += place.eq(place + step)

        if table.gated:
            below = [among(time.bit, range(low)) for low in table.low]
            places = [[half.bit_length() - 1] if half else [] for half in table.half]
            halves = [among(time.bit, place) for place in places]
            zero = delayed(m, Mux(self.parity, below[-1], below[0]), 1, "zero")
            one = delayed(m, Mux(self.parity, halves[-1], halves[0]), 1, "one")
            shown = Signal(plan.lanes, reset_less=True)
            m.d.comb += [read.addr.eq(place), self.o.eq(shown)]
            m.d.sync += shown.eq(
                (read.data & ~zero.replicate(plan.lanes)) | one.replicate(plan.lanes)
            )
        else:
            m.d.sync += read.addr.eq(place)
            m.d.comb += self.o.eq(read.data)

        return m
