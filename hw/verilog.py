"""The core as one Verilog file for any tool."""

import re

from amaranth import Module, Shape
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.popcount.store import STYLE
from qrnn_hw.hw.ports import connect_plain, plain_members
from qrnn_hw.hw.programs.tool import YOSYS

# Plain Verilog-2005: processes become assignments and registers, wide multiplexers trees of
# two-way ones (functions with escaped names stop Icarus), and source positions go, so that the
# text depends on the model alone. A memory that is loaded before it is read begins with nothing:
# large RAMs cannot begin with zeros.
SCRIPT = (
    "read_rtlil core.il; proc; opt_clean; pmuxtree; memory_collect; opt_clean; "
    f"setparam -set INIT 1'x a:ram_style={STYLE}; "
    "setattr -unset src *; setattr -mod -unset src *; setattr -mod -unset generator *; "
    "write_verilog -norename core.v"
)

#: What names of modules begin with; two cores in one design need two.
PREFIX = "qrnn"
WAIVED = (
    "DECLFILENAME",  # one file holds all modules
    "UNUSEDSIGNAL",  # every port of an instance has a name, and sums a bit that is cut off
    "UNDRIVEN",  # a name that nothing reads stays where its register has gone
    "UNOPTFLAT",  # equal bits of a vector are aliases of one: no bit depends on itself
    "WIDTH",  # constants are as wide as they must be
)
_INITIAL = re.compile(r"^(  (?:output )?reg [^=;]*?(\\\S+ |\w+)) ?= ([^;]+);$", re.MULTILINE)
_MEMORY = re.compile(r"^(  reg \[[^;]*\[\d+:\d+\] ?;)$", re.MULTILINE)


class PlainCore(wiring.Component):
    """A core with the ports that a Verilog design expects.

    Members
    -------
    x_valid, x_ready, x_data, x_last
        Inputs, a time step a transfer.
    y_valid, y_ready, y_data, y_user, y_last
        Logits, a class a transfer; ``y_user`` with ``y_last`` is the class.
    x_sequence, y_sequence
        Only of two sequences at once: whose step, or logit, it is.
    w_valid, w_ready, w_data
        Only if the weights are loaded: after every reset, a 16-bit word a transfer, all the words
        of :meth:`~qrnn_hw.hw.engine.Plan.loaded_words`; ``x`` is taken afterwards.
    ask_valid, ask_ready, ask_data, row_valid, row_data, row_first
        Only if the table is outside: which row is needed, and its bytes; ``ask_ready`` when all of
        it came and is right, see docs/flash.md.
    busy : Out(1)
        A sequence is under way.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.core = plan.core()
        x = self.core.x.payload.shape()
        members = {
            "x_valid": In(1),
            "x_ready": Out(1),
            "x_data": In(Shape.cast(x["data"].shape)),
            "x_last": In(1),
            **({"x_sequence": In(1)} if plan.at_once > 1 else {}),
        }
        super().__init__(members | plain_members(self.core))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.core = core = self.core
        m.d.comb += [
            core.x.valid.eq(self.x_valid),
            core.x.payload.data.eq(self.x_data),
            core.x.payload.last.eq(self.x_last),
            self.x_ready.eq(core.x.ready),
        ]
        if self.plan.at_once > 1:
            m.d.comb += core.x.payload.sequence.eq(self.x_sequence)
        connect_plain(m, self, core)
        return m


def verilog(design: Elaboratable, name: str) -> str:
    """Write ``design`` as Verilog, its top module called ``name``; equal designs, equal text.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    """
    text = rtlil.convert(design, name=name, emit_src=False)
    with work_folder() as folder:
        (folder / "core.il").write_text(text)
        YOSYS.check("-q", "-p", SCRIPT, folder=folder, makes=["core.v"])
        lines = (folder / "core.v").read_text().splitlines(keepends=True)
    return "".join(lines[1:])  # without the banner, which names the machine yosys was built on


def parted(text: str, name: str) -> tuple[str, list[str], str]:
    """Part a text at the head of a module: what is before it, its ports, and what follows."""
    before, ports, rest = re.split(
        rf"^module {name}\((.*)\);$", text, maxsplit=1, flags=re.MULTILINE
    )
    return before, ports.split(", "), rest


def embeddable(design: wiring.Component, name: str) -> str:
    """Write a module that others instantiate, for any flow of theirs.

    Ports are in the order of the signature, behind clock and reset. It does not claim to be the
    top, and Verilator's linter has nothing to say.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    """
    text = verilog(design, name).replace("(* top =  1  *)\n", "")
    head, found, rest = parted(text, name)
    order = list(design.signature.members)
    ports = sorted(found, key=lambda port: order.index(port) if port in order else -1)
    text = f"{head}module {name}({', '.join(ports)});{rest}"
    text = _INITIAL.sub(r"\1;\n  initial \2 = \3;", text)
    off = "".join(f"/* verilator lint_off {rule} */\n" for rule in WAIVED)
    return f"/* verilator lint_save */\n{off}{text}/* verilator lint_restore */\n"


