"""A wrapper as Verilog, around the module of core.v."""

from collections.abc import Callable
from typing import NamedTuple

from amaranth.lib import wiring

from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.hw.wrap.axi_stream import AxiStream
from qrnn_hw.hw.wrap.instance import CoreInstance
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.hw.wrap.spi import SpiSensor
from qrnn_hw.hw.wrap.wishbone import Wishbone


class Wrapper(NamedTuple):
    """A kind of wrapper: its module, what it is, and how it is made around ``qrnn_core``."""

    module: str
    title: str
    make: Callable[[Plan, Sensor | None], wiring.Component]


def _reader(plan: Plan, sensor: Sensor | None) -> SpiSensor:
    if sensor is None:
        raise BoardError("the wrapper 'spi' must be given a sensor, and is not", "use --sensor")
    sensor.check(plan.model)
    return SpiSensor(CoreInstance(plan), plan.model, sensor)


#: Every wrapper, by the name that the command line knows it by.
WRAPPERS: dict[str, Wrapper] = {
    "axi-stream": Wrapper(
        "qrnn_axi_stream", "AXI4-Stream", lambda plan, _: AxiStream(CoreInstance(plan))
    ),
    "wishbone": Wrapper(
        "qrnn_wishbone",
        "Wishbone B4 slave",
        lambda plan, _: Wishbone(CoreInstance(plan), plan.model),
    ),
    "spi": Wrapper("qrnn_spi", "Reader of an SPI sensor", _reader),
}


def wrapper_verilog(plan: Plan, name: str, sensor: Sensor | None = None) -> str:
    """Write a wrapper as Verilog; it needs ``core.v`` of the same plan beside it.

    Parameters
    ----------
    name
        One of ``WRAPPERS``.
    sensor
        What "spi" reads.

    Raises
    ------
    BoardError
        If the sensor is missing, or does not fit the model; or the core's table is outside.
    ToolError
        If yosys is missing or fails.
    """
    if plan.row_bytes:
        raise BoardError(
            "a wrapper must be around a core that holds its table, and this core's is outside",
            "connect core.v yourself: docs/flash.md tells what its ask and row ports expect",
        )
    module, title, make = WRAPPERS[name]
    text = verilog(make(plan, sensor), module)
    return f"// {title} around module qrnn_core of core.v.\n// Model {plan.model.digest}\n{text}"
