"""The token of a step, and its row of a table that is too large for the core."""

from amaranth import Array, Cat, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.entry import Parity, entry_members
from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.ports import ask_signature, row_signature
from qrnn_hw.hw.serial.row import ROWS
from qrnn_hw.hw.serial.sizes import SerialSizes


class RowInput(wiring.Component):
    """Fetch the rows of tokens ahead of their steps.

    A row waits for its step while the next one is fetched and the one before is still read; so a
    step takes no longer than the slower of the two. The first token of a sequence is taken when
    the last row before it is in use: what a sequence takes then depends on nothing before it.

    Latency: three cycles more than the row from a transfer on ``x`` to ``valid``. Throughput: a
    token every ``plan.row.cycles``, if nothing stalls.

    Parameters
    ----------
    plan
        The table, and sizes.

    Members
    -------
    x, last, parity, valid, release
        As :func:`~qrnn_hw.hw.entry.entry_members` has them: ``valid`` when the row is there,
        ``release`` when a step begins to read it.
    ask : Out(ask_signature(plan.model))
        The row that is wanted, which is the token times the parities plus the parity of its step;
        taken when all of it has come and is right.
    row : In(row_signature())
        Its bytes. With ``first`` a row begins, also one that comes again.
    value : Out(range(ROWS))
        Where the row is; valid with ``valid``.
    write : In(plan.table_write)
        Port of the memory of rows, of which a byte of a word is written.
    """

    def __init__(self, plan: SerialSizes) -> None:
        self.plan = plan
        super().__init__(
            entry_members(plan.model)
            | {
                "ask": Out(ask_signature(plan.model)),
                "row": In(row_signature()),
                "value": Out(range(ROWS)),
                "write": In(plan.table_write),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        m.submodules.steps = steps = Parity(model.parities)
        token = Signal(model.inputs.width, reset_less=True)
        fetched, moves, ended = signals("fetched moves ended")
        place = Signal(range(ROWS))
        m.d.comb += [
            moves.eq(fetched & (~self.valid | self.release)),
            self.x.ready.eq(~self.ask.valid & (~fetched | moves) & ~ended),
            steps.taken.eq(self.x.valid & self.x.ready),
            steps.ends.eq(self.x.payload.last),
            self.ask.payload.eq(Cat(steps.parity, token) if model.parities == 2 else token),
        ]
        with m.If(self.release):
            m.d.sync += self.valid.eq(0)
            with m.If(self.last):
                m.d.sync += ended.eq(0)
        with m.If(self.ask.valid & self.ask.ready):
            m.d.sync += [self.ask.valid.eq(0), fetched.eq(1)]
        with m.If(moves):
            m.d.sync += [
                fetched.eq(0),
                self.valid.eq(1),
                self.last.eq(steps.last),
                self.parity.eq(steps.parity),
                self.value.eq(place),
                place.eq(place + 1),
            ]
        with m.If(steps.taken):
            m.d.sync += [token.eq(self.x.payload.data), self.ask.valid.eq(1)]
            m.d.sync += ended.eq(steps.ends)

        size = plan.row.word_bytes
        count, now = signals("count now", range(plan.row.words * size))
        below = (size - 1).bit_length()
        chosen = Array(1 << k for k in range(size))[now[:below]] if below else 1
        m.d.comb += [
            now.eq(Mux(self.row.payload.first, 0, count)),
            self.write.addr.eq(Cat(now[below:], place)),
            self.write.data.eq(self.row.payload.data.replicate(size)),
            self.write.en.eq(Mux(self.row.valid & self.ask.valid, chosen, 0)),
        ]
        with m.If(self.row.valid):
            m.d.sync += count.eq(now + 1)
        return m
