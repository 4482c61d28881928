"""The core as a module of another file: what the Verilog of a wrapper is written around."""

from amaranth import ClockSignal, Instance, Module, ResetSignal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In

from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import WEIGHT_BITS, core_members


class CoreInstance(wiring.Component):
    """Stand for module ``qrnn_core``, which :func:`qrnn_hw.hw.verilog.core_verilog` writes.

    The verified text is what a wrapper then works with. Amaranth's simulator has no such module:
    simulate with ``plan.core()`` in its place.

    Parameters
    ----------
    plan
        The core's.

    Members
    -------
    x, y, busy, and w if the weights are loaded
        The core's.
    """

    def __init__(self, plan: Plan) -> None:
        self.loaded = plan.load
        members = core_members(plan.model)
        if self.loaded:
            members["w"] = In(stream.Signature(WEIGHT_BITS))
        super().__init__(members)

    def elaborate(self, platform: object) -> Elaboratable:
        x, y = self.x.payload, self.y.payload
        ports = {
            "i_clk": ClockSignal(),
            "i_rst": ResetSignal(),
            "i_x_valid": self.x.valid,
            "o_x_ready": self.x.ready,
            "i_x_data": x.data,
            "i_x_last": x.last,
            "o_y_valid": self.y.valid,
            "i_y_ready": self.y.ready,
            "o_y_data": y.data,
            "o_y_user": y.user,
            "o_y_last": y.last,
            "o_busy": self.busy,
        }
        if self.loaded:
            ports |= {
                "i_w_valid": self.w.valid,
                "o_w_ready": self.w.ready,
                "i_w_data": self.w.payload,
            }
        m = Module()
        m.submodules.qrnn_core = Instance("qrnn_core", **ports)
        return m
