"""The module of a twin: a core, and around it what feeds it and writes down what it gives."""

from dataclasses import asdict, dataclass
from typing import Any

from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import class_shape
from qrnn_hw.hw.trace import UnitWrites
from qrnn_hw.sim.twin.lowering import Lowering, parts
from qrnn_hw.sim.twin.module import Function, module
from qrnn_hw.sim.twin.netlist import Bits, Netlist

TRACE = "core.trace__"
#: Words of 32 bits at the start of the memory, through which a module is asked and answers.
CONTROL = (
    "reset", "given", "taken", "ends", "loaded", "words",
    "answers", "most_answers", "writes", "most_writes", "cycle", "busy",
)  # fmt: skip
#: Bytes of an answer: its cycle, the logit in 64 bits, its class, and whether it is the last.
ANSWER = 20
#: Steps that are given at once, at most; bytes of what they write; and their cycles, so that a page
#: can draw between them.
STEPS, ROOM, CYCLES = 256, 1 << 19, 50_000


@dataclass(frozen=True)
class Layout:
    """Where things are in the memory of a module, and how large: bytes, and counts.

    Parameters
    ----------
    steps, step_size, most_steps
        Steps of a sequence that are given, of so many bytes each; so many at once.
    answers, answer_size, most_answers
        What came at the output.
    writes, write_size, most_writes
        What was written to the states: an address, and words of 32 bits.
    weights
        Words of 16 bits that are loaded after a reset.
    size
        All.
    """

    steps: int
    step_size: int
    most_steps: int
    answers: int
    answer_size: int
    most_answers: int
    writes: int
    write_size: int
    most_writes: int
    weights: int
    size: int

    @classmethod
    def of(cls, plan: Plan) -> "Layout":
        """Leave room for what a few steps of a plan need."""
        step = 8 * -(-plan.model.inputs.width // 64)
        write = 4 + 4 * -(-plan.trace.shape.width // 32)
        each, end = writes_of(plan)
        most = max(1, min(STEPS, ROOM // (each * write), CYCLES // plan.step_cycles))
        answers = max(1024, (most + 1) * plan.model.classes)
        writes = (most + 1) * each + end  # and some that nobody waits for
        steps = 64
        first = steps + step * most
        second = first + ANSWER * answers
        third = second + write * writes
        end = third + 2 * len(plan.loaded_words())
        # Whole words are written where a part of one is meant.
        return cls(steps, step, most, first, ANSWER, answers, second, write, writes, third,
                   -(-end // 8) * 8 + 8)  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for a page."""
        return {**asdict(self), "control": list(CONTROL)}


def writes_of(plan: Plan) -> tuple[int, int]:
    """Count what a step writes to the states, and what the end of a sequence writes besides."""
    trace = plan.trace
    if isinstance(trace, UnitWrites):
        return plan.model.hidden, 0
    step, readout = len(trace.step) + len(trace.pool), len(trace.readout)
    return (step + readout, 0) if plan.model.readout.every else (step, readout)


class _Kernel:
    """Write the function ``run(cycles)``."""

    def __init__(self, plan: Plan, core: str) -> None:
        self.plan, self.layout = plan, Layout.of(plan)
        self.netlist = Netlist.of(core)
        self.f = Function(1)
        self.core = Lowering(self.netlist, self.f, self.layout.size)
        self.saved = self.core.end

    def load(self, name: str) -> None:
        """Push a word of the control, 32 bits."""
        self.f.const32(0)
        self.f.access("i32.load", 4 * CONTROL.index(name))

    def add(self, name: str, what: Bits | None = None) -> None:
        """Count a word of the control up: by one, or where a bit is set."""
        self.f.const32(0)
        self.load(name)
        if what is None:
            self.f.const32(1)
        else:
            self.core.push(what)
            self.f.emit("i32.wrap_i64")
        self.f.emit("i32.add")
        self.f.access("i32.store", 4 * CONTROL.index(name))

    def registers(self, store: bool) -> None:
        """Move the registers into the memory, or back."""
        for number, (index, _) in enumerate(self.core.state):
            self.f.const32(0)
            if store:
                self.f.get(index)
            self.f.access("i64.store" if store else "i64.load", self.saved + 8 * number)
            if not store:
                self.f.set(index)

    def feed(self) -> None:
        """Set the inputs of the core: a step, if one is left, a weight, and the reset."""
        f, core, layout = self.f, self.core, self.layout
        set_ = self._set
        f.const32(0)
        f.access("i64.load32_u", 4 * CONTROL.index("reset"))
        set_("rst")
        self.load("taken")
        self.load("given")
        f.emit("i32.lt_u", "i64.extend_i32_u")
        set_("x_valid")
        for number, index in enumerate(core.port("x_data")):
            self.load("taken")
            f.const32(layout.step_size)
            f.emit("i32.mul")
            f.access("i64.load", layout.steps + 8 * number)
            f.set(index)
        self.load("taken")
        f.const32(1)
        f.emit("i32.add")
        self.load("given")
        f.emit("i32.eq")
        self.load("ends")
        f.emit("i32.and", "i64.extend_i32_u")
        set_("x_last")
        f.const(1)
        set_("y_ready")
        if self.plan.load:
            self.load("loaded")
            self.load("words")
            f.emit("i32.lt_u", "i64.extend_i32_u")
            set_("w_valid")
            self.load("loaded")
            f.const32(2)
            f.emit("i32.mul")
            f.access("i64.load16_u", layout.weights)
            set_("w_data")

    def _set(self, name: str) -> None:
        (index,) = self.core.port(name)
        self.f.set(index)

    def when(self, bits: Bits) -> None:
        """Begin a block for where a bit is set, and there is no reset."""
        self.core.push(bits)
        self.f.emit("i32.wrap_i64")
        self.load("reset")
        self.f.emit("i32.eqz", "i32.and")
        self.f.block("if")

    def at(self, count: str, size: int) -> None:
        """Push the address of the next entry of a list, less where that begins."""
        self.load(count)
        self.f.const32(size)
        self.f.emit("i32.mul")

    def store(self, count: str, size: int, offset: int, kind: str, value: Bits) -> None:
        """Write up to 64 bits into an entry."""
        self.at(count, size)
        self.core.push(value)
        self.f.access(kind, offset)

    def record(self) -> None:
        """Write down what comes at the output, and what is written to the states."""
        f, layout, model = self.f, self.layout, self.plan.model
        logit, user, last = map(self.netlist.wire, ("y_data", "y_user", "y_last"))
        wide = logit + (logit[-1],) * (64 - len(logit))
        word, address = self.netlist.wire(TRACE + "word"), self.netlist.wire(TRACE + "address")
        size = 8 * (layout.write_size - 4)
        if self.plan.trace.shape.signed:
            word += (word[-1],) * (size - len(word))
        word += ("0",) * (size - len(word))
        assert class_shape(model).width <= 32
        # What is gathered from several places stays a variable: never within a block alone.
        for bits in (wide, user, last, address, *parts(word)):
            self.core.push(bits)
            f.set(self._nothing)
        self.when(self.netlist.wire("y_valid"))
        at, begin = ("answers", layout.answer_size), layout.answers
        self.at(*at)
        self.load("cycle")
        f.access("i32.store", begin)
        self.store(*at, begin + 4, "i64.store", wide)
        self.store(*at, begin + 12, "i64.store32", user)
        self.store(*at, begin + 16, "i64.store32", last)
        self.add("answers")
        f.emit("end")
        self.when(self.netlist.wire(TRACE + "enable"))
        at, begin = ("writes", layout.write_size), layout.writes
        self.store(*at, begin, "i64.store32", address)
        for number, part in enumerate(parts(word)):
            kind = "i64.store" if len(part) > 32 else "i64.store32"
            self.store(*at, begin + 4 + 8 * number, kind, part)
        self.add("writes")
        f.emit("end")

    def write(self) -> bytes:
        """Write the function, and return the module."""
        f, core = self.f, self.core
        self._nothing = f.local()
        self.registers(store=False)
        f.block("block")
        f.block("loop")
        f.get(0)
        f.emit("i32.eqz")
        f.branch(1)
        f.get(0)
        f.const32(1)
        f.emit("i32.sub")
        f.set(0)
        self.feed()
        if "clk" in self.netlist.ports:
            core.port("clk")
        core.settle()
        taken = f.local()
        self.core.push(self.netlist.wire("x_valid"))
        self.core.push(self.netlist.wire("x_ready"))
        f.emit("i64.and")
        f.set(taken)
        self.record()
        f.const32(0)
        self.load("taken")
        f.get(taken)
        f.emit("i32.wrap_i64", "i32.add")
        f.access("i32.store", 4 * CONTROL.index("taken"))
        if self.plan.load:
            self.core.push(self.netlist.wire("w_valid"))
            self.core.push(self.netlist.wire("w_ready"))
            f.emit("i64.and")
            f.set(taken)
            f.const32(0)
            self.load("loaded")
            f.get(taken)
            f.emit("i32.wrap_i64", "i32.add")
            f.access("i32.store", 4 * CONTROL.index("loaded"))
        f.const32(0)
        core.push(self.netlist.wire("busy"))
        f.access("i64.store32", 4 * CONTROL.index("busy"))
        core.clock()
        self.add("cycle")
        for name in ("answers", "writes"):
            self.load(name)
            self.load(f"most_{name}")
            f.emit("i32.ge_u")
            f.branch(1)
        f.branch(0, always=True)
        f.emit("end", "end")
        self.registers(store=True)
        data = [(each.address, each.content()) for each in core.memories]
        starts = [self.netlist.value(word) for _, word in core.state]
        data.append((self.saved, b"".join(each.to_bytes(8, "little") for each in starts)))
        end = self.saved + 8 * len(starts)
        return module(f, "run", end, [(at, content) for at, content in data if any(content)])


def twin_module(plan: Plan, core: str) -> bytes:
    """Compile the text of a core.

    Raises
    ------
    ToolError
        If yosys is missing, or the core is none that can be compiled, or takes two sequences at
        once.
    """
    if plan.at_once > 1:
        raise ToolError(
            "a twin must be of a core of one sequence at a time, and this one takes two",
            "`build` without --sequences-at-once makes such a core",
        )
    if plan.row_bytes:
        raise ToolError(
            "a twin must hold its whole table, and this core's is in the flash of its board",
            "a larger device has room for it in block RAM",
        )
    return _Kernel(plan, core).write()
