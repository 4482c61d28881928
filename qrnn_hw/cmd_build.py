"""From a model to a verified bitstream: what ``qrnn-hw build`` does."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import (
    BUILD,
    REPORT,
    TRAINED,
    file_names,
)
from qrnn_hw.built import Built
from qrnn_hw.data.sound import require_sound
from qrnn_hw.export.errors import FitError, OptionError
from qrnn_hw.export.files import results
from qrnn_hw.export.saturation import saturation
from qrnn_hw.from_data import by_hand, is_data, trained_for
from qrnn_hw.hw.verilog import PREFIX
from qrnn_hw.job import Job
from qrnn_hw.limits import AUTO
from qrnn_hw.models import STATE_BITS, Network, open_model
from qrnn_hw.order import Order
from qrnn_hw.progress import Message, Progress, silent
from qrnn_hw.sums import chosen_sums
from qrnn_hw.train_options import flag


def build(
    model: str | Path | Network,
    board: str = "icebreaker",
    output: str | Path | None = None,
    *,
    device: str | None = None,
    wrappers: tuple[str, ...] = (),
    sensor: str | None = None,
    name: str = PREFIX,
    state_bits: int = STATE_BITS,
    transform: str = AUTO,
    clock_mhz: float | None = None,
    clock: str = "fastest",
    engine: str | None = None,
    lanes: int | None = None,
    rows: int | None = None,
    steps_per_second: float | None = None,
    sequences_at_once: int = 1,
    sequences: int = 4,
    seed: int = 1,
    front_end: bool = False,
    verilog_only: bool = False,
    twin: bool = True,
    link: str = "uart",
    reading: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Built:
    """Build a model, or what is learnt from data, for a board, and verify what was built.

    Parameters
    ----------
    model
        ``model.pt`` or ``model.json``, or what :func:`qrnn_hw.load` gives of one. Or data, a file
        or a folder as ``train data`` takes: a network is trained on them first, of all that the
        board has room for the one that validates best, and stays in the folder as ``trained.pt``.
    board
        One of ``qrnn-hw boards``; "none" for the core alone, as Verilog for a design of your own.
    output
        The folder; None for ``build/MODEL-BOARD``. An earlier build in it is replaced, once this
        one is whole; nothing else is.
    device
        With board "none": the FPGA whose room the core may take; None for the iCEBreaker's.
    wrappers
        Wrappers of the core to write too, such as "axi-stream".
    sensor
        With the wrapper "spi": what it reads, such as "period=36000,steps=64,mode=3".
    name
        What names of modules in core.v and wrappers begin with; two cores in one design need two.
    state_bits
        Width of a state, 4..16; an integer model has its own.
    transform
        "exact" or "halved" sums of a Hadamard recurrence (docs/halved.md); "auto" takes halved ones
        if validation found them as good, as the model's file says, and the core is the better for
        them. An integer model has its own.
    clock_mhz
        The clock, or the nearest that the board's PLL makes; None for one that the design reaches.
    clock
        With None: "fastest" for the fastest clock that it reaches; "lowest" for the slowest that is
        enough for ``steps_per_second``.
    engine, lanes, rows
        "serial", "graph", "popcount" or "word"; units at a time; popcount: rows at a time. None for
        the fastest that fits.
    steps_per_second
        The rate that is enough: the smallest core that reaches it is built.
    sequences_at_once
        2 for a core whose network two sequences share, in turn, which takes more steps a second of
        both than of one alone (docs/architecture.md); the serial engine's.
    sequences
        How many of the model's own sequences are verified, beside some that are made up.
    seed
        Of the placer and of the stimuli.
    front_end
        Whether the board takes raw sound, 8 kHz, for a model that was trained on it.
    verilog_only
        Whether to stop after ``core.v`` and its verification.
    twin
        Whether the core itself runs in the page (docs/twin.md).
    link
        What the board talks to its host over: "uart", or "spi", where a microcontroller is the
        controller (docs/protocol.md).
    reading
        With data: how they are to be read, such as ``{"label": "kind", "scale": "0.0625"}``; by
        the names of the options of ``train data``; and ``balance``, for classes that count alike.
    progress
        Called with every :class:`~qrnn_hw.progress.Message` on the way, such as ``print``.

    Returns
    -------
    Built
        Its folder, report, model and plan.

    Raises
    ------
    OptionError, BoardError, ModelError, DataError, OutputError
        If an option, the board, the model, the data or the folder is not what it must be.
    FitError
        If no core fits, or none is fast enough.
    MismatchError
        If the core that was built differs from the golden run.
    ToolError
        If an external program is missing or fails.
    """
    begin = time.perf_counter()
    order = Order(
        board, device, tuple(wrappers), sensor, name, state_bits, clock_mhz, clock, engine, lanes,
        rows, steps_per_second, sequences, seed, front_end, verilog_only, transform,
        twin, sequences_at_once, link,
    )  # fmt: skip
    target, reads = order.target(), order.reads()
    room = order.room(target)
    if room.clock and room.clock.mhz != clock_mhz:
        near = f"{room.clock.mhz:g} MHz, the nearest to {clock_mhz:g} that the PLL makes"
        progress(Message("said", f"the clock is {near}"))
    inputs = [Path(model)] if isinstance(model, str | Path) else []
    learns = bool(inputs) and is_data(inputs[0])
    options = {name: value for name, value in (reading or {}).items() if value}
    if options and not learns:
        raise OptionError(f"{flag(next(iter(options)))} is for data, and the model is none")
    opened = None if learns else open_model(model, state_bits, transform)
    sums = None if opened is None else chosen_sums(opened, order, room)
    folder = Path(output or f"build/{inputs[0].absolute().stem if inputs else 'model'}-{board}")
    names = file_names(target, order.wrappers, verilog_only=verilog_only)
    with results.opened(folder, BUILD, names, inputs) as held, held.staged() as work:
        if opened is None:
            network = trained_for(inputs[0], work / TRAINED, room, state_bits, options, progress)
            opened = open_model(network, state_bits, transform)
        sums = sums or chosen_sums(opened, order, room)
        opened = sums.opened
        if sums.told:
            progress(Message("said", f"{opened.model.transform} sums: {sums.reason}"))
        if reads:
            reads.check(opened.model)
        if front_end:
            require_sound(opened.model, opened.trained)
        job = Job(order, opened, room, work, progress)
        try:
            plan, made = job.implement()
        except FitError as error:
            hint = by_hand(inputs[0], opened.model.hidden) if learns else error.hint
            raise FitError(str(error), hint) from error
        core = job.write(plan, reads)
        verified = job.verify(plan, core)
        report = Report(**job.numbers(plan, made), transform_reason=sums.reason, verified=verified)
        job.draw(plan, report)
        job.certify(plan, core, report)
        report = replace(report, build_seconds=round(time.perf_counter() - begin, 1))
        (work / REPORT).write_text(report.to_json())
        held.replace(work)
    cut = saturation(opened.model, opened.samples.x, opened.samples.lengths)
    trained = opened.trained if learns else None
    return Built(folder, report, opened.model, plan, len(held.known), cut, trained)
