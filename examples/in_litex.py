"""A core in a LiteX SoC: steps in and logits out by registers of its bus.

``qrnn-hw build examples/digits.pt --board none --verilog-only -o out`` makes the core, and
``python examples/in_litex.py out/core.v soc`` the folder ``soc``: ``soc.v``, which goes to the
tools together with ``core.v``, and ``csr.json`` with the addresses of the registers. The bus'
master is outside here, at the pins ``wb_*``; in a SoC of yours it is the processor.
"""

import json
import sys
from pathlib import Path

from litex.build.generic_platform import GenericPlatform, Pins
from litex.gen import LiteXModule
from litex.soc.integration.export import get_csr_json
from litex.soc.integration.soc_core import SoCMini
from litex.soc.interconnect import stream, wishbone
from litex.soc.interconnect.csr import AutoCSR, CSRField, CSRStatus, CSRStorage
from migen import ClockDomain, ClockSignal, If, Instance, ResetSignal, Signal

from qrnn_hw.hw.instance import ports

CLOCK_HZ = 36e6


class Core(LiteXModule):
    """The core as two streams: ``sink`` takes steps, ``source`` gives logits."""

    def __init__(self, platform: GenericPlatform, core: Path) -> None:
        width = {port.name: (port.high or 0) + 1 for port in ports(core.read_text())}
        self.sink = sink = stream.Endpoint([("data", width["x_data"])])
        self.source = source = stream.Endpoint(
            [("data", width["y_data"]), ("user", width["y_user"])]
        )
        self.busy = Signal()
        platform.add_source(str(core))
        self.specials += Instance(
            "qrnn_core",
            i_clk=ClockSignal(), i_rst=ResetSignal(), o_busy=self.busy,
            i_x_valid=sink.valid, i_x_data=sink.data, i_x_last=sink.last, o_x_ready=sink.ready,
            o_y_valid=source.valid, o_y_data=source.data, o_y_user=source.user,
            o_y_last=source.last, i_y_ready=source.ready,
        )  # fmt: skip


class Recogniser(LiteXModule, AutoCSR):
    """The core with registers: write ``last`` and ``step``, then read ``logit`` and ``answer``."""

    def __init__(self, platform: GenericPlatform, core: Path, results: int = 64) -> None:
        self.core = Core(platform, core)
        sink, logits = self.core.sink, self.core.source
        self.last = CSRStorage(1, description="Whether the next step ends its sequence.")
        self.step = CSRStorage(
            len(sink.data), description="Writing hands a step over; ready must be set."
        )
        ready = CSRField("ready", description="A step may be written.")
        result = CSRField("result", description="A logit waits.")
        self.status = CSRStatus(fields=[ready, result])
        self.answer = CSRStatus(len(logits.user), description="The class of the last readout.")
        signed = (len(logits.data), True)
        self.logit = CSRStatus(32, description="A logit, signed, which reading drops.")
        self.fifo = fifo = stream.SyncFIFO([("data", signed)], results)

        waits = Signal()
        self.sync += If(self.step.re, waits.eq(1)).Elif(sink.ready, waits.eq(0))
        self.sync += If(
            logits.valid & logits.ready & logits.last, self.answer.status.eq(logits.user)
        )
        self.comb += [
            sink.valid.eq(waits),
            sink.data.eq(self.step.storage),
            sink.last.eq(self.last.storage),
            fifo.sink.valid.eq(logits.valid),
            fifo.sink.data.eq(logits.data),
            logits.ready.eq(fifo.sink.ready),
            self.logit.status.eq(fifo.source.data),
            fifo.source.ready.eq(self.logit.we),
            self.status.fields.ready.eq(~waits),
            self.status.fields.result.eq(fifo.source.valid),
        ]


class Soc(SoCMini):
    """A bus with the recogniser, whose master is at pins."""

    def __init__(self, platform: GenericPlatform, core: Path) -> None:
        self.cd_sys = ClockDomain()
        self.comb += self.cd_sys.clk.eq(platform.request("clk"))
        self.comb += self.cd_sys.rst.eq(platform.request("rst"))
        SoCMini.__init__(self, platform, CLOCK_HZ, with_ctrl=False)
        self.recogniser = Recogniser(platform, core)
        master = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        platform.add_extension(master.get_ios("wb"))
        self.comb += master.connect_to_pads(platform.request("wb"), mode="slave")
        self.bus.add_master(master=master)


def write(core: Path, folder: Path) -> None:
    """Write the SoC around ``core.v``, and the addresses of its registers."""
    platform = GenericPlatform("", [("clk", 0, Pins(1)), ("rst", 0, Pins(1))], name="soc")
    soc = Soc(platform, core)
    soc.finalize()
    folder.mkdir(parents=True, exist_ok=True)
    platform.get_verilog(soc, name="soc").write(str(folder / "soc.v"))
    registers = json.loads(get_csr_json(soc.csr_regions))["csr_registers"]
    addresses = {name: about["addr"] for name, about in registers.items()}
    (folder / "csr.json").write_text(json.dumps(addresses, indent=2) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
