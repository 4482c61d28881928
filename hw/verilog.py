"""The core as one Verilog file for any tool."""

from amaranth import Module, Shape
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.files.scratch import work_folder
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


class PlainCore(wiring.Component):
    """A core with the ports that a Verilog design expects.

    Members
    -------
    x_valid, x_ready, x_data, x_last
        Inputs, a time step a transfer.
    y_valid, y_ready, y_data, y_user, y_last
        Logits, a class a transfer; ``y_user`` with ``y_last`` is the class.
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
        self.core = plan.core()
        x = self.core.x.payload.shape()
        members = {
            "x_valid": In(1),
            "x_ready": Out(1),
            "x_data": In(Shape.cast(x["data"].shape)),
            "x_last": In(1),
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


def core_verilog(plan: Plan) -> str:
    """Write the core of a plan as ``core.v``: module ``qrnn_core``."""
    model = plan.model
    title = (
        f"// {model.hidden} {model.cell} units of {model.state_bits} bits, {model.classes} logits: "
        f"{plan.engine} engine, {plan.lanes} lanes.\n// Model {model.digest}\n"
    )
    return title + verilog(PlainCore(plan), "qrnn_core")
