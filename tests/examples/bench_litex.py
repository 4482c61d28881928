"""The cocotb side of test_in_litex.py: a Wishbone master at the pins of the SoC."""

import json
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from cocotbext.wishbone.driver import WBOp, WishboneMaster

ORDER = json.loads(Path("order.json").read_text())
PLACES = json.loads(Path("soc/csr.json").read_text())
READY, RESULT = 1, 2  # of the status
WISHBONE = {name: name for name in ("cyc", "stb", "we", "adr", "sel", "ack", "err")} | {
    "datwr": "dat_w", "datrd": "dat_r",
}  # fmt: skip


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def classify(dut):
    """Write the steps of every sequence, read its logits and its class."""
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    master = WishboneMaster(dut, "wb", dut.clk, width=32, timeout=50, signals_dict=WISHBONE)

    async def cycle(name, value=None):
        reply = await master.send_cycle([WBOp(PLACES[f"recogniser_{name}"] // 4, value)])
        assert reply[0].ack == 1
        return int(reply[0].datrd)

    async def until(flag):
        while not await cycle("status") & flag:
            pass

    found = []
    for words in ORDER["sequences"]:
        for place, word in enumerate(words, 1):
            await until(READY)
            await cycle("last", int(place == len(words)))
            await cycle("step", word)
        logits = []
        for _ in range(ORDER["classes"]):
            await until(RESULT)
            logits.append(await cycle("logit"))
        found.append([logits, await cycle("answer")])
    Path("found.json").write_text(json.dumps(found))