def _described(plan: Plan) -> list[tuple[str, str]]:
    """Say of every port of a core what it is."""
    model, inputs = plan.model, plan.model.inputs
    if isinstance(inputs, Tokens):
        step = f"a token, 0 to {inputs.vocabulary - 1}"
    else:
        kind = f"{inputs.bits} {'signed' if inputs.signed else 'unsigned'} bits"
        many = f"{inputs.channels} channels of {kind}, channel 0 lowest"
        step = many if inputs.channels > 1 else kind
    decided = "with y_last the class: the lowest of those with the largest logit"
    ports = [
        ("clk, rst", "one clock; reset is synchronous, active high, for a cycle or more"),
        ("x_valid, x_ready", "a time step is taken at the clock edge where both are high"),
        ("x_data, x_last", f"{step}; last, if the step ends its sequence"),
        ("y_valid, y_ready", "a logit, class 0 first, is taken where both are high"),
        ("y_data, y_last", f"{model.logit_bits} signed bits; last, if it is of the last class"),
        ("y_user", decided if model.classes > 1 else "1 where the logit is above 0"),
        ("busy", "a sequence has begun, and its last logit was not taken"),
    ]
    if plan.at_once > 1:
        told = "whose step or logit it is: of one sequence, 0, or the other, 1; held as its data"
        ports.insert(6, ("*_sequence", told))
    if plan.load:
        ports += [("w_*", "after every reset all words of weights.bin; then steps are taken")]
    if plan.row_bytes:
        ports += [("ask_*, row_*", "rows of table.bin, one for each step")]
    return ports


def about(plan: Plan) -> str:
    """Write what stands above a core: what it is, its ports, and its cycles."""
    model = plan.model
    each = plan.sequence_cycles(2) - plan.sequence_cycles(1)
    many = plan.at_once > 1
    who, its = ("Two sequences", "take") if many else ("A sequence", "takes")
    told = "for each readout" if many else "for a readout"
    title = f"{model.hidden} {model.cell} units of {model.state_bits} bits, {model.classes} logits"
    lines = [
        f"{title}: {plan.engine} engine, {plan.lanes} lanes.",
        f"Model {model.digest}",
        "",
        *(f"{port:16}  {said}" for port, said in _described(plan)),
        "",
        f"{who} of T steps {its} {plan.sequence_cycles(1) - each} + {each} T cycles, "
        f"{plan.readout_cycles} of them {told},",
        "while nothing stalls. Any stall on either side is legal at any time.",
    ]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines)


def core_verilog(plan: Plan, prefix: str = PREFIX) -> str:
    """Write the core of a plan as ``core.v``: module ``PREFIX_core``.

    What a core reads of a place of a memory in the cycle in which it is written never matters; the
    text says so, or yosys would add logic for that.
    """
    text = embeddable(PlainCore(plan), f"{prefix}_core")
    return about(plan) + _MEMORY.sub(r"  (* no_rw_check *)\n\1", text)


def module_of(core: str) -> str:
    """Find the name of the module that :func:`core_verilog` wrote: the only plain one."""
    found = re.search(r"^module (\w+)\(", core, re.MULTILINE)
    return found[1] if found else f"{PREFIX}_core"
