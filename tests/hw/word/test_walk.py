# amaranth: UnusedElaboratable=no
"""Numbers of words, and the registers that tell which is the last."""

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.word.walk import Numbering


class Counted(wiring.Component):
    """A number that advances, and restarts, as it is told."""

    def __init__(self, counts):
        self.counts = counts
        flags = {"advance": In(1), "restart": In(1), "lasts": Out(len(counts))}
        super().__init__({**flags, "number": Out(range(max(counts)))})

    def elaborate(self, platform):
        m = Module()
        numbers = Numbering(m, self.number, self.counts)
        with m.If(self.advance):
            numbers.advance()
        with m.If(self.restart):
            numbers.restart()
        for place, count in enumerate(self.counts):
            m.d.comb += self.lasts[place].eq(numbers.last(count))
        return m


@pytest.mark.parametrize("counts", [(1,), (2,), (5,), (8, 3), (8, 1)])
def test_the_last_word_is_known_while_it_is_at_hand(trace, counts):
    # Up to the first end, from the start again, with pauses; then to each other end.
    ends = [count - 1 for count in counts for _ in range(2)]
    advance, restart, wanted = [], [], []
    for end in ends:
        for number in [n for n in range(end + 1) for _ in range(2)]:
            moves = bool(wanted) and wanted[-1] == number  # every number is there for two cycles
            advance.append(int(moves))
            restart.append(int(moves and number == end))
            wanted.append(number)
    dut = Counted(counts)
    inputs = [(dut.advance, advance), (dut.restart, restart)]
    rows = trace(dut, len(wanted), inputs, [dut.number, dut.lasts])
    assert [number for number, _ in rows] == wanted
    assert [lasts for _, lasts in rows] == [
        sum((number == count - 1) << place for place, count in enumerate(counts))
        for number in wanted
    ]
