"""The sums of many serial words do not overflow."""

from amaranth import Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.serial.lanes import TERMS_PER_REGISTER, AdderTree
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.serial_words import Clock


class Summing(Elaboratable):
    """Add whole numbers beside a tree of one lane, word after word, of any up to a bound.

    Every bit between two adders is that of an exact sum, and every carry what the exact sum has
    there; the last sum fits the word.

    Parameters
    ----------
    tree
        What is proven.
    length
        Cycles a word.
    most
        Largest magnitude of each operand.
    bound
        Largest magnitude of their sum, where all cannot be largest at once.
    """

    def __init__(self, tree: AdderTree, length: int, most: tuple[int, ...], bound: int) -> None:
        self.tree = tree
        self.length = length
        self.most = most
        self.bound = bound
        self.inside = Inside(tree)
        self.runs = Signal()
        # As long as a word and as the sum, of which no bit is lost.
        size = max(length, sum(most).bit_length() + 1)
        self.given = [Signal(signed(size + 1), name=f"given_{n}") for n in range(len(most))]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        tree, length = self.tree, self.length
        m.submodules.tree = self.inside.fragment
        when = Clock.running(m, length, self.runs)
        m.d.comb += tree.clear.eq(when.clear)
        words: list[Value] = []
        for number, (given, bound) in enumerate(zip(self.given, self.most)):
            held, word = Signal.like(given), Signal.like(given, name=f"word_{number}")
            m.d.sync += held.eq(word)
            m.d.comb += [
                word.eq(Mux(when.place == 0, given, held)),
                tree.i[number].eq(word.bit_select(when.place, 1)),
                Assume((given <= bound) & (given >= -bound)),
                Assert((held <= bound) & (held >= -bound)),
            ]
            words.append(word)

        carries, registers = (iter(self.inside.all(name)) for name in ("carry", "register"))
        clears = iter(self.inside.all("clear_later"))
        while len(words) > 1:
            later = when.later(m)
            sums = []
            for at in range(0, len(words), TERMS_PER_REGISTER):
                total, *others = words[at : at + TERMS_PER_REGISTER]
                for other in others:
                    added = (total + other)[: len(total)].as_signed()
                    due = (total ^ other ^ added).bit_select(when.place, 1)
                    m.d.comb += Assert(~when.active | (next(carries) == due))
                    total = added
                result = Signal.like(total)
                m.d.sync += result.eq(total)
                shown = next(registers) == result.bit_select(later.place, 1)
                m.d.comb += Assert(~later.active | (shown & (later.last | (result == total))))
                sums.append(result)
            m.d.comb += Assert(next(clears) == later.clear)
            words, when = sums, later
        exact = words[0]
        m.d.comb += Assume((exact <= self.bound) & (exact >= -self.bound))
        m.d.comb += Assert(~when.active | (exact[:length].as_signed() == exact))
        return m


def summing(name: str, length: int, most: tuple[int, ...], bound: int | None = None) -> Proof:
    """Return the proof for the sum of so many words, which are called ``name``."""
    largest = sum(most) if bound is None else bound
    design = Summing(AdderTree(len(most), 1), length, most, largest)
    return Proof(
        f"sums of {name} do not overflow",
        design,
        Method.INDUCTION,
        1,
        [design.runs, *design.given],
        f"{len(most)} words of {length} bits",
    )
