"""Rows of a table out of a quad SPI flash, while the core works."""

from amaranth import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.gateware.loader import POLYNOMIAL, PRESET
from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.ports import row_signature
from qrnn_hw.hw.serial.image import CHECK_BYTES, FIRST_ROW, TableImage

# Instructions, section 8.1.2 of Winbond's data sheet W25Q128JV: those of the start in their order,
# where odd ones take a byte more, and Fast Read Quad I/O.
START = (0xAB, 0x35, 0x50, 0x31)
AWAKE, READ_STATUS, UNLOCK, WRITE_STATUS = range(4)
READ, HEADER = 0xEB, 4
QUAD_ENABLE = 1  # bit of status register 2
MODE = 0xFF  # behind the address: the next instruction begins with its code, as this one does
DUMMIES = 4  # clocks of READ before the data
RESIDUE = 0xDEBB20E3  # of a CRC-32 over what ends with its value, before the last inversion
REST = 256  # cycles between instructions of the start: tRES1 is 3 us
TRIES = 4  # a row that is wrong so often will not become right
ANSWER = 2  # cycles from a pulse of the clock to what it took from the pins


def flash_signature() -> wiring.Signature:
    """Describe what the pins of a flash are given, and what they show.

    ``clock`` asks for a pulse: the flash's clock rises half a cycle after the other signals have
    changed at the pins, and falls as they change again. What the flash showed before it falls is
    in ``i`` after ``ANSWER`` cycles.
    """
    return wiring.Signature(
        {"select": Out(1), "clock": Out(1), "o": Out(4), "oe": Out(4), "i": In(4)}
    )


def _checked(crc: Value, nibble: Value) -> Value:
    """Add four bits to a CRC-32, the lowest first."""
    for bit in nibble:
        crc = Cat(crc[1:], Const(0, 1)) ^ Mux(crc[0] ^ bit, POLYNOMIAL, 0)
    return crc


def _code(order: Value) -> Value:
    """Return the code of an instruction of the start."""
    return Array(Const(code, 8) for code in START)[order]


