"""The cells of a core as WebAssembly: what one clock cycle computes."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from qrnn_hw.export.errors import ToolError
from qrnn_hw.sim.twin.module import Function
from qrnn_hw.sim.twin.netlist import Bits, Cell, Netlist

WORD = 64
#: From so many places of one bit on, it is spread over all of them at once.
SPREAD = 3
_BITWISE = {"and": "i64.and", "or": "i64.or", "xor": "i64.xor", "xnor": "i64.xor"}
_ORDER = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge"}
_ARITHMETIC = {"add": "i64.add", "sub": "i64.sub", "mul": "i64.mul"}
_HINT = "`build --no-twin` leaves the twin out; report the model and the options of this run"


def parts(bits: Bits) -> list[Bits]:
    """Cut bits into words, the lowest first."""
    return [bits[start : start + WORD] for start in range(0, len(bits), WORD)]


@dataclass
class _Node:
    """What is computed at once: the bits that it needs and drives, and how."""

    needs: Bits
    drives: Bits
    emit: Callable[[], None]


class Memory:
    """A memory of the core, and where it lies in that of the module."""

    def __init__(self, cell: Cell, address: int) -> None:
        self.cell = cell
        self.address = address
        self.width = cell.number("WIDTH")
        self.stride = next((n for n in (1, 2, 4) if self.width <= 8 * n), 8 * -(-self.width // 64))
        kind = {1: "8", 2: "16", 4: "32"}.get(self.stride, "")
        self.load, self.store = f"i64.load{kind}{kind and '_u'}", f"i64.store{kind}"

    @property
    def size(self) -> int:
        """Bytes, of all that an address can tell."""
        return self.stride << self.cell.number("ABITS")

    def content(self) -> bytes:
        """Return what it holds at first."""
        text = self.cell.parameters["INIT"].replace("x", "0")
        if "1" not in text:
            return b""
        ends = range(len(text), 0, -self.width)
        words = [text[end - self.width : end] for end in ends]
        return b"".join(int(word, 2).to_bytes(self.stride, "little") for word in words)

    def ports(self, kind: str) -> Iterator[dict[str, Bits]]:
        """Yield the ports for "RD" or "WR", each its address, data and so on."""
        for number in range(self.cell.number(f"{kind}_PORTS")):
            yield {
                name: self.cell.ports[f"{kind}_{name}"][number * size :][:size]
                for name, size in [
                    ("ADDR", self.cell.number("ABITS")),
                    ("DATA", self.width),
                    ("EN", self.width if kind == "WR" else 1),
                ]
            }


class Lowering:
    """Write the code of a cycle: registers are variables, and stay so from cycle to cycle.

    Parameters
    ----------
    netlist
        The core.
    function
        Where to write.
    memory
        Address in the module's memory from which on those of the core lie.

    Attributes
    ----------
    memories : list of Memory
        Those of the core.
    end : int
        Address behind them.
    state : list of tuple
        Variables that hold registers, and their bits.
    """

    def __init__(self, netlist: Netlist, function: Function, memory: int) -> None:
        self._netlist = netlist
        self._f = function
        self._place: dict[int, tuple[int, int]] = {}  # of a bit: a variable, and where in it
        self._words: dict[int, Bits] = {}  # of a variable
        self._gathered: dict[Bits, int] = {}
        self._registers = [each for each in netlist.cells if each.kind == "dff"]
        self.memories: list[Memory] = []
        for cell in netlist.cells:
            if cell.kind == "mem_v2":
                self.memories.append(Memory(cell, memory))
                memory += -(-self.memories[-1].size // 8) * 8
        self.end = memory
        self.state = [each for cell in self._registers for each in self._new(cell.ports["Q"])]

    def port(self, name: str) -> list[int]:
        """Return new variables for an input, which the caller sets in every cycle."""
        return [index for index, _ in self._new(self._netlist.wire(name))]

    def _new(self, bits: Bits) -> list[tuple[int, Bits]]:
        """Return a new variable for each word of bits that something drives."""
        found = [(self._f.local(), word) for word in parts(bits)]
        for index, word in found:
            self._words[index] = word
            for place, bit in enumerate(word):
                if isinstance(bit, int):
                    self._place[bit] = (index, place)
        return found

    def push(self, bits: Bits) -> None:
        """Push up to 64 bits, the lowest first; those above are 0, and what nothing drives."""
        bits = tuple(bit if isinstance(bit, str) or bit in self._place else "0" for bit in bits)
        whole = self._place[bits[0]][0] if isinstance(bits[0], int) else None
        if whole is not None and self._words[whole] == bits:
            self._f.get(whole)
        elif bits in self._gathered:
            self._f.get(self._gathered[bits])
        else:
            self._gather(bits)
            if len(bits) > 1:
                self._gathered[bits] = self._f.local()
                self._f.set(self._gathered[bits])
                self._f.get(self._gathered[bits])

    def _gather(self, bits: Bits) -> None:
        """Push bits from several places: all that move by the same distance move together."""
        f, terms = self._f, 0
        often = {bit for bit, n in Counter(bits).items() if n >= SPREAD and isinstance(bit, int)}
        moves: dict[tuple[int, int], int] = {}
        for at, bit in enumerate(bits):
            if isinstance(bit, int) and bit not in often:
                index, place = self._place[bit]
                moves[index, at - place] = moves.get((index, at - place), 0) | 1 << place
        for (index, distance), mask in moves.items():
            f.get(index)
            if mask != (1 << len(self._words[index])) - 1:
                f.const(mask)
                f.emit("i64.and")
            if distance:
                f.const(abs(distance))
                f.emit("i64.shl" if distance > 0 else "i64.shr_u")
            terms += 1
            if terms > 1:
                f.emit("i64.or")
        for bit in sorted(often):
            mask = sum(1 << at for at, each in enumerate(bits) if each == bit)
            f.const(0)
            self._gather((bit,))
            f.emit("i64.sub")
            f.const(mask)
            f.emit("i64.and")
            terms += 1
            if terms > 1:
                f.emit("i64.or")
        constant = sum(1 << at for at, bit in enumerate(bits) if bit == "1")
        if constant or not terms:
            f.const(constant)
            if terms:
                f.emit("i64.or")

    def _extended(self, cell: Cell, name: str, width: int, signed: bool) -> Bits:
        """Return an operand in so many bits."""
        bits = cell.ports[name]
        return (bits + (bits[-1] if signed else "0",) * max(0, width - len(bits)))[:width]

    def _push_number(self, bits: Bits, signed: bool) -> None:
        """Push a number of up to 64 bits, its sign in all bits above."""
        self.push(bits)
        if signed and len(bits) < WORD:
            for name in ("i64.shl", "i64.shr_s"):
                self._f.const(WORD - len(bits))
                self._f.emit(name)

    def _cut(self, width: int) -> None:
        """Take off what is above so many bits."""
        if width < WORD:
            self._f.const((1 << width) - 1)
            self._f.emit("i64.and")

    def _cell(self, cell: Cell) -> None:
        """Write the code of a cell that keeps nothing."""
        told = cell.parameters
        signed = "1" in told.get("A_SIGNED", "0") and "1" in told.get("B_SIGNED", "1")
        if cell.kind in ("not", "pos", "mux") or cell.kind in _BITWISE:
            self._bit_by_bit(cell, signed)
            return
        self._push_result(cell, signed)
        (first, _), *rest = self._new(cell.ports["Y"])
        self._f.set(first)
        for index, _ in rest:  # of a truth in many bits
            self._f.const(0)
            self._f.set(index)

    def _bit_by_bit(self, cell: Cell, signed: bool) -> None:
        """Write a cell each bit of whose output follows from those at its place."""
        f, kind, y = self._f, cell.kind, cell.ports["Y"]
        operands = [
            parts(self._extended(cell, name, len(y), signed))
            for name in ("A", "B")
            if name in cell.ports
        ]
        for number, (index, word) in enumerate(self._new(y)):
            if kind == "mux":
                self.push(operands[1][number])
            self.push(operands[0][number])
            if kind in _BITWISE:
                self.push(operands[1][number])
                f.emit(_BITWISE[kind])
            if kind == "mux":
                self.push(cell.ports["S"])
                f.emit("i32.wrap_i64", "select")
            if kind in ("not", "xnor"):
                f.const((1 << len(word)) - 1)
                f.emit("i64.xor")
            f.set(index)

    def _push_result(self, cell: Cell, signed: bool) -> None:
        """Push what a cell makes of whole numbers, in a word."""
        f, kind, y = self._f, cell.kind, cell.ports["Y"]
        a, b = cell.ports["A"], cell.ports.get("B", ())
        if kind in ("eq", "ne"):
            width = max(len(a), len(b))
            for number, (left, right) in enumerate(
                zip(*(parts(self._extended(cell, name, width, signed)) for name in ("A", "B")))
            ):
                self.push(left)
                self.push(right)
                f.emit("i64.xor")
                if number:
                    f.emit("i64.or")
            self._truth(kind == "ne")
        elif kind in ("reduce_or", "reduce_bool", "logic_not"):
            self._any(a)
            self._truth(kind != "logic_not")
        elif kind in ("logic_and", "logic_or"):
            for bits in (a, b):
                self._any(bits)
                self._truth(True)
            f.emit("i64.and" if kind == "logic_and" else "i64.or")
        elif kind == "reduce_and":
            for number, word in enumerate(parts(a)):
                self.push(word)
                f.const((1 << len(word)) - 1)
                f.emit("i64.xor")
                if number:
                    f.emit("i64.or")
            self._truth(False)
        elif kind in ("reduce_xor", "reduce_xnor"):
            for number, word in enumerate(parts(a)):
                self.push(word)
                if number:
                    f.emit("i64.xor")
            f.emit("i64.popcnt")
            f.const(1)
            f.emit("i64.and")
            if kind == "reduce_xnor":
                self._truth(False)
        elif max(len(a), len(b)) <= WORD and kind in _ORDER:
            self._push_number(a, signed)
            self._push_number(b, signed)
            f.emit(f"i64.{_ORDER[kind]}_{'s' if signed else 'u'}", "i64.extend_i32_u")
        elif max(len(a), len(y)) <= WORD and kind == "neg":
            f.const(0)
            self._push_number(a, signed)
            f.emit("i64.sub")
            self._cut(len(y))
        elif max(len(a), len(b), len(y)) <= WORD and kind in _ARITHMETIC:
            self._push_number(a, signed)
            self._push_number(b, signed)
            f.emit(_ARITHMETIC[kind])
            self._cut(len(y))
        else:
            raise ToolError(
                f"the cells of a twin must be known, and ${kind} of {len(a)} bits is not", _HINT
            )

    def _any(self, bits: Bits) -> None:
        for number, word in enumerate(parts(bits)):
            self.push(word)
            if number:
                self._f.emit("i64.or")

    def _truth(self, wanted: bool) -> None:
        """Turn a number into whether it is one other than 0, or into the opposite."""
        if wanted:
            self._f.const(0)
        self._f.emit("i64.ne" if wanted else "i64.eqz", "i64.extend_i32_u")

    def _address(self, memory: Memory, bits: Bits) -> None:
        self.push(bits)
        self._f.emit("i32.wrap_i64")
        if memory.stride > 1:
            self._f.const32(memory.stride)
            self._f.emit("i32.mul")

    def _read(self, memory: Memory, port: dict[str, Bits]) -> None:
        for number, (index, _) in enumerate(self._new(port["DATA"])):
            self._address(memory, port["ADDR"])
            self._f.access(memory.load, memory.address + 8 * number)
            self._f.set(index)

    def _write(self, memory: Memory, port: dict[str, Bits]) -> None:
        f = self._f
        for number, (data, enable) in enumerate(zip(parts(port["DATA"]), parts(port["EN"]))):
            self._address(memory, port["ADDR"])
            # What is written where it is enabled, and what was there where it is not.
            self._address(memory, port["ADDR"])
            f.access(memory.load, memory.address + 8 * number)
            self._blend(data, enable)
            f.access(memory.store, memory.address + 8 * number)

    def _blend(self, data: Bits, enable: Bits) -> None:
        """Replace the bits of the number that was pushed where they are enabled."""
        f = self._f
        self.push(enable)
        f.const(-1)
        f.emit("i64.xor", "i64.and")
        self.push(data)
        self.push(enable)
        f.emit("i64.and", "i64.or")

    def _nodes(self) -> list[_Node]:
        nodes = []
        for cell in self._netlist.cells:
            if cell.kind not in ("dff", "mem_v2"):
                inputs = [bits for name, bits in cell.ports.items() if name != "Y"]
                needs = tuple(chain.from_iterable(inputs))
                nodes.append(_Node(needs, cell.ports["Y"], partial(self._cell, cell)))
        for memory in self.memories:
            for port in memory.ports("RD"):
                read = partial(self._read, memory, port)
                nodes.append(_Node(port["ADDR"], port["DATA"], read))
        return nodes

    def settle(self) -> None:
        """Write what follows from registers and inputs, everything behind what it needs."""
        nodes = self._nodes()
        driver = {bit: at for at, node in enumerate(nodes) for bit in node.drives}
        waits: list[set[int]] = [
            {driver[bit] for bit in node.needs if bit in driver} for node in nodes
        ]
        after: dict[int, list[int]] = {}
        for at, before in enumerate(waits):
            for other in before:
                after.setdefault(other, []).append(at)
        ready = [at for at, before in enumerate(waits) if not before]
        done = 0
        while ready:
            at = ready.pop()
            done += 1
            nodes[at].emit()
            for other in after.get(at, ()):
                waits[other].remove(at)
                if not waits[other]:
                    ready.append(other)
        if done < len(nodes):
            raise ToolError(
                f"the cells of a twin must follow one another, and {len(nodes) - done} of the "
                "core's go in a circle",
                _HINT,
            )

    def clock(self) -> None:
        """Write what the clock edge does: memories take their writes, then registers follow."""
        for memory in self.memories:
            for port in memory.ports("WR"):
                self._write(memory, port)
        moves = []
        for cell in self._registers:
            for data, word in zip(parts(cell.ports["D"]), parts(cell.ports["Q"])):
                index = self._place[next(bit for bit in word if isinstance(bit, int))][0]
                following = self._f.local()
                self.push(data)
                self._f.set(following)
                moves.append((following, index))
        for following, index in moves:
            self._f.get(following)
            self._f.set(index)
