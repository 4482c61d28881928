# amaranth: UnusedElaboratable=no
"""The reader of a flash: how it starts, which rows it takes, and what it does about wrong ones."""

from collections import deque

import numpy as np
import pytest
from amaranth.sim import Simulator

from qrnn_hw.boards.design.flash import ANSWER, START, FlashReader
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.reference import ReferenceBoard
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import LinkError
from qrnn_hw.hw.serial.image import FIRST_ROW, TableImage
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

BASE = 0x2000
BYTES = 1 << 24
AWAKE = 144  # cycles: tRES1, 3 us, at 48 MHz
RELEASE, STATUS, UNLOCK, WRITE = START


class Chip:
    """A W25Q128JV as the reader sees it, cycle by cycle; a wrong use of it fails an assertion."""

    def __init__(self, content, *, rng, asleep=True, quad=False, settable=True):
        self.content, self.rng = content, rng
        self.asleep, self.quad, self.settable = asleep, quad, settable
        self.unlocked = False
        self.woken = None
        self.now = self.pulses = 0
        self.history = []
        self.shown = deque([0] * ANSWER)
        self.reset()

    def reset(self):
        self.pulses = self.code = self.bits = 0

    def read(self, address):
        return self.content.get(address % BYTES, 0xFF)

    def ends(self):
        """Act on an instruction when the chip is deselected."""
        if not self.pulses:
            return
        assert self.pulses >= 8
        self.history.append(self.code)
        if self.code == RELEASE:
            self.asleep, self.woken = False, self.now
        if self.asleep:
            return
        if self.code == WRITE and self.unlocked and self.pulses == 16:
            self.quad |= bool(self.bits & 2) and self.settable
        self.unlocked = self.code == UNLOCK

    def cycle(self, select, clock, o, oe):
        """Take what is on the lines, and return what the reader sees now."""
        self.now += 1
        value = int(self.rng.integers(16))
        if not select:
            self.ends()
            self.reset()
        elif clock:
            value = self.pulse(o, oe, value)
        self.shown.append(value)
        return self.shown.popleft()

    def pulse(self, o, oe, value):
        place, self.pulses = self.pulses, self.pulses + 1
        if place < 8:
            assert (oe, o >> 2) == (0b1101, 3)
            self.code = self.code << 1 | o & 1
            return value
        assert self.woken is None or self.now - self.woken >= AWAKE or self.code == RELEASE
        if self.asleep:
            return value
        if self.code == STATUS:
            assert (oe, o >> 2) == (0b1101, 3)
            return value & ~2 | (2 * self.quad >> 15 - place & 1) << 1
        if self.code == WRITE:
            self.bits = self.bits << 1 | o & 1
        if self.code == 0xEB and self.quad:
            if place < 16:
                assert oe == 0b1111
                self.bits = self.bits << 4 | o
                return value
            assert oe == 0
            assert self.bits & 0x30 != 0x20  # no continuous read
            if place >= 20:
                byte = self.read((self.bits >> 8) + (place - 20) // 2)
                return byte & 15 if place % 2 else byte >> 4
        return value


@pytest.fixture(scope="module")
def table():
    model = random_model(np.random.default_rng(90), 8, 6, vocabulary=300)
    return TableImage.of(SerialPlan(model, 4))


def stored(table):
    return dict(enumerate(table.to_bytes(), BASE))


class Seen:
    """What a reader did."""

    def __init__(self):
        self.rows, self.missing, self.cycles = [], [], []


def run(table, chip, wanted, cycles, *, clear=()):
    """Ask for rows, one after another; a clear gives up the one that is asked for."""
    dut, seen = FlashReader(table, BASE), Seen()
    flash = dut.flash

    async def bench(ctx):
        asks, row, begun = deque(wanted), [], 0
        for cycle in range(cycles):
            ctx.set(dut.clear, cycle in clear)
            ctx.set(dut.ask.valid, bool(asks))
            if asks:
                ctx.set(dut.ask.payload, asks[0])
            ctx.set(
                flash.i,
                chip.cycle(*(ctx.get(x) for x in (flash.select, flash.clock, flash.o, flash.oe))),
            )
            seen.missing.append(ctx.get(dut.missing))
            if cycle in clear:
                asks.popleft()
                ctx.set(dut.ask.valid, 0)
                begun = cycle + 1
            if ctx.get(dut.row.valid):
                if ctx.get(dut.row.payload.first):
                    row = []
                row.append(ctx.get(dut.row.payload.data))
            if asks and cycle not in clear and ctx.get(dut.ask.ready):
                seen.rows.append((asks.popleft(), bytes(row)))
                seen.cycles.append(cycle - begun)
                begun = cycle + 1
            if not asks and wanted:
                return
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


def expected(table, wanted):
    return [(number, table.rows[number].tobytes()) for number in wanted]


def test_rows_are_read_after_the_start_in_the_planned_cycles(table):
    rng = np.random.default_rng(91)
    wanted = [0, 599, 1, *rng.integers(0, 600, 9).tolist()]
    chip = Chip(stored(table), rng=rng)
    seen = run(table, chip, wanted, 9000)
    assert seen.rows == expected(table, wanted)
    assert chip.history[:7] == [*START, RELEASE, STATUS, 0xEB]
    model = random_model(np.random.default_rng(90), 8, 6, vocabulary=300)
    assert set(seen.cycles[1:]) == {SerialPlan(model, 4).row.cycles - 2}
    assert chip.quad


def test_a_bit_that_is_set_is_not_written(table):
    chip = Chip(stored(table), rng=np.random.default_rng(92), quad=True)
    assert run(table, chip, [3], 3000).rows == expected(table, [3])
    assert chip.history == [RELEASE, STATUS, 0xEB, 0xEB]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"settable": False}, id="no-quad"),
        pytest.param({"content": {}}, id="erased"),
        pytest.param({"digest": True}, id="another-table"),
    ],
)
def test_without_the_right_table_nothing_is_read(table, options):
    content = stored(table)
    content[BASE + 15] ^= 128 * options.pop("digest", 0)
    chip = Chip(**{"content": content, "rng": np.random.default_rng(93), **options})
    seen = run(table, chip, [3], 2600)
    assert seen.rows == []
    assert all(seen.missing)
    assert chip.history.count(RELEASE) > 2  # it goes on trying