class FlashReader(wiring.Component):
    """Wake the flash, find the table, and read rows as the core asks for them.

    The start: release from power-down, in which the FPGA's configuration leaves the flash; set the
    bit that enables four data lines if it is not set, in the volatile register, so that nothing
    wears; compare the table's header with that of the table of this design. It is repeated until
    it succeeds, and ``missing`` is high so long. A row whose check value is wrong is read again;
    after ``TRIES`` the table counts as missing until ``clear``, which then begins with the start.

    Latency: ``plan.row.cycles - 2`` cycles from ``ask.valid`` to ``ask.ready``, 25 to the first
    byte. Throughput: a byte every two cycles.

    Parameters
    ----------
    table
        Header, layout and salt of the table.
    base
        Where it begins in the flash.

    Members
    -------
    ask : In(stream.Signature(range(rows)))
        Number of the row that is wanted; taken when the row was read and is right.
    row : Out(row_signature())
        Its bytes.
    clear : In(1)
        Whatever was asked for is not needed any more.
    missing : Out(1)
        There is no right table, or it was not found yet.
    flash : Out(flash_signature())
        To the pins.
    """

    def __init__(self, table: TableImage, base: int) -> None:
        self.table = table
        self.base = base
        super().__init__(
            {
                "ask": In(stream.Signature(range(table.layout.rows))),
                "row": Out(row_signature()),
                "clear": In(1),
                "missing": Out(1, init=1),
                "flash": Out(flash_signature()),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        layout, header, flash = self.table.layout, self.table.header, self.flash
        nibbles = 2 * layout.row_bytes
        left = Signal(range(max(REST, nibbles)), init=REST - 1)  # cycles of the state
        word = Signal(32, reset_less=True)  # what goes out, its first bits highest
        order = Signal(range(HEADER + 1))  # the instruction that is next, or now
        address = Signal(24, reset_less=True)
        byte = Signal(8, reset_less=True)
        crc = Signal(32, reset_less=True)
        at = Signal(range(len(header)))
        tries = Signal(range(TRIES))
        fresh, half, opening, right, dropped = signals("fresh half opening right dropped")
        asked, final = self.ask.payload, left == 0
        row = self.base + FIRST_ROW + sum(asked << k for k in layout.shifts)
        m.d.sync += [left.eq(left - 1), address.eq(Mux(self.missing, self.base, row))]
        with m.If(self.clear):
            m.d.sync += dropped.eq(1)

        # On one line data goes out on line 0 and comes in on line 1; lines 2 and 3 are high, as
        # write protection and hold have to be.
        m.d.comb += [flash.o.eq(Cat(word[-1], Const(0b110, 3))), flash.oe.eq(0b1101)]
        m.d.comb += flash.clock.eq(flash.select)
        with m.FSM() as fsm:
            with m.State("REST"):
                with m.If(final):
                    m.d.sync += word.eq(Cat(Const(0, 16), byte | 1 << QUAD_ENABLE, _code(order)))
                    m.d.sync += left.eq(Mux(order[0], 15, 7))
                    with m.If((order == UNLOCK) & byte[QUAD_ENABLE]):
                        m.d.sync += [order.eq(HEADER), word[24:].eq(READ)]
                    m.next = "CODE"
            with m.State("IDLE"):
                m.d.sync += [dropped.eq(0), left.eq(7), word[24:].eq(READ)]
                with m.If(self.ask.valid & ~self.clear):
                    m.next = "CODE"
            with m.State("CODE"):
                m.d.comb += flash.select.eq(1)
                m.d.sync += word.eq(word << 1)
                with m.If(final & (order == HEADER)):
                    m.d.sync += [word.eq(Cat(Const(MODE, 8), address)), left.eq(7)]
                    m.next = "ADDRESS"
                with m.Elif(final):
                    m.d.sync += order.eq(Mux(order == WRITE_STATUS, AWAKE, order + 1))
                    m.d.sync += left.eq(REST - 1)
                    m.next = "REST"
            with m.State("ADDRESS"):
                m.d.comb += [flash.select.eq(1), flash.o.eq(word[-4:]), flash.oe.eq(0b1111)]
                m.d.sync += word.eq(word << 4)
                with m.If(final):
                    m.d.sync += left.eq(DUMMIES - 1)
                    m.next = "DUMMIES"
            with m.State("DUMMIES"):
                m.d.comb += [flash.select.eq(1), flash.oe.eq(0)]
                m.d.sync += [half.eq(0), opening.eq(1), at.eq(0), right.eq(1)]
                m.d.sync += crc.eq(asked ^ self.table.salt ^ PRESET)
                with m.If(final):
                    m.d.sync += left.eq(Mux(self.missing, 2 * len(header) - 1, nibbles - 1))
                    m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += [flash.select.eq(1), flash.oe.eq(0)]
                with m.If(final):
                    m.d.sync += left.eq(2 * CHECK_BYTES - 1)
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.comb += [flash.select.eq(1), flash.oe.eq(0)]
                with m.If(final):
                    m.d.sync += left.eq(ANSWER)
                    m.next = "VERDICT"
            with m.State("VERDICT"):
                m.d.comb += flash.oe.eq(0)
                with m.If(final):
                    m.next = "IDLE"
                    with m.If(self.missing):
                        m.d.sync += self.missing.eq(~right)
                        with m.If(~right):
                            m.d.sync += [order.eq(AWAKE), left.eq(REST - 1)]
                            m.next = "REST"
                    with m.Elif(dropped):
                        m.d.sync += tries.eq(0)
                    with m.Elif(crc == RESIDUE):
                        m.d.comb += self.ask.ready.eq(1)
                        m.d.sync += tries.eq(0)
                    with m.Else():
                        m.d.sync += tries.eq(tries + 1)
                        with m.If(tries == TRIES - 1):
                            m.d.sync += [tries.eq(0), self.missing.eq(1)]
                            m.next = "GONE"
            with m.State("GONE"):
                with m.If(self.clear):
                    m.d.sync += [order.eq(AWAKE), left.eq(REST - 1)]
                    m.next = "REST"

        data = delayed(m, fsm.ongoing("DATA"), ANSWER, "data")
        check = delayed(m, fsm.ongoing("CHECK"), ANSWER, "check")
        status = fsm.ongoing("CODE") & (order == READ_STATUS)
        with m.If(delayed(m, status, ANSWER, "status")):
            m.d.sync += byte.eq(Cat(flash.i[1], byte))
        with m.If(data):
            m.d.sync += [byte.eq(Cat(flash.i, byte)), half.eq(~half)]
        with m.If(data | check):
            m.d.sync += crc.eq(_checked(crc, flash.i))
        m.d.sync += fresh.eq(data & half)
        with m.If(fresh):
            m.d.sync += [opening.eq(0), at.eq(at + 1)]
            with m.If(byte != Array(header)[at]):
                m.d.sync += right.eq(0)
        m.d.comb += [
            self.row.valid.eq(fresh & ~self.missing),
            self.row.payload.data.eq(byte),
            self.row.payload.first.eq(opening),
        ]
        return m
