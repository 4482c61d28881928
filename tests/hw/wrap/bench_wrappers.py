"""The cocotb side of test_verilog.py: independent bus models at the pins of all wrappers."""

import json
import random
from itertools import repeat
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Edge, FallingEdge, First, RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource
from cocotbext.wishbone.driver import WBOp, WishboneMaster

ORDER = json.loads(Path("order.json").read_text())
LIMIT = {"timeout_time": 2, "timeout_unit": "ms"}
WISHBONE = {
    "cyc": "cyc_i", "stb": "stb_i", "we": "we_i", "adr": "adr_i", "datwr": "dat_i",
    "datrd": "dat_o", "ack": "ack_o", "err": "err_o", "sel": "sel_i",
}  # fmt: skip


def answer(name, found):
    """Keep what a test saw; every test has a file of its own."""
    Path(f"{name}.json").write_text(json.dumps(found))


def pauses(rng):
    """Draw pauses of both short and long streaks, for ever."""
    while True:
        yield from repeat(rng.random() < 0.5, rng.choice([1, 1, 2, 9, 40]))


async def start(clock, reset, level):
    """Start a clock, and hold the reset for some of its cycles."""
    reset.value = level
    cocotb.start_soon(Clock(clock, 10, unit="ns").start())
    await ClockCycles(clock, 4)
    reset.value = 1 - level
    await ClockCycles(clock, 1)


@cocotb.test(**LIMIT)
async def axi_stream(dut):
    """Send a sequence in part, reset, and send all; the sink must see the logits of all alone."""
    rng = random.Random(ORDER["seed"])
    about = {"reset": dut.aresetn, "reset_active_level": False, "byte_lanes": 1}
    dut.aresetn.value = 0
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, **about)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, **about)
    await start(dut.aclk, dut.aresetn, 0)
    source.set_pause_generator(pauses(rng))
    sink.set_pause_generator(pauses(rng))
    await source.send(AxiStreamFrame(ORDER["steps"][0]))
    await ClockCycles(dut.aclk, 150)
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, 3)
    source.clear()
    sink.clear()
    dut.aresetn.value = 1
    for words in ORDER["steps"]:
        await source.send(AxiStreamFrame(words))
    found = []
    for _ in range(ORDER["answers"]):
        frame = await sink.recv(compact=False)
        found.append([list(frame.tdata), frame.tuser[-1]])
    answer("axi_stream", found)


@cocotb.test(**LIMIT)
async def wishbone(dut):
    """Read who it is, reset it in mid-sequence, then write steps and read logits in turn."""
    await start(dut.clk_i, dut.rst_i, 1)
    master = WishboneMaster(dut, "", dut.clk_i, width=32, timeout=50, signals_dict=WISHBONE)
    places = ORDER["registers"]

    async def cycle(*operations):
        replies = await master.send_cycle([WBOp(*each) for each in operations])
        return [(reply.ack, int(reply.datrd)) for reply in replies]

    async def until(mask):
        while not (await cycle((places["STATUS"],)))[0][1] & mask:
            pass

    async def write(word, last):
        await until(ORDER["input_ready"])
        await cycle((places["INPUT_LAST" if last else "INPUT"], word))

    identity = await cycle(*((places[name],) for name in ("ID", "DIGEST_HIGH", "DIGEST_LOW")))
    missing = await cycle((0xFC,))
    await write(ORDER["steps"][0][0], False)
    await cycle((places["CONTROL"], 1))
    for words in ORDER["steps"]:
        for place, word in enumerate(words, 1):
            await write(word, place == len(words))
    found = []
    for _ in range(ORDER["answers"]):
        logits = []
        for _ in range(ORDER["classes"]):
            await until(ORDER["result"])
            about, logit = await cycle((places["RESULT_CLASS"],), (places["RESULT"],))
            logits.append(logit[1])
        found.append([logits, about[1] & 0xFFFF])
    answer("wishbone", {"identity": identity, "missing": missing, "answers": found})


async def sensor(dut, frames):
    """Answer polls in mode 3: shift out at falling edges of SCLK, and listen at rising ones."""
    heard = []
    for bits in frames:
        await FallingEdge(dut.cs_n)
        said, end = "", RisingEdge(dut.cs_n)
        for bit in bits:
            await FallingEdge(dut.sclk)
            dut.miso.value = int(bit)
            await RisingEdge(dut.sclk)
            said += str(int(dut.mosi.value))
        assert await First(end, Edge(dut.sclk)) is end, "a poll has the bits of a frame, no more"
        heard.append(said)
    return heard


@cocotb.test(**LIMIT)
async def spi(dut):
    """Let it poll a sensor, and read the logits with pauses."""
    rng = random.Random(ORDER["seed"])
    dut.enable.value = 0
    dut.y_ready.value = 0
    dut.miso.value = 0
    await start(dut.clk, dut.rst, 1)
    device = cocotb.start_soon(sensor(dut, ORDER["frames"]))
    dut.enable.value = 1
    found, logits = [], []
    while len(found) < ORDER["answers"]:
        dut.y_ready.value = ready = rng.random() < 0.5
        await RisingEdge(dut.clk)
        if ready and int(dut.y_valid.value):
            logits.append(dut.y_data.value.to_signed())
            if int(dut.y_last.value):
                found.append([logits, int(dut.y_user.value)])
                logits = []
    heard = await device
    answer("spi", {"heard": heard, "answers": found, "overruns": int(dut.overruns.value)})
