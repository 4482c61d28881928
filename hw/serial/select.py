"""What each lane takes from a few serial streams, word by word."""

from collections.abc import Sequence

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


def by_word(m: Module, choices: Sequence[tuple[Value, ...]], word: Value) -> Value:
    """Choose for each lane among one bit a word; equal choices share their multiplexers.

    The result is registered: one cycle after ``word``.
    """
    nodes: dict[tuple[int, ...], Value] = {}  # by the level, and the bits below it

    def node(bits: tuple[Value, ...], level: int) -> Value:
        key = (level, *(id(bit) for bit in bits))
        if len(set(key[1:])) == 1:
            return bits[0]
        if key not in nodes:
            chosen = Signal(name="choice")
            m.d.comb += chosen.eq(
                Mux(word[level], node(bits[1::2], level + 1), node(bits[::2], level + 1))
            )
            nodes[key] = chosen
        return nodes[key]

    registers: dict[tuple[int, ...], Signal] = {}
    lanes = []
    for bits in choices:
        key = tuple(id(bit) for bit in bits)
        if key not in registers:
            registers[key] = Signal(name="chosen", reset_less=True)
            m.d.sync += registers[key].eq(node(bits, 0))
        lanes.append(registers[key])
    return Cat(*lanes)


class Signs(wiring.Component):
    """Give every lane the sign of its unit. Latency: two cycles behind the timeline.

    Parameters
    ----------
    plan
        Signs and sizes.
    time
        The output timeline.

    Members
    -------
    o : Out(plan.lanes)
        1 where the transform is to be subtracted.
    """

    latency = BEHIND

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        super().__init__({"o": Out(plan.lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        word = Signal.like(self.time.word)
        m.d.sync += word.eq(self.time.word)
        sign = {1: Const(0), -1: Const(1)}
        choices = [
            tuple(sign[u] for u in lane)
            for lane in self.plan.by_lane(self.plan.model.recurrence.signs)
        ]
        m.d.comb += self.o.eq(by_word(m, choices, word))
        return m