def slot(table, number):
    return BASE + FIRST_ROW + number * table.layout.pitch


@pytest.mark.parametrize("place", ["first", "check"])
def test_a_flipped_bit_in_a_row_is_no_answer(table, place):
    content = stored(table)
    size = table.layout.row_bytes
    offset = {"first": 0, "check": size + 3}[place]
    content[slot(table, 7) + offset] ^= 0x80
    chip = Chip(content, rng=np.random.default_rng(94), quad=True)
    seen = run(table, chip, [6, 7, 8], 1800)
    assert seen.rows == expected(table, [6])
    # Read four times; then the table is missing, until the next clear.
    assert not all(seen.missing)
    assert seen.missing[-1]
    assert chip.history.count(0xEB) == 1 + 1 + 4


def test_swapped_rows_and_rows_of_other_tables_are_no_answer(table):
    other = TableImage.of(
        SerialPlan(random_model(np.random.default_rng(95), 8, 6, vocabulary=300), 4)
    )
    size = table.layout.pitch
    swapped, foreign = stored(table), stored(table)
    for k in range(size):
        one, two = slot(table, 10) + k, slot(table, 11) + k
        swapped[one], swapped[two] = swapped[two], swapped[one]
        foreign[one] = stored(other)[one]
    for content in (swapped, foreign):
        chip = Chip(content, rng=np.random.default_rng(96), quad=True)
        assert run(table, chip, [12, 10], 1800).rows == expected(table, [12])


class Noisy(Chip):
    """A chip that shows a wrong byte now and then."""

    def read(self, address):
        wrong = address >= BASE + FIRST_ROW and self.rng.random() < 0.01
        return super().read(address) ^ (int(self.rng.integers(1, 256)) if wrong else 0)


def test_a_row_that_was_read_wrong_is_read_again(table):
    rng = np.random.default_rng(97)
    wanted = rng.integers(0, 600, 12).tolist()
    chip = Noisy(stored(table), rng=rng)
    seen = run(table, chip, wanted, 20000)
    assert seen.rows == expected(table, wanted)
    assert chip.history.count(0xEB) > 1 + len(wanted)
    assert len(set(seen.cycles[1:])) > 1


def test_after_a_clear_the_table_is_looked_for_again(table):
    content = stored(table)
    content[slot(table, 7)] ^= 1
    chip = Chip(content, rng=np.random.default_rng(98), quad=True)
    seen = run(table, chip, [7, 8], 2900, clear={1500})
    assert seen.missing[1499]
    assert not all(seen.missing[1501:])


@pytest.mark.parametrize("cycle", [905, 930, 941])
def test_what_a_clear_breaks_off_is_never_taken(table, cycle):
    """Behind a clear the core asks for another row, while the one before is still read."""
    chip = Chip(stored(table), rng=np.random.default_rng(99), quad=True)
    wanted = [5, 17, 4, 200, 31, 8]
    seen = run(table, chip, wanted, 9000, clear={cycle})
    (lost,) = set(wanted) - {number for number, _ in seen.rows}
    assert seen.rows == expected(table, [number for number in wanted if number != lost])
    assert not {RELEASE} & set(chip.history[4:])


def test_a_host_says_what_to_do_without_a_table():
    identity = Identity(9, False, 8, 2, 12, 6, bytes(8), vocabulary=300)
    board = ReferenceBoard(identity, lambda steps: (0, [0, 0]), missing=True)
    with pytest.raises(LinkError, match=r"^the board must find the table of its design") as caught:
        Host(board).classify([1, 2])
    assert caught.value.hint.startswith("write it with the design: `qrnn-hw program`")
    board = ReferenceBoard(identity, lambda steps: (0, [0, 0]))
    assert Host(board).classify([1, 299]).class_index == 0
