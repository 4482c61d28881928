"""The cocotb side of ``bench.v``: resets in mid-run, the run that counts, and its deadline."""

import json
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, SimTimeoutError, Timer, with_timeout

PERIOD = 2  # simulator steps a clock cycle


async def pulse(bench: Any) -> None:
    """Hold the reset for four cycles."""
    bench.rst.value = 1
    await Timer(4 * PERIOD, "step")
    bench.rst.value = 0


@cocotb.test
async def run(bench: Any) -> None:
    """Do what ``order.json`` says, and write down how it ended."""
    order = json.loads(Path("order.json").read_text())
    bench.expected.value = order["transfers"]
    bench.drain.value = order["drain"]
    for cycles in order["resets"]:
        await pulse(bench)
        await Timer(cycles * PERIOD, "step")
    bench.record.value = 1
    await pulse(bench)
    finished = True
    try:
        await with_timeout(RisingEdge(bench.finished), order["deadline"] * PERIOD, "step")
    except SimTimeoutError:
        finished = False
    verdict = {
        "finished": finished,
        "unstable": int(bench.unstable.value),
        "busy": bool(bench.busy.value),
    }
    Path("verdict.json").write_text(json.dumps(verdict))
