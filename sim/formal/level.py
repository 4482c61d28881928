"""Level formal: every proof about the core and the link of a plan."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.gateware.loader import Loader
from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.boards.link.gateware.transmitter import BODY
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.errors import QrnnError
from qrnn_hw.export.files.scratch import temporary_root
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.formal.collector import collecting
from qrnn_hw.sim.formal.feeder import feeding
from qrnn_hw.sim.formal.graph_engine import graph_engine
from qrnn_hw.sim.formal.loader import loading
from qrnn_hw.sim.formal.popcount_engine import popcount_engine
from qrnn_hw.sim.formal.proof import Proof, Proven
from qrnn_hw.sim.formal.receiver_crc import checked
from qrnn_hw.sim.formal.receiver_slots import slots
from qrnn_hw.sim.formal.receiver_timeout import timeout
from qrnn_hw.sim.formal.serial_engine import serial_engine
from qrnn_hw.sim.formal.solver import prove, require_tools
from qrnn_hw.sim.formal.word_engine import word_engine

DIVISOR = 36  # cycles of a bit at 36 MHz and 1 Mbaud
#: What lists the proofs about an engine, by its name.
ENGINES: dict[str, Callable[[Any], Iterator[Proof]]] = {
    "serial": serial_engine,
    "graph": graph_engine,
    "popcount": popcount_engine,
    "word": word_engine,
}
PLACE_BITS = 10  # of the transmitter's memory: enough for any result


def link(identity: Identity) -> Iterator[Proof]:
    """List the proofs about the link of a model."""

    def receiver() -> FrameReceiver:
        return FrameReceiver(
            DIVISOR, identity.step_bytes, identity.slot, loads=bool(identity.words),
            at_once=identity.at_once,
        )  # fmt: skip

    yield timeout(receiver(), DIVISOR)
    yield checked(receiver())
    yield slots(receiver())
    yield feeding(Feeder(identity))
    yield collecting(Collector(identity, BODY, PLACE_BITS))
    if identity.words:
        yield loading(Loader(identity))


def proofs(plan: Plan) -> Iterator[Proof]:
    """List the proofs about a core and its link."""
    yield from link(Identity.of(plan.model, plan.loaded_words(), at_once=plan.at_once))
    yield from ENGINES[plan.engine](plan)


def formal_level(plan: Plan) -> Iterator[Proven]:
    """Prove one property after the other.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    MismatchError
        If a property does not hold; the run that breaks it is kept.
    """
    require_tools()
    for proof in proofs(plan):
        folder = Path(tempfile.mkdtemp(prefix="qrnn-formal-", dir=temporary_root()))
        try:
            proven = prove(proof, folder)
        except QrnnError:
            raise  # it says what is in the folder
        except BaseException:
            shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)
        yield proven
