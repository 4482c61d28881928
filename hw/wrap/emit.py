"""A wrapper as Verilog, around the module of core.v."""

from collections.abc import Callable
from typing import NamedTuple

from amaranth import ClockSignal, Instance, Module, ResetSignal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In

from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.ports import WEIGHT_BITS, core_members
from qrnn_hw.hw.verilog import PREFIX, embeddable
from qrnn_hw.hw.wrap.axi_stream import AxiStream
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.hw.wrap.spi import SpiSensor
from qrnn_hw.hw.wrap.wishbone import Wishbone


class CoreInstance(wiring.Component):
    """Stand for the module that :func:`qrnn_hw.hw.verilog.core_verilog` writes.

    The verified text is what a wrapper then works with. Amaranth's simulator has no such module:
    simulate with ``plan.core()`` in its place.

    Parameters
    ----------
    plan
        The core's.
    module
        Its name.

    Members
    -------
    x, y, busy, and w if the weights are loaded
        The core's.
    """

    def __init__(self, plan: Plan, module: str = f"{PREFIX}_core") -> None:
        self.loaded, self.module = plan.load, module
        self.both = plan.at_once > 1
        members = core_members(plan.model, at_once=plan.at_once)
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
        if self.both:
            ports |= {"i_x_sequence": x.sequence, "o_y_sequence": y.sequence}
        if self.loaded:
            ports |= {
                "i_w_valid": self.w.valid,
                "o_w_ready": self.w.ready,
                "i_w_data": self.w.payload,
            }
        m = Module()
        m.submodules.qrnn_core = Instance(self.module, **ports)
        return m


class Wrapper(NamedTuple):
    """A kind of wrapper: what its module's name ends in, what it is, and how it is made."""

    ending: str
    title: str
    make: Callable[[Callable[[], CoreInstance], Plan, Sensor | None], wiring.Component]


def _reader(core: Callable[[], CoreInstance], plan: Plan, sensor: Sensor | None) -> SpiSensor:
    if sensor is None:
        raise BoardError("the wrapper 'spi' must be given a sensor, and is not", "use --sensor")
    sensor.check(plan.model)
    return SpiSensor(core(), plan.model, sensor)


#: Every wrapper, by the name that the command line knows it by.
WRAPPERS: dict[str, Wrapper] = {
    "axi-stream": Wrapper("axi_stream", "AXI4-Stream", lambda core, *_: AxiStream(core())),
    "wishbone": Wrapper(
        "wishbone", "Wishbone B4 slave", lambda core, plan, _: Wishbone(core(), plan.model)
    ),
    "spi": Wrapper("spi", "Reader of an SPI sensor", _reader),
}


#: The one that tells two sequences at once apart.
BOTH = "axi-stream"


def wrapper_verilog(
    plan: Plan, name: str, sensor: Sensor | None = None, prefix: str = PREFIX
) -> str:
    """Write a wrapper as Verilog; it needs ``core.v`` of the same plan beside it.

    Parameters
    ----------
    name
        One of ``WRAPPERS``.
    sensor
        What "spi" reads.
    prefix
        What names of modules begin with, of the core's too.

    Raises
    ------
    BoardError
        If the sensor is missing, or does not fit the model; the core's table is outside; or it
        takes two sequences at once, and the wrapper does not.
    ToolError
        If yosys is missing or fails.
    """
    if plan.row_bytes:
        raise BoardError(
            "a wrapper must be around a core that holds its table, and this core's is outside",
            "connect core.v yourself: docs/flash.md tells what its ask and row ports expect",
        )
    if plan.at_once > 1 and name != BOTH:
        raise BoardError(
            f"the wrapper {name!r} must be around a core of one sequence at a time, and this one "
            "takes two",
            f"take {BOTH!r}, or leave --sequences-at-once out",
        )
    ending, title, make = WRAPPERS[name]
    module = f"{prefix}_core"
    wrapper = make(lambda: CoreInstance(plan, module), plan, sensor)
    text = embeddable(wrapper, f"{prefix}_{ending}")
    return f"// {title} around module {module} of core.v.\n// Model {plan.model.digest}\n{text}"
